import type { Activation, FloatDType, OptimizerOp, QuantisedDType } from '../graph/types.ts';

/**
 * The kernels there are: what the plan asks for and `webgpu/kernels/` generates. A spec holds only what changes the
 * shader's text; sizes are data in a uniform block, so that programs of different lengths share pipelines.
 *
 * Bindings stand in the order given; the uniform block comes last. `read`/`read_write` of each storage binding is
 * decided by the plan for each dispatch (a buffer must not be bound both ways in one dispatch) and is part of the
 * pipeline's key. All indices and sizes are in elements unless said otherwise. Kernels over a flat range of elements
 * (elementwise, rope, dropout, fill …) run 64 threads a workgroup; their workgroup number is y · num_workgroups.x + x.
 */
export type FloatType = FloatDType;

/** What a frozen matrix may be kept as. Rows of quantised values are filled up to whole blocks. */
export type WeightType = FloatType | QuantisedDType;

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

export type MatmulTile = DirectTile | SharedTile | SubgroupTile;

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
 * at most `maxSegments` of them; k = k2 = 0 ends the terms. Without batch or split-K.
 * vec4 promises that k, n, m, the leading dimensions, offsets and batch strides are multiples of 4 wherever they are
 * contiguous or index a contiguous axis.
 * Bindings: a, b[, a2, b2], out[, addend | keep]. Workgroups: x over columns, y over rows, z over slices.
 */
export interface MatmulSpec {
  readonly kernel: 'matmul';
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bType: WeightType;
  readonly second: WeightType | 'none';
  readonly addend: 'none' | 'matrix' | 'row' | 'self' | 'kept';
  readonly grouping: 'none' | 'parts' | 'terms';
  readonly vec4: boolean;
  readonly tile: MatmulTile;
}

/** Segments that the uniform block of a grouped dispatch has room for. */
export const maxSegments = 6;

/** Tensors that one dispatch of `adamw_8bit` updates at most. */
export const maxUpdates = 64;

/**
 * Elementwise over `count` elements; `second` operands of add and mul repeat every `period` elements.
 * add: a + b · mul: a · b · scale: factor · a · activation: f(a) · activation_backward (x, dy): f′(x)·dy ·
 * gated (gate, up): f(gate)·up · gated_backward (gate, up, dy): (dGate, dUp).
 * Bindings: operands, then outputs. inPlace: the (first) output is written over operand number `inPlace` and has no
 * binding of its own (gated_backward: dGate over gate and dUp over up where inPlace = 0).
 * vec4: count and period are multiples of 4 (period may be count).
 */
export interface ElementwiseSpec {
  readonly kernel: 'elementwise';
  readonly operation:
    | 'add'
    | 'mul'
    | 'scale'
    | 'activation'
    | 'activation_backward'
    | 'gated_activation'
    | 'gated_activation_backward';
  readonly activation: Activation | '';
  readonly inPlace: number | 'none';
  readonly vec4: boolean;
}

/** out[chunk][column] = Σ of x over the rows of the chunk. x, out. Threads 64 over columns (x), chunks in y. */
export interface ColumnSumSpec {
  readonly kernel: 'column_sum';
}

/**
 * Row kernels: `perThread` gives each thread a row (64 rows a workgroup; no barriers, for software adapters), else each
 * workgroup of 256 threads takes a row. The row (or group of 64 rows) is the flat workgroup number.
 */
export interface RmsNormSpec {
  readonly kernel: 'rms_norm';
  readonly weightType: FloatType;
  readonly perThread: boolean;
  readonly vec4: boolean;
}
/** out[row] = 1/‖row of W + scale·B·A‖: weight, a [rank, width], b [rows, rank], out. A row kernel. */
export interface InverseNormSpec {
  readonly kernel: 'inverse_norm';
  readonly weightType: WeightType;
  readonly perThread: boolean;
}
/** What the gradient through a norm is added to: nothing, a binding of the same shape, or what dx holds. */
export type NormAddend = 'none' | 'matrix' | 'self';

