import type { Access } from '../../plan/kernels/definition.ts';
import type { KernelName, KernelSpec, SpecOf } from '../../plan/kernels.ts';
import { attention, attentionBackwardKey, attentionBackwardQuery, attentionStatistics } from './attention.ts';
import { batchNorm, batchNormInputGradient, batchNormStatisticsGradient, momentsBackward } from './batch-norm.ts';
import {
  causalConvolution,
  causalConvolutionInputGradient,
  causalConvolutionKept,
  causalConvolutionWeightGradient,
} from './causal-convolution.ts';
import {
  batchNormWeightGradient,
  columnSum,
  layerNormWeightGradient,
  rmsNormWeightGradient,
  squaredDeviations,
} from './columns.ts';
import { crossEntropyRows } from './cross-entropy.ts';
import { deltaGates, deltaGatesBackward } from './delta-gates.ts';
import { divergenceRows } from './divergence.ts';
import { dropout, uniformNoise } from './dropout.ts';
import { elementwise } from './elementwise.ts';
import { embedding, embeddingBackward } from './embedding.ts';
import { combineRows, combineRowsBackward, expertOrder, gatherRows, route, routeBackward } from './experts.ts';
import {
  gatedDeltaDecayGradient,
  gatedDeltaErrorGradient,
  gatedDeltaGateProducts,
  gatedDeltaGates,
  gatedDeltaKeyGradient,
  gatedDeltaQueryGradient,
  gatedDeltaRule,
} from './gated-delta-rule.ts';
import { inverseNorm } from './inverse-norm.ts';
import { layerNorm, layerNormBackward } from './layer-norm.ts';
import { matmul } from './matmul.ts';
import { adamw8bit, norm, optimizer, sumSquares } from './optimizer.ts';
import { pieces } from './pieces.ts';
import { predictionLoss } from './prediction.ts';
import { quantise } from './quantise.ts';
import {
  relativeAttention,
  relativeAttentionKey,
  relativeAttentionPlaces,
  relativeAttentionQuery,
} from './relative-attention.ts';
import { rmsNorm, rmsNormBackward } from './rms-norm.ts';
import { rope } from './rope.ts';
import { slabSum } from './slab-sum.ts';
import { accumulate, cacheWrite, fill, retain } from './state.ts';
import { mixStreams, streamProducts } from './streams.ts';
import { type KernelText, wholeShader } from './wgsl.ts';
import {
  col2im,
  depthwiseConvolution,
  depthwiseConvolutionInputGradient,
  depthwiseConvolutionWeightGradient,
  im2col,
  maxPool,
  maxPoolBackward,
} from './window.ts';

type Generator<K extends KernelName> = (spec: SpecOf<K>) => KernelText;

/** Every kernel there is. A missing one is a compile error. */
const generators: { readonly [K in KernelName]: Generator<K> } = {
  matmul,
  elementwise,
  inverse_norm: inverseNorm,
  column_sum: columnSum,
  slab_sum: slabSum,
  rms_norm: rmsNorm,
  rms_norm_backward: rmsNormBackward,
  rms_norm_weight_gradient: rmsNormWeightGradient,
  layer_norm: layerNorm,
  layer_norm_backward: layerNormBackward,
  layer_norm_weight_gradient: layerNormWeightGradient,
  pieces,
  rope,
  attention,
  attention_statistics: attentionStatistics,
  attention_backward_query: attentionBackwardQuery,
  attention_backward_key: attentionBackwardKey,
  relative_attention: relativeAttention,
  relative_attention_query: relativeAttentionQuery,
  relative_attention_key: relativeAttentionKey,
  relative_attention_places: relativeAttentionPlaces,
  embedding,
  embedding_backward: embeddingBackward,
  dropout,
  uniform_noise: uniformNoise,
  cross_entropy_rows: crossEntropyRows,
  divergence_rows: divergenceRows,
  prediction_loss: predictionLoss,
  accumulate,
  fill,
  retain,
  sum_squares: sumSquares,
  norm,
  adamw: optimizer,
  adamw_8bit: adamw8bit,
  sgd: optimizer,
  rmsprop: optimizer,
  adadelta: optimizer,
  cache_write: cacheWrite,
  quantise,
  im2col,
  col2im,
  max_pool: maxPool,
  max_pool_backward: maxPoolBackward,
  depthwise_convolution: depthwiseConvolution,
  depthwise_convolution_input_gradient: depthwiseConvolutionInputGradient,
  depthwise_convolution_weight_gradient: depthwiseConvolutionWeightGradient,
  squared_deviations: squaredDeviations,
  moments_backward: momentsBackward,
  batch_norm: batchNorm,
  batch_norm_weight_gradient: batchNormWeightGradient,
  batch_norm_statistics_gradient: batchNormStatisticsGradient,
  batch_norm_input_gradient: batchNormInputGradient,
  causal_convolution: causalConvolution,
  causal_convolution_input_gradient: causalConvolutionInputGradient,
  causal_convolution_kept: causalConvolutionKept,
  causal_convolution_weight_gradient: causalConvolutionWeightGradient,
  delta_gates: deltaGates,
  delta_gates_backward: deltaGatesBackward,
  gated_delta_gates: gatedDeltaGates,
  gated_delta_rule: gatedDeltaRule,
  gated_delta_error_gradient: gatedDeltaErrorGradient,
  gated_delta_query_gradient: gatedDeltaQueryGradient,
  gated_delta_key_gradient: gatedDeltaKeyGradient,
  gated_delta_gate_products: gatedDeltaGateProducts,
  gated_delta_decay_gradient: gatedDeltaDecayGradient,
  route,
  route_backward: routeBackward,
  expert_order: expertOrder,
  gather_rows: gatherRows,
  combine_rows: combineRows,
  combine_rows_backward: combineRowsBackward,
  mix_streams: mixStreams,
  stream_products: streamProducts,
};

/** The shader of a kernel. Equal specs and access modes give equal text. */
export function kernelShader(spec: KernelSpec, access: readonly Access[]): string {
  return wholeShader(spec, access, (generators[spec.kernel] as Generator<KernelName>)(spec));
}
