/** LoRA (arXiv 2106.09685) and rsLoRA (arXiv 2312.03732), with PEFT's names, initial values and dropout. */
import type { GraphBuilder } from '../graph/builder.ts';
import { mix32, siteKey } from '../graph/random.ts';
import { elementCount, type Value } from '../graph/types.ts';
import type { AdapterParameter, LoraModule } from './tuning.ts';

export const loraAName = (module: string): string => `${module}.lora_A.weight`;
export const loraBName = (module: string): string => `${module}.lora_B.weight`;

/** alpha/r, or alpha/√r for rsLoRA. */
export const loraScale = (rank: number, alpha: number, rankStabilised: boolean): number =>
  alpha / (rankStabilised ? Math.sqrt(rank) : rank);

/** A [rank, in] ~ U(±1/√in), which is PyTorch's kaiming_uniform with a = √5; B [out, rank] = 0. */
export function loraParameters(
  module: string,
  { rank, inFeatures, outFeatures }: LoraModule,
  learningRateFactor: { readonly a: number; readonly b: number },
): AdapterParameter[] {
  const bound = 1 / Math.sqrt(inFeatures);
  return [
    {
      name: loraAName(module),
      shape: [rank, inFeatures],
      init: { kind: 'uniform', bound },
      learningRateFactor: learningRateFactor.a,
    },
    {
      name: loraBName(module),
      shape: [outFeatures, rank],
      init: { kind: 'zeros' },
      learningRateFactor: learningRateFactor.b,
    },
  ];
}

/**
 * base + scale · B(A(dropout(x))): x [rows, in], base [rows, out]. `seed` is given where dropout is on; the module has
 * one mask, as in PEFT. The scale lies on the narrow product: rank numbers a row instead of out.
 */
export function applyLora(
  builder: GraphBuilder,
  module: string,
  lora: LoraModule,
  x: Value,
  base: Value,
  seed: Value | undefined,
): Value {
  const matrix = (name: string, shape: readonly number[]): Value =>
    builder.parameter(name, { shape, dtype: 'f32' }, 'trained');
  const a = matrix(loraAName(module), [lora.rank, lora.inFeatures]);
  const b = matrix(loraBName(module), [lora.outFeatures, lora.rank]);
  return builder.within(module.slice(module.lastIndexOf('.') + 1), () => {
    const dropped = seed === undefined ? x : builder.dropout(x, seed, lora.dropout, `${module}/lora_dropout`);
    const narrow = builder.scale(builder.matmul(dropped, a, { transposeB: true }), lora.scale);
    return builder.add(base, builder.matmul(narrow, b, { transposeB: true }));
  });
}

/**
 * The values a fresh adapter parameter starts from, a pure function of (seed, name, index): the same adapter on every
 * machine, whatever else is trained.
 */
export function initialValues({ name, shape, init }: AdapterParameter, seed: number): Float32Array {
  const values = new Float32Array(elementCount(shape));
  if (init.kind === 'zeros') return values;
  const key = mix32((siteKey(name) ^ mix32(seed >>> 0)) >>> 0);
  // 24 bits of each draw: every f32 in the range is then equally likely. Half a step keeps it clear of both ends.
  for (let index = 0; index < values.length; index++)
    values[index] = init.bound * (((mix32((mix32(index) ^ key) >>> 0) >>> 8) + 0.5) / 2 ** 23 - 1);
  return values;
}