/** Bindings: dy, x, weight, rstd, dx[, addend]. */
export interface RmsNormBackwardSpec {
  readonly kernel: 'rms_norm_backward';
  readonly weightType: FloatType;
  readonly perThread: boolean;
  readonly vec4: boolean;
  readonly addend: NormAddend;
}
/** out[chunk][column] = Σ over the chunk's rows of dy·x·rstd. dy, x, rstd, out. Laid out as column_sum. */
export interface RmsNormWeightGradientSpec {
  readonly kernel: 'rms_norm_weight_gradient';
}

/** x, weight, bias, y, statistics (mean, 1/deviation) a row. A row kernel. */
export interface LayerNormSpec {
  readonly kernel: 'layer_norm';
  readonly perThread: boolean;
  readonly vec4: boolean;
}
/** Bindings: dy, x, weight, statistics, dx. A row kernel. */
export interface LayerNormBackwardSpec {
  readonly kernel: 'layer_norm_backward';
  readonly perThread: boolean;
  readonly vec4: boolean;
  readonly addend: NormAddend;
}
/** out[chunk][column] = Σ over the chunk's rows of dy·x̂. dy, x, statistics, out. Laid out as column_sum. */
export interface LayerNormWeightGradientSpec {
  readonly kernel: 'layer_norm_weight_gradient';
}

/**
 * Columns between one tensor and its pieces, left to right: `split` copies whole → pieces, `concat` pieces → whole.
 * Bindings: whole, piece0, piece1[, piece2]. One thread an element (or four, where vec4 promises that every width is a
 * multiple of 4) of `whole`, flat; begin1 and begin2 are the columns where the second and third piece begin.
 */
export interface PiecesSpec {
  readonly kernel: 'pieces';
  readonly direction: 'split' | 'concat';
  readonly pieces: 2 | 3;
  readonly vec4: boolean;
}

/**
 * Bindings: x, table, positions, y; in place, x is y. One thread a pair of a
 * head's numbers, turned or copied; sign −1 turns back. With `parts` slice z turns a
 * matrix of its own, as segment z says.
 */
export interface RopeSpec {
  readonly kernel: 'rope';
  readonly inPlace: boolean;
  readonly grouping: 'none' | 'parts';
}

/**
 * Flash attention with online softmax: bindings q, k, v, keyRange, out, lse. Workgroups: x over blocks of queries (64,
 * or 32 where they are tiled), y heads, z batch. `direct`: no workgroup memory. `softCap`: scores are bounded.
 */
export interface AttentionSpec {
  readonly kernel: 'attention';
  readonly headDim: number;
  readonly direct: boolean;
  readonly softCap: boolean;
}
/** stats[row][head] = (lse, Σ dOutput·output): dOutput, output, lse, stats. One thread a (row, head), flat. */
export interface AttentionStatisticsSpec {
  readonly kernel: 'attention_statistics';
}
/** dOutput, q, k, v, stats, keyRange, dq. Workgroups as attention. */
export interface AttentionBackwardQuerySpec {
  readonly kernel: 'attention_backward_query';
  readonly headDim: number;
  readonly direct: boolean;
  readonly softCap: boolean;
}
/** dOutput, q, k, v, stats, queryRange, dk, dv. Workgroups: x over blocks of keys, y kvHeads, z batch. */
export interface AttentionBackwardKeySpec {
  readonly kernel: 'attention_backward_key';
  readonly headDim: number;
  readonly direct: boolean;
  readonly softCap: boolean;
}

/**
 * Rows of a table segment, `stride` elements apart, that holds ids rowBegin ≤ id < rowEnd: table, ids, out. An id
 * outside the segment leaves the row alone, or zeroes it where `first` is 1. One thread an element, flat.
 */
export interface EmbeddingSpec {
  readonly kernel: 'embedding';
  readonly tableType: WeightType;
}
/**
 * out[id − rowBegin] += Σ of dy over the rows with that id, for ids of the segment: dy, ids, idOrder, out. One thread a
 * (place in idOrder, column): it works only where a run of equal ids begins. Flat.
 */
export interface EmbeddingBackwardSpec {
  readonly kernel: 'embedding_backward';
}

/**
 * x, seed, out (or in place: x is out, seed). Element i is dropped iff randomBits(seed, site, i) < threshold, else ·
 * factor. With `parts` slice z is a dropout of its own, as segment z says.
 */
export interface DropoutSpec {
  readonly kernel: 'dropout';
  readonly inPlace: boolean;
  readonly grouping: 'none' | 'parts';
}

