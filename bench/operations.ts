/** Single operations at shapes of the 18m decoder, with their inputs. */
import { mix32 } from '../src/graph/random.ts';

export type Operation =
  | {
      readonly kind: 'matmul';
      readonly m: number;
      readonly k: number;
      readonly n: number;
      readonly transposeA: boolean;
      readonly transposeB: boolean;
    }
  /** Causal, forward and backward. */
  | {
      readonly kind: 'attention';
      readonly batch: number;
      readonly length: number;
      readonly heads: number;
      readonly kvHeads: number;
      readonly headDim: number;
    }
  /** Head product, loss and both gradients. */
  | { readonly kind: 'cross-entropy'; readonly rows: number; readonly width: number; readonly vocabulary: number };

const matmul = (layout: string, m: number, k: number, n: number): Operation => ({
  kind: 'matmul',
  m,
  k,
  n,
  transposeA: layout[0] === 'T',
  transposeB: layout[1] === 'T',
});

export const operations = {
  'matmul NN 512×512×512': matmul('NN', 512, 512, 512),
  'matmul NT 512×512×512': matmul('NT', 512, 512, 512),
  'matmul TN 512×512×512': matmul('TN', 512, 512, 512),
  'matmul NT 256×512×1376': matmul('NT', 256, 512, 1376),
  'matmul NN 256×1376×8': matmul('NN', 256, 1376, 8),
  'attention 2×128, 8/4 heads of 64': {
    kind: 'attention',
    batch: 2,
    length: 128,
    heads: 8,
    kvHeads: 4,
    headDim: 64,
  },
  'attention 1×512, 8/4 heads of 64': {
    kind: 'attention',
    batch: 1,
    length: 512,
    heads: 8,
    kvHeads: 4,
    headDim: 64,
  },
  'cross-entropy 256×512×2048': { kind: 'cross-entropy', rows: 256, width: 512, vocabulary: 2048 },
  'cross-entropy 256×512×8192': { kind: 'cross-entropy', rows: 256, width: 512, vocabulary: 8192 },
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;

export interface PlainTensor {
  readonly shape: number[];
  readonly data: Float32Array;
}

/** The operation's inputs by name, f32. */
export function operationInputs(operation: Operation): Readonly<Record<string, PlainTensor>> {
  switch (operation.kind) {
    case 'matmul': {
      const { m, k, n, transposeA, transposeB } = operation;
      return named({ a: transposeA ? [k, m] : [m, k], b: transposeB ? [n, k] : [k, n] });
    }
    case 'attention': {
      const { batch, length, heads, kvHeads, headDim } = operation;
      const [q, k] = [heads, kvHeads].map((count) => [batch * length, count * headDim]) as [number[], number[]];
      return named({ q, k, v: k, dOutput: q });
    }
    case 'cross-entropy': {
      const { rows, width, vocabulary } = operation;
      // Logits of about 1.
      return named({ hidden: [rows, width], head: [vocabulary, width] }, width ** -0.25);
    }
  }
}

/** One label a row. */
export const operationLabels = (rows: number, vocabulary: number): Int32Array =>
  Int32Array.from({ length: rows }, (_, row) => mix32(row) % vocabulary);

function named(shapes: Record<string, number[]>, scale = 1): Record<string, PlainTensor> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], index) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const data = Float32Array.from({ length: count }, (_, i) => scale * uniform(index, i));
      return [name, { shape, data }];
    }),
  );
}

/** Uniform in ±√3, so of variance 1; a pure function of both numbers. */
export const uniform = (stream: number, i: number): number =>
  Math.sqrt(3) * (2 * (mix32((mix32(stream + 1) ^ i) >>> 0) / 2 ** 32) - 1);
