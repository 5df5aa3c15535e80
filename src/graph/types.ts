/** The vocabulary of the graph: what a node is, and which attributes each operation has. */

import { blocksInRow, blockValues, blockWords, type QuantisedDType } from './quantisation.ts';

/** What weights are published in. */
export type FloatDType = 'f32' | 'f16' | 'bf16';

/** What a frozen matrix may be kept as. Rows of quantised values are filled up to whole blocks. */
export type WeightDType = FloatDType | QuantisedDType;

/** `bf16`, `f16` and the quantised types occur only in frozen weights; everything computed is `f32`. */
export type DType = WeightDType | 'i32' | 'u32';

export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** What a persistent buffer is for; the cost sheet reports bytes by it. */
export type ParameterKind = 'weight' | 'trained' | 'gradient' | 'optimizer' | 'cache' | 'table';

/** log(1 − exp x) is taken no nearer to x = 0 than this: there and beyond it is constant. */
export const log1mexpEnd = -(2 ** -20);

export type Activation = 'silu' | 'gelu' | 'gelu_tanh' | 'relu' | 'tanh' | 'sigmoid' | 'softplus' | 'log1mexp';

/** A bound on scores, from Gemma 2: softCap · tanh(score / softCap) stands for each score. */
export interface SoftCap {
  readonly softCap?: number;
}

export interface RopeAttributes {
  readonly headDim: number;
  readonly inverse: boolean;
  /** The pairs are neighbours (0, 1), (2, 3), …; absent: number i and the one that lies half of the turned part behind it. */
  readonly neighbours?: true;
}

export interface AttentionAttributes extends SoftCap {
  /** Sequences side by side; query rows are `batch · queryLength`, key rows `batch · keyLength`. */
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Factor on q·k, usually 1/√headDim. */
  readonly scale: number;
  /** Only for counting FLOPs: what may be seen is decided by the `keyRange` input. */
  readonly causal: boolean;
}

/**
 * What is added to a norm's weight before it is used: 1 in Gemma, whose weights are kept as differences from 1. Of a norm
 * without a weight it is all that the normalised row is multiplied by.
 */
export interface WeightOffset {
  readonly weightOffset?: number;
}

/** What is added to each id before its row is looked up. */
export interface IdOffset {
  readonly idOffset?: number;
}

/** A square window that slides over images whose pixels are rows: [batch · height · width, channels]. */
export interface WindowAttributes {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly kernel: number;
  readonly stride: number;
  /** Pixels beyond each edge that windows may stand on. */
  readonly padding: number;
}

/** Sequences side by side: rows are `batch · length`. */
export interface BatchAttributes {
  readonly batch: number;
}

export interface GatedDeltaRuleAttributes extends BatchAttributes {
  /** Heads of q and k; each serves as many heads of v, side by side. */
  readonly keyHeads: number;
}

export interface RouteAttributes {
  /** Experts that a row is sent to. */
  readonly chosen: number;
  readonly score: 'softmax' | 'sigmoid';
  /** The weights of a row are divided by their sum and this; absent: they stay as they are. */
  readonly epsilon?: number;
}

/** What every optimizer is told of the parameter that it updates. */
export interface OptimizerAttributes {
  readonly weightDecay: number;
  readonly learningRateFactor: number;
}