/** x + amplitude · a number in [−1, 1) drawn from (seed, site, element): x, seed, out (or in place: x is out, seed). Flat. */
export interface UniformNoiseSpec {
  readonly kernel: 'uniform_noise';
  readonly inPlace: boolean;
}

/**
 * For each row r of a chunk of logits [rows, vocabulary]: rowLoss[firstRow + r] = lossScale·(log Σ exp − logit[label]),
 * 0 for a label < 0; with `gradient`, the logits are replaced by lossScale·(softmax − onehot), 0 for a label < 0.
 * `weighted`: lossScale has a number for each row, read at firstRow + r. With `softCap` the logits are first bounded by softCap·tanh(logit/softCap). logits, labels, lossScale, rowLoss. Rows as the row
 * kernels.
 */
export interface CrossEntropyRowsSpec {
  readonly kernel: 'cross_entropy_rows';
  readonly gradient: boolean;
  readonly weighted: boolean;
  readonly perThread: boolean;
  readonly softCap: boolean;
}

/**
 * For each row: rowLoss = lossScale · weight · the mean of l(prediction, target) over its outputs, and with `gradient`
 * that of each prediction: predictions, targets, weights, lossScale, rowLoss[, gradient]. One thread a row, flat.
 */
export interface PredictionLossSpec {
  readonly kernel: 'prediction_loss';
  readonly loss: 'squared_error' | 'binary_cross_entropy';
  readonly gradient: boolean;
}

/** target = value + (keep ≠ 0 ? target : 0): target, value, keep. */
export interface AccumulateSpec {
  readonly kernel: 'accumulate';
}
/** out = value everywhere. */
export interface FillSpec {
  readonly kernel: 'fill';
}
/** out = keep ≠ 0 ? out : 0: out, keep. */
export interface RetainSpec {
  readonly kernel: 'retain';
}
/** partial[outOffset + workgroup] = Σ x² over its 4096 elements: x, partial. 64 threads. */
export interface SumSquaresSpec {
  readonly kernel: 'sum_squares';
}
/** norm = √Σ partial: partial, norm. One workgroup of 64. */
export interface NormSpec {
  readonly kernel: 'norm';
}
/**
 * parameter, gradient, the states, hyper, norm; see the operations of these names. Flat. 1−β comes as data because the
 * difference of f32 numbers would be off by 1e-5.
 */
export interface OptimizerSpec {
  readonly kernel: Exclude<OptimizerOp, 'adamw_8bit'>;
}
/**
 * The same for moments in blocks of codes; see the operation. Slice z updates the tensor that segment z says. 64 threads
 * take a block of 256 values; workgroups are folded over x and y. Offsets in elements, of codes in words.
 */
export interface AdamW8bitSpec {
  readonly kernel: 'adamw_8bit';
}
/** cache[positions[i]] = value[i]: value, positions, cache. One thread an element, flat. */
export interface CacheWriteSpec {
  readonly kernel: 'cache_write';
}
/**
 * Rows of published values as blocks, from block number firstBlock of out on: values, out, errors. One thread a block,
 * flat; errors[block] grows by (Σ (kept − published)², Σ published²). In no plan: sessions run it while weights come.
 */
export interface QuantiseSpec {
  readonly kernel: 'quantise';
  readonly source: FloatType;
  readonly target: QuantisedDType;
}

/**
 * Pictures under a square window; see the operations of these names. One thread an element of the output, flat. Bindings:
 * im2col: x, out · col2im: x (the columns), out · max_pool: x, out · max_pool_backward: dy, x, out.
 */
export interface WindowSpec {
  readonly kernel: 'im2col' | 'col2im' | 'max_pool' | 'max_pool_backward';
}
/** out[chunk][column] = Σ over the chunk's rows of (x − mean)²: x, mean, out. Laid out as column_sum. */
export interface SquaredDeviationsSpec {
  readonly kernel: 'squared_deviations';
}
/** dx of `moments`: x, mean, dMean, dVariance, dx. Flat. */
export interface MomentsBackwardSpec {
  readonly kernel: 'moments_backward';
}
/** x, mean, variance, weight, bias, y. Flat. */
export interface BatchNormSpec {
  readonly kernel: 'batch_norm';
}
/** out[chunk][column] = Σ over the chunk's rows of dy·(x − mean): dy, x, mean, out. Laid out as column_sum. */
export interface BatchNormWeightGradientSpec {
  readonly kernel: 'batch_norm_weight_gradient';
}
/**
 * What follows from the sums over rows: dBias, variance, weight, and dWeight, which comes in as Σ dy·(x − mean); dMean and
 * dVariance go out. One thread a channel.
 */
