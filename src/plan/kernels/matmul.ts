import type { Activation, WeightDType } from '../../graph/types.ts';
import { groupSegments, kernel, reads, writes } from './definition.ts';

/** Each thread computes rows × columns outputs straight from storage: no barriers, for software adapters and tiny M. */
export interface DirectTile {
  readonly kind: 'direct';
  readonly rows: number;
  readonly columns: number;
  /** Threads of a workgroup along columns (x) and rows (y). */
  readonly threadsX: number;
  readonly threadsY: number;
}

/** A workgroup stages blockM×blockK of a and blockK×blockN of b in workgroup memory; a thread computes threadM×threadN. */
export interface SharedTile {
  readonly kind: 'shared';
  readonly blockM: number;
  readonly blockN: number;
  readonly blockK: number;
  readonly threadM: number;
  readonly threadN: number;
  /**
   * So many threads share an output: each takes its part of every piece of k, and their sums are added in order at the
   * end. So a product of few outputs and a long k has threads enough. blockK / threadsK is a multiple of 4; absent: one.
   */
  readonly threadsK?: number;
  /** Pieces are staged as f16, rounded, in half the workgroup memory; sums stay f32. Needs the feature. */
  readonly half?: true;
}

/** A workgroup is one subgroup of `lanes` threads; each computes `rows` × `columns` outputs and loads its share of a for all. */
export interface SubgroupTile {
  readonly kind: 'subgroup';
  readonly rows: number;
  readonly columns: number;
  readonly lanes: number;
}

/** Threads of a workgroup along columns, rows and k. */
export const sharedThreads = ({ blockM, blockN, threadM, threadN, threadsK = 1 }: SharedTile) =>
  [blockN / threadN, blockM / threadM, threadsK] as const;

export type MatmulTile = DirectTile | SharedTile | SubgroupTile;

/** Which side of a gated activation f(gate)·up a product is (see `MatmulSpec`). */
export interface GatedEpilogue {
  readonly of: 'gate' | 'gradient';
  readonly activation: Activation;
  /** The gate is read again later. */
  readonly keeps: boolean;
}

/** Rows of a that each lane loads. */
export const rowsPerLane = ({ rows, lanes }: SubgroupTile): number => Math.ceil(rows / lanes);

/**
 * out[z][i][j] = scale · (Σₖ a·b [+ Σₖ a2·b2]) + addend, for i < m, j < n, in slice z of the dispatch's z axis.
 * a is read at aOffset + z·batchA + (transposeA ? k·lda + i : i·lda + k), b at bOffset + z·batchB + (transposeB ?
 * j·ldb + k : k·ldb + j), out at cOffset + z·batchC + i·ldc + j. k runs over min(k, kEnd − z·kStep) values (split-K:
 * kStep = k, with batchA and batchB stepping along k; otherwise kStep = 0 and kEnd = k).
 * A second product (`second` is the type of b2) has k2 terms and its own layout, the same transposes and no split or
 * batch: with it a low-rank update costs no pass over the output of its own.
 * addend: none | matrix (binding, with the rows of out, from addendOffset on) | row (binding of n values from addendOffset
 * on) | self (out itself, in place) | kept (out itself where the scalar binding `keep` is not 0).
 * grouping: with `parts` slice z is a product of its own, with all sizes and offsets in segment z of the uniform block;
 * with `terms` out is the sum of the products of all segments, which share m, n, scale and the place of out. There are
 * at most `maxSegments` of them; k = k2 = 0 ends the terms. Without batch or split-K. With `experts` b (or, where a is
 * transposed, out) holds the matrices of the experts from `expertBegin` to `expertEnd`, batchB (batchC) apart, and the
 * binding `ends` says before which row of a those of each expert end. A workgroup of rows then takes rows of one expert and
 * its matrix: y counts the blocks of the first expert's rows, then the next one's. Where a is transposed z is an expert, and k
 * runs over its rows. Without split-K or a second product.
 * gated: the product p = scale · (…), without an addend, is one side of a gated activation f(gate)·up whose values lie as out
 * does. As `gate` out = f(p)·up, and with `keeps` gate = p. As `gradient`, that of f(gate)·up, there is no out: gate becomes
 * its own gradient f′(gate)·up·p, and up becomes f(gate)·p. Of shared tiles only, a not transposed.
 * vec4 promises that k, n, m, the leading dimensions, offsets and batch strides are multiples of 4 wherever they are
 * contiguous or index a contiguous axis.
 * Workgroups: x over columns, y over rows, z over slices.
 */