export interface AdamConstants {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** Attributes by operation. The inputs and outputs of each are described where it is defined, in `operations/`. */
export interface OpAttributes {
  parameter: { readonly name: string; readonly kind: ParameterKind };
  input: { readonly name: string };
  constant: { readonly value: number };
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  add: Record<never, never>;
  mul: Record<never, never>;
  scale: { readonly factor: number };
  activation: { readonly activation: Activation };
  activation_backward: { readonly activation: Activation };
  gated_activation: { readonly activation: Activation };
  gated_activation_backward: { readonly activation: Activation };
  reduce_sum: { readonly leading: number };
  reshape: { readonly shape: readonly number[] };
  detach: Record<never, never>;
  split: { readonly sizes: readonly number[] };
  concat: Record<never, never>;
  inverse_norm: { readonly scale: number; readonly transposed: boolean };
  rms_norm: { readonly epsilon: number } & WeightOffset;
  rms_norm_backward: WeightOffset;
  layer_norm: { readonly epsilon: number };
  layer_norm_backward: Record<never, never>;
  im2col: WindowAttributes;
  col2im: WindowAttributes;
  max_pool: WindowAttributes;
  max_pool_backward: WindowAttributes;
  depthwise_convolution: WindowAttributes;
  depthwise_convolution_backward: WindowAttributes;
  causal_convolution: BatchAttributes;
  causal_convolution_backward: BatchAttributes;
  delta_gates: Record<never, never>;
  delta_gates_backward: Record<never, never>;
  gated_delta_rule: GatedDeltaRuleAttributes;
  gated_delta_rule_backward: GatedDeltaRuleAttributes;
  mix_streams: { readonly transposed: boolean };
  stream_products: { readonly rows: number };
  route: RouteAttributes;
  route_backward: RouteAttributes;
  expert_order: { readonly experts: number };
  gather_rows: Record<never, never>;
  combine_rows: { readonly rows: number };
  combine_rows_backward: Record<never, never>;
  expert_matmul: { readonly transposed: boolean };
  expert_matmul_backward: Record<never, never>;
  moments: Record<never, never>;
  moments_backward: Record<never, never>;
  batch_norm: { readonly epsilon: number };
  batch_norm_backward: { readonly epsilon: number };
  rope: RopeAttributes;
  attention: AttentionAttributes;
  attention_backward: AttentionAttributes;
  relative_attention: AttentionAttributes;
  relative_attention_backward: AttentionAttributes;
  embedding: IdOffset;
  embedding_backward: { readonly rows: number } & IdOffset;
  dropout: { readonly probability: number; readonly site: string };
  uniform_noise: { readonly amplitude: number; readonly site: string };
  cross_entropy: SoftCap;
  token_cross_entropy: SoftCap;
  token_divergence: SoftCap & { readonly biased: boolean };
  prediction_loss: { readonly loss: 'squared_error' | 'binary_cross_entropy' };
  accumulate: Record<never, never>;
  cache_write: Record<never, never>;
  global_norm: Record<never, never>;
  adamw: AdamConstants & { readonly decay: 'decoupled' | 'gradient' } & OptimizerAttributes;
  adamw_8bit: AdamConstants & OptimizerAttributes;
  sgd: { readonly momentum: number } & OptimizerAttributes;
  rmsprop: { readonly alpha: number; readonly momentum: number; readonly epsilon: number } & OptimizerAttributes;
  adadelta: { readonly rho: number; readonly epsilon: number } & OptimizerAttributes;
}

export type OpName = keyof OpAttributes;

export interface NodeOf<O extends OpName> {
  /** Position in the order of construction, which is also the order of execution. */
  readonly id: number;
  readonly op: O;
  readonly inputs: readonly Value[];
  readonly attributes: OpAttributes[O];
  readonly outputs: readonly TensorType[];
  /** Where in the model the node comes from, such as `model.layers.0.self_attn`; may be empty. */
  readonly scope: string;
}

export type GraphNode = { [O in OpName]: NodeOf<O> }[OpName];

/** One output of a node. */
export interface Value {
  readonly node: GraphNode;
  readonly index: number;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A program: run `nodes` in order, then hand out `outputs`. Effects are nodes that write a parameter in place. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly outputs: Readonly<Record<string, Value>>;
}

export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export const isQuantised = (dtype: DType): dtype is QuantisedDType => dtype in blockWords;

export const bytesPerElement = (dtype: Exclude<DType, QuantisedDType>): number =>
  dtype === 'bf16' || dtype === 'f16' ? 2 : 4;

/** Elements in that many bytes: of a quantised type, in whole blocks. */
export const elementsIn = (bytes: number, dtype: DType): number =>
  isQuantised(dtype) ? (bytes / (4 * blockWords[dtype])) * blockValues : bytes / bytesPerElement(dtype);

/** Bytes of a tensor without padding at its end. */
export function unpaddedBytes({ shape, dtype }: TensorType): number {
  if (!isQuantised(dtype)) return elementCount(shape) * bytesPerElement(dtype);
  const rows = elementCount(shape.slice(0, -1));
  return rows * blocksInRow(shape.at(-1)!) * blockWords[dtype] * 4;
}

/** Bytes of a tensor as it lies in a buffer: packed pairs of 16-bit values are padded to whole 32-bit words. */
export const byteLength = (type: TensorType): number => Math.ceil(unpaddedBytes(type) / 4) * 4;

/** Elements from one row of a matrix to the next: rows of quantised values are filled up to whole blocks. */
export function rowStride({ shape, dtype }: TensorType): number {
  const width = shape.at(-1)!;
  return isQuantised(dtype) ? blocksInRow(width) * blockValues : width;
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);

/** Updates of a parameter: (parameter, gradient, states …, hyper f32 [4], norm f32 []) → nothing. */
export const optimizerOps = ['adamw', 'adamw_8bit', 'sgd', 'rmsprop', 'adadelta'] as const satisfies readonly OpName[];
export type OptimizerOp = (typeof optimizerOps)[number];

export const isOptimizerOp = (op: OpName): op is OptimizerOp => (optimizerOps as readonly OpName[]).includes(op);

/** What the gradient of an RMS norm reads, by name. */
export function rmsNormBackwardInputs<T>(list: readonly T[]) {
  const [dy, x, ...rest] = list as [T, T, ...T[]];
  return { dy, x, rstd: rest.at(-1)!, weight: rest.length === 2 ? rest[0] : undefined };
}

/** What a causal convolution reads, by name; see `operations/causal-convolution.ts`. */
export interface CausalConvolutionInputs<T> {
  readonly x: T;
  readonly weight: T;
  readonly starts: T;
  readonly before?: T;
  readonly bias?: T;
}

/** The inputs of a causal convolution: what was kept is a matrix, a bias a vector, and either may be absent. */
export function causalConvolutionInputs<T extends { readonly shape: readonly number[] }>(
  list: readonly T[],
): CausalConvolutionInputs<T> {
  const [x, weight, starts, ...rest] = list as [T, T, T, ...T[]];
  const [before, bias] = [2, 1].map((rank) => rest.find(({ shape }) => shape.length === rank));
  return { x, weight, starts, ...(before && { before }), ...(bias && { bias }) };
}

/** What a gated delta rule reads, by name; see `operations/gated-delta-rule.ts`. */
export interface GatedDeltaInputs<T> {
  readonly q: T;
  readonly k: T;
  readonly v: T;
  readonly g: T;
  readonly beta: T;
  readonly starts: T;
  readonly before?: T;
}

export function gatedDeltaInputs<T>(list: readonly T[]): GatedDeltaInputs<T> {
  const [q, k, v, g, beta, starts, before] = list as [T, T, T, T, T, T, T?];
  return { q, k, v, g, beta, starts, ...(before !== undefined && { before }) };
}

/** Rows, heads of v, and how many values the keys and values of a head have. */
export function gatedDeltaSizes(
  { k, v, g }: GatedDeltaInputs<TensorType>,
  { keyHeads }: GatedDeltaRuleAttributes,
): { readonly rows: number; readonly heads: number; readonly keyWidth: number; readonly valueWidth: number } {
  const [rows, heads] = g.shape as [number, number];
  return { rows, heads, keyWidth: k.shape[1]! / keyHeads, valueWidth: v.shape[1]! / heads };
}

/** What a cross-entropy reads, by name: `narrow` and `wide` come last, the bias before them. */
export interface CrossEntropyInputs<T> {
  readonly hidden: T;
  readonly head: T;
  readonly labels: T;
  readonly lossScale: T;
  readonly bias?: T;
  readonly narrow?: T;
  readonly wide?: T;
}

/** The inputs of a cross-entropy, or whatever goes with each, in their order. */
export function crossEntropyInputs<T>(list: readonly T[]): CrossEntropyInputs<T> {
  const [hidden, head, labels, lossScale, ...rest] = list as [T, T, T, T, ...T[]];
  const bias = rest.length % 2 === 1 ? { bias: rest[0]! } : {};
  const pair = rest.length >= 2 ? { narrow: rest.at(-2)!, wide: rest.at(-1)! } : {};
  return { hidden, head, labels, lossScale, ...bias, ...pair };
}

/** What the logits of one side of a divergence are made of. */
export interface DivergenceSide<T> {
  /** Products of an input [rows, width] and a weight [vocabulary, width]; LoRA on the head adds a second one. */
  readonly products: readonly (readonly [input: T, weight: T])[];
  readonly bias?: T | undefined;
}

export interface DivergenceInputs<T> {
  readonly labels: T;
  readonly base: DivergenceSide<T>;
  readonly tuned: DivergenceSide<T>;
}

/** What a divergence reads, by name; see `operations/divergence.ts`. */
export function divergenceInputs<T>(
  list: readonly T[],
  { biased }: Pick<OpAttributes['token_divergence'], 'biased'>,
): DivergenceInputs<T> {
  const [labels, baseHidden, baseHead, hidden, head, ...rest] = list as [T, T, T, T, T, ...T[]];
  const [baseBias, bias] = biased ? rest : [];
  const [narrow, wide] = biased ? rest.slice(2) : rest;
  const added = narrow !== undefined && wide !== undefined ? [[narrow, wide] as const] : [];
  return {
    labels,
    base: { products: [[baseHidden, baseHead]], bias: baseBias },
    tuned: { products: [[hidden, head], ...added], bias },
  };
}