export interface BatchNormStatisticsGradientSpec {
  readonly kernel: 'batch_norm_statistics_gradient';
}
/** dx = dy·weight/√(variance + ε): dy, variance, weight, dx. Flat. */
export interface BatchNormInputGradientSpec {
  readonly kernel: 'batch_norm_input_gradient';
}

export type KernelSpec =
  | MatmulSpec
  | ElementwiseSpec
  | ColumnSumSpec
  | InverseNormSpec
  | RmsNormSpec
  | RmsNormBackwardSpec
  | RmsNormWeightGradientSpec
  | LayerNormSpec
  | LayerNormBackwardSpec
  | LayerNormWeightGradientSpec
  | PiecesSpec
  | RopeSpec
  | AttentionSpec
  | AttentionStatisticsSpec
  | AttentionBackwardQuerySpec
  | AttentionBackwardKeySpec
  | EmbeddingSpec
  | EmbeddingBackwardSpec
  | DropoutSpec
  | UniformNoiseSpec
  | CrossEntropyRowsSpec
  | PredictionLossSpec
  | AccumulateSpec
  | FillSpec
  | RetainSpec
  | SumSquaresSpec
  | NormSpec
  | OptimizerSpec
  | AdamW8bitSpec
  | CacheWriteSpec
  | QuantiseSpec
  | WindowSpec
  | SquaredDeviationsSpec
  | MomentsBackwardSpec
  | BatchNormSpec
  | BatchNormWeightGradientSpec
  | BatchNormStatisticsGradientSpec
  | BatchNormInputGradientSpec;

export type KernelName = KernelSpec['kernel'];

const attentionUniforms = {
  queries: 'u32',
  keys: 'u32',
  heads: 'u32',
  kvHeads: 'u32',
  scale: 'f32',
  softCap: 'f32',
} as const;

/** `gradientDecay` · parameter is added to the gradient. */
const optimizerUniforms = { count: 'u32', learningRateFactor: 'f32', gradientDecay: 'f32' } as const;

const rowUniforms = { rows: 'u32', width: 'u32' } as const;
const windowUniforms = {
  count: 'u32',
  channels: 'u32',
  height: 'u32',
  width: 'u32',
  down: 'u32',
  across: 'u32',
  kernel: 'u32',
  stride: 'u32',
  padding: 'u32',
} as const;
const channelUniforms = { count: 'u32', channels: 'u32', epsilon: 'f32' } as const;
const columnUniforms = { rows: 'u32', columns: 'u32', rowsPerChunk: 'u32' } as const;