export interface MatmulSpec {
  readonly kernel: 'matmul';
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bType: WeightDType;
  readonly second: WeightDType | 'none';
  readonly addend: 'none' | 'matrix' | 'row' | 'self' | 'kept';
  readonly grouping: 'none' | 'parts' | 'terms' | 'experts';
  readonly gated?: GatedEpilogue;
  readonly vec4: boolean;
  readonly tile: MatmulTile;
}

/** What is read and written four values at a time, as far as the thread's tile has four neighbours. */
export function matmulVectors({
  transposeA,
  transposeB,
  vec4,
  tile,
}: MatmulSpec): Readonly<Record<'a' | 'b' | 'out', 1 | 4>> {
  const fours = (fit: boolean): 1 | 4 => (vec4 && fit ? 4 : 1);
  switch (tile.kind) {
    case 'direct': {
      // A software adapter takes vectors apart anyway: with a large tile, single values along k compile three times as
      // fast and run faster.
      const alongK = tile.rows * tile.columns < 32;
      const alongColumns = tile.columns % 4 === 0;
      return {
        a: fours(transposeA ? tile.rows % 4 === 0 : alongK),
        b: fours(transposeB ? alongK : alongColumns),
        out: fours(alongColumns),
      };
    }
    case 'shared':
      return { a: fours(true), b: fours(true), out: fours(!transposeB && tile.threadN % 4 === 0) };
    case 'subgroup':
      return {
        a: fours(!transposeA || rowsPerLane(tile) % 4 === 0),
        b: fours(transposeB || tile.columns % 4 === 0),
        out: fours(tile.columns % 4 === 0),
      };
  }
}

export const matmulKernels = {
  matmul: kernel({
    uniforms: {
      m: 'u32',
      n: 'u32',
      k: 'u32',
      kStep: 'u32',
      kEnd: 'u32',
      lda: 'u32',
      ldb: 'u32',
      ldc: 'u32',
      aOffset: 'u32',
      bOffset: 'u32',
      cOffset: 'u32',
      batchA: 'u32',
      batchB: 'u32',
      batchC: 'u32',
      k2: 'u32',
      lda2: 'u32',
      ldb2: 'u32',
      a2Offset: 'u32',
      b2Offset: 'u32',
      addendOffset: 'u32',
      expertBegin: 'u32',
      expertEnd: 'u32',
      scale: 'f32',
    },
    segments: groupSegments,
    offsets: { a: 'aOffset', b: 'bOffset', a2: 'a2Offset', b2: 'b2Offset', out: 'cOffset', addend: 'addendOffset' },
    bindings(spec: MatmulSpec) {
      const { bType, second, addend, grouping, gated } = spec;
      const { a, b, out } = matmulVectors(spec);
      return {
        a: reads('f32', a),
        b: reads(bType, b),
        a2: second === 'none' ? undefined : reads('f32', a),
        b2: second === 'none' ? undefined : reads(second, b),
        out: gated?.of === 'gradient' ? undefined : writes('f32', out),
        addend: addend === 'matrix' || addend === 'row' ? reads('f32', out) : undefined,
        keep: addend === 'kept' ? reads('f32') : undefined,
        ends: grouping === 'experts' ? reads('i32') : undefined,
        gate: gated?.of === 'gradient' || gated?.keeps ? writes('f32', out) : undefined,
        up: gated && (gated.of === 'gradient' ? writes('f32', out) : reads('f32', out)),
      };
    },
  }),
};
