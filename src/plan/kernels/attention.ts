import { kernel, reads, writes } from './definition.ts';

/** Own and other rows of a tile, how many of each a thread has, and the values of a head that are staged at a time. */
export const attentionTile = {
  ...{ rows: 64, others: 32, rowsPerThread: 4, othersPerThread: 4, headPiece: 32 },
  threads: 128,
} as const;

/** Without workgroup memory: own rows of a thread, and the threads of a workgroup. */
export const directAttention = { rowsPerThread: 2, threads: 32 } as const;

/** The same where a workgroup is one subgroup, whose lanes share the other rows that each of them loads. */
export const sharedRowsPerLane = 4;

interface AttentionForm {
  readonly headDim: number;
  /** Without workgroup memory. */
  readonly direct: boolean;
  /** Lanes of a subgroup that share what each of them loads, without workgroup memory; 0: none do. */
  readonly lanes: number;
  /** Scores are bounded. */
  readonly softCap: boolean;
}

/** Own rows of a workgroup, and its threads. */
export function attentionWorkgroup({ direct, lanes }: Pick<AttentionForm, 'direct' | 'lanes'>) {
  if (!direct) return { rows: attentionTile.rows, threads: attentionTile.threads };
  if (lanes > 0) return { rows: sharedRowsPerLane * lanes, threads: lanes };
  return { rows: directAttention.rowsPerThread * directAttention.threads, threads: directAttention.threads };
}

/**
 * Flash attention with online softmax. Workgroups: x over blocks of queries, y heads, z batch.
 */
export interface AttentionSpec extends AttentionForm {
  readonly kernel: 'attention';
}

/** Workgroups as attention. */
export interface AttentionBackwardQuerySpec extends AttentionForm {
  readonly kernel: 'attention_backward_query';
}

/**
 * Workgroups: x over blocks of keys, y kvHeads, z batch. Tiled: y heads, and dk and dv hold the part of each query head,
 * as if it had keys of its own.
 */
export interface AttentionBackwardKeySpec extends AttentionForm {
  readonly kernel: 'attention_backward_key';
}

const uniforms = {
  queries: 'u32',
  keys: 'u32',
  heads: 'u32',
  kvHeads: 'u32',
  scale: 'f32',
  softCap: 'f32',
} as const;

/** How many values of a head are read at a time. */
export const headVector = ({ headDim }: Pick<AttentionForm, 'headDim'>): 1 | 4 => (headDim % 4 === 0 ? 4 : 1);

/** What both gradients read first. */
const gradientOperands = (spec: AttentionForm) => ({
  dOutput: reads('f32', headVector(spec)),
  q: reads('f32', headVector(spec)),
  k: reads('f32', headVector(spec)),
  v: reads('f32', headVector(spec)),
  stats: reads('f32', 2),
});

export const attentionKernels = {
  attention: kernel({
    uniforms,
    bindings: (spec: AttentionSpec) => ({
      q: reads('f32', headVector(spec)),
      k: reads('f32', headVector(spec)),
      v: reads('f32', headVector(spec)),
      keyRange: reads('i32', 2),
      out: writes('f32', headVector(spec)),
      lse: writes('f32'),
    }),
  }),
  /** stats[row][head] = (lse, Σ dOutput·output). One thread a (row, head), flat. */
  attention_statistics: kernel({
    uniforms: { rows: 'u32', heads: 'u32', headDim: 'u32' },
    bindings: () => ({ dOutput: reads('f32'), output: reads('f32'), lse: reads('f32'), stats: writes('f32', 2) }),
  }),
  attention_backward_query: kernel({
    uniforms,
    bindings: (spec: AttentionBackwardQuerySpec) => ({
      ...gradientOperands(spec),
      keyRange: reads('i32', 2),
      dq: writes('f32', headVector(spec)),
    }),
  }),
  attention_backward_key: kernel({
    uniforms,
    bindings: (spec: AttentionBackwardKeySpec) => ({
      ...gradientOperands(spec),
      queryRange: reads('i32', 2),
      dk: writes('f32', headVector(spec)),
      dv: writes('f32', headVector(spec)),
    }),
  }),
};