/** The uniform block of each kernel: fields in order, four bytes each. */
export const kernelUniforms = {
  matmul: {
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
    scale: 'f32',
  },
  elementwise: { count: 'u32', period: 'u32', factor: 'f32' },
  column_sum: columnUniforms,
  inverse_norm: { ...rowUniforms, rank: 'u32', rowStride: 'u32', columnStride: 'u32', scale: 'f32' },
  rms_norm: { ...rowUniforms, epsilon: 'f32', weightOffset: 'f32' },
  rms_norm_backward: { ...rowUniforms, weightOffset: 'f32' },
  rms_norm_weight_gradient: columnUniforms,
  layer_norm: { ...rowUniforms, epsilon: 'f32' },
  layer_norm_backward: rowUniforms,
  layer_norm_weight_gradient: columnUniforms,
  pieces: { rows: 'u32', width: 'u32', begin1: 'u32', begin2: 'u32' },
  rope: { rows: 'u32', width: 'u32', headDim: 'u32', rotaryDim: 'u32', sign: 'f32', xOffset: 'u32', yOffset: 'u32' },
  attention: attentionUniforms,
  attention_statistics: { rows: 'u32', heads: 'u32', headDim: 'u32' },
  attention_backward_query: attentionUniforms,
  attention_backward_key: attentionUniforms,
  embedding: {
    rows: 'u32',
    width: 'u32',
    stride: 'u32',
    rowBegin: 'u32',
    rowEnd: 'u32',
    first: 'u32',
    idOffset: 'u32',
  },
  embedding_backward: { rows: 'u32', width: 'u32', rowBegin: 'u32', rowEnd: 'u32', idOffset: 'u32' },
  dropout: { count: 'u32', site: 'u32', threshold: 'u32', factor: 'f32', xOffset: 'u32', outOffset: 'u32' },
  uniform_noise: { count: 'u32', site: 'u32', amplitude: 'f32' },
  cross_entropy_rows: { rows: 'u32', firstRow: 'u32', vocabulary: 'u32', softCap: 'f32' },
  prediction_loss: { rows: 'u32', outputs: 'u32' },
  accumulate: { count: 'u32' },
  fill: { count: 'u32', value: 'f32' },
  retain: { count: 'u32' },
  sum_squares: { count: 'u32', outOffset: 'u32' },
  norm: { count: 'u32' },
  adamw: {
    ...optimizerUniforms,
    beta1: 'f32',
    beta2: 'f32',
    oneMinusBeta1: 'f32',
    oneMinusBeta2: 'f32',
    epsilon: 'f32',
    decoupledDecay: 'f32',
  },
  adamw_8bit: {
    count: 'u32',
    parameterOffset: 'u32',
    gradientOffset: 'u32',
    words1Offset: 'u32',
    largest1Offset: 'u32',
    words2Offset: 'u32',
    largest2Offset: 'u32',
    beta1: 'f32',
    beta2: 'f32',
    oneMinusBeta1: 'f32',
    oneMinusBeta2: 'f32',
    epsilon: 'f32',
    decoupledDecay: 'f32',
    learningRateFactor: 'f32',
  },
  sgd: { ...optimizerUniforms, momentum: 'f32' },
  rmsprop: { ...optimizerUniforms, alpha: 'f32', oneMinusAlpha: 'f32', momentum: 'f32', epsilon: 'f32' },
  adadelta: { ...optimizerUniforms, rho: 'f32', oneMinusRho: 'f32', epsilon: 'f32' },
  cache_write: { rows: 'u32', width: 'u32' },
  quantise: { rows: 'u32', width: 'u32', firstBlock: 'u32' },
  im2col: windowUniforms,
  col2im: windowUniforms,
  max_pool: windowUniforms,
  max_pool_backward: windowUniforms,
  squared_deviations: columnUniforms,
  moments_backward: { count: 'u32', channels: 'u32', rows: 'f32' },
  batch_norm: channelUniforms,
  batch_norm_weight_gradient: columnUniforms,
  batch_norm_statistics_gradient: channelUniforms,
  batch_norm_input_gradient: channelUniforms,
} as const satisfies Record<KernelName, Record<string, 'u32' | 'f32'>>;

/** How many uniform blocks, one after the other, a kernel reads. */
export function uniformSegments(spec: KernelSpec): number {
  if (spec.kernel === 'adamw_8bit') return maxUpdates;
  return 'grouping' in spec && spec.grouping !== 'none' ? maxSegments : 1;
}

/** Bytes of one uniform block; blocks of an array must stand at multiples of 16. */
export const uniformBlockBytes = (kernel: KernelName): number =>
  Math.ceil(Object.keys(kernelUniforms[kernel]).length / 4) * 16;

export type Uniforms<K extends KernelName> = { readonly [F in keyof (typeof kernelUniforms)[K]]: number };

/** Names of the storage bindings of a kernel, in order. */
export function bindingNames(spec: KernelSpec): readonly string[] {
  switch (spec.kernel) {
    case 'matmul': {
      const extra = { none: [], self: [], matrix: ['addend'], row: ['addend'], kept: ['keep'] }[spec.addend];
      return ['a', 'b', ...(spec.second === 'none' ? [] : ['a2', 'b2']), 'out', ...extra];
    }
    case 'elementwise':
      return elementwiseBindings(spec);
    case 'pieces':
      return ['whole', 'piece0', 'piece1', ...(spec.pieces === 3 ? ['piece2'] : [])];
    case 'rms_norm_backward':
      return ['dy', 'x', 'weight', 'rstd', 'dx', ...(spec.addend === 'matrix' ? ['addend'] : [])];
    case 'layer_norm_backward':
      return ['dy', 'x', 'weight', 'statistics', 'dx', ...(spec.addend === 'matrix' ? ['addend'] : [])];
    case 'rope':
      return spec.inPlace ? ['x', 'table', 'positions'] : ['x', 'table', 'positions', 'y'];
    case 'prediction_loss': {
      const operands = ['predictions', 'targets', 'weights', 'lossScale', 'rowLoss'];
      return spec.gradient ? [...operands, 'gradient'] : operands;
    }
    case 'dropout':
    case 'uniform_noise':
      return spec.inPlace ? ['x', 'seed'] : ['x', 'seed', 'out'];
    default:
      return fixedBindings[spec.kernel];
  }
}

function elementwiseBindings({ operation, inPlace }: ElementwiseSpec): readonly string[] {
  const operands = {
    add: ['a', 'b'],
    mul: ['a', 'b'],
    scale: ['a'],
    activation: ['a'],
    activation_backward: ['a', 'b'],
    gated_activation: ['a', 'b'],
    gated_activation_backward: ['a', 'b', 'c'],
  }[operation];
  if (inPlace !== 'none') return operands;
  return operation === 'gated_activation_backward' ? [...operands, 'out', 'out2'] : [...operands, 'out'];
}

type NormBackwardKernel = 'rms_norm_backward' | 'layer_norm_backward';

const fixedBindings = {
  column_sum: ['x', 'out'],
  inverse_norm: ['weight', 'a', 'b', 'out'],
  rms_norm: ['x', 'weight', 'y', 'rstd'],
  rms_norm_weight_gradient: ['dy', 'x', 'rstd', 'out'],
  layer_norm: ['x', 'weight', 'bias', 'y', 'statistics'],
  layer_norm_weight_gradient: ['dy', 'x', 'statistics', 'out'],
  attention: ['q', 'k', 'v', 'keyRange', 'out', 'lse'],
  attention_statistics: ['dOutput', 'output', 'lse', 'stats'],
  attention_backward_query: ['dOutput', 'q', 'k', 'v', 'stats', 'keyRange', 'dq'],
  attention_backward_key: ['dOutput', 'q', 'k', 'v', 'stats', 'queryRange', 'dk', 'dv'],
  embedding: ['table', 'ids', 'out'],
  embedding_backward: ['dy', 'ids', 'idOrder', 'out'],
  cross_entropy_rows: ['logits', 'labels', 'lossScale', 'rowLoss'],
  accumulate: ['target', 'value', 'keep'],
  fill: ['out'],
  retain: ['out', 'keep'],
  sum_squares: ['x', 'partial'],
  norm: ['partial', 'norm'],
  adamw: ['parameter', 'gradient', 'moment1', 'moment2', 'hyper', 'norm'],
  adamw_8bit: ['parameter', 'gradient', 'words1', 'largest1', 'words2', 'largest2', 'hyper', 'norm'],
  sgd: ['parameter', 'gradient', 'momentum', 'hyper', 'norm'],
  rmsprop: ['parameter', 'gradient', 'square', 'momentum', 'hyper', 'norm'],
  adadelta: ['parameter', 'gradient', 'square', 'delta', 'hyper', 'norm'],
  cache_write: ['value', 'positions', 'cache'],
  quantise: ['values', 'out', 'errors'],
  im2col: ['x', 'out'],
  col2im: ['x', 'out'],
  max_pool: ['x', 'out'],
  max_pool_backward: ['dy', 'x', 'out'],
  squared_deviations: ['x', 'mean', 'out'],
  moments_backward: ['x', 'mean', 'dMean', 'dVariance', 'dx'],
  batch_norm: ['x', 'mean', 'variance', 'weight', 'bias', 'y'],
  batch_norm_weight_gradient: ['dy', 'x', 'mean', 'out'],
  batch_norm_statistics_gradient: ['dBias', 'variance', 'weight', 'dWeight', 'dMean', 'dVariance'],
  batch_norm_input_gradient: ['dy', 'variance', 'weight', 'dx'],
} as const satisfies Record<
  Exclude<
    KernelName,
    'matmul' | 'elementwise' | 'dropout' | 'uniform_noise' | 'prediction_loss' | 'pieces' | 'rope' | NormBackwardKernel
  >,
  readonly string[]
>;
