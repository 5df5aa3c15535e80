import {
  elementCount,
  type GraphNode,
  isOptimizerOp,
  type NodeOf,
  type OpName,
  type OptimizerOp,
  type Value,
} from '../../graph/types.ts';
import { lowerAttention, lowerAttentionBackward, lowerCacheWrite, lowerRope } from './attention.ts';
import { lowerCausalConvolution, lowerCausalConvolutionBackward } from './causal-convolution.ts';
import { lowerCodedUpdates } from './coded-updates.ts';
import type { Lowering } from './context.ts';
import {
  lowerBatchNorm,
  lowerBatchNormBackward,
  lowerDepthwise,
  lowerDepthwiseBackward,
  lowerMoments,
  lowerMomentsBackward,
  lowerWindow,
} from './convolution.ts';
import { lowerCrossEntropy, lowerTokenCrossEntropy } from './cross-entropy.ts';
import { lowerDeltaGates, lowerDeltaGatesBackward } from './delta-gates.ts';
import { lowerTokenDivergence } from './divergence.ts';
import { lowerElementwise, lowerScale } from './elementwise.ts';
import {
  lowerCombineRows,
  lowerCombineRowsBackward,
  lowerExpertMatmul,
  lowerExpertMatmulBackward,
  lowerExpertOrder,
  lowerGatherRows,
  lowerRoute,
  lowerRouteBackward,
} from './experts.ts';
import { lowerGated, lowerGatedBackward } from './gated.ts';
import { lowerGatedDeltaRule, lowerGatedDeltaRuleBackward } from './gated-delta-rule.ts';
import { lowerInverseNorm } from './magnitude.ts';
import { lowerMatmul } from './matmul.ts';
import {
  lowerLayerNorm,
  lowerLayerNormBackward,
  lowerRmsNorm,
  lowerRmsNormBackward,
  sumRows,
} from './normalization.ts';
import { lowerConcat, lowerSplit } from './pieces.ts';
import { lowerPredictionLoss } from './prediction.ts';
import { lowerRelativeAttention, lowerRelativeAttentionBackward } from './relative-attention.ts';
import { scheduleEffects } from './schedule.ts';
import { lowerAccumulate, lowerConstant, lowerGlobalNorm } from './state.ts';
import { lowerMixStreams, lowerStreamProducts } from './streams.ts';
import { lowerAdd } from './sum.ts';
import { lowerDropout, lowerEmbedding, lowerEmbeddingBackward, lowerUniformNoise } from './tokens.ts';
import { lowerUpdates, type UpdateNode } from './updates.ts';

type Lower<O extends OpName> = (lowering: Lowering, node: NodeOf<O>) => void;

const nothing = (): void => {};

/** How each operation becomes dispatches. Updates of parameters are lowered together, after everything else. */
const lowerings: { readonly [O in Exclude<OpName, OptimizerOp>]: Lower<O> } = {
  parameter: nothing,
  input: nothing,
  reshape: nothing,
  detach: nothing,
  constant: lowerConstant,
  matmul: lowerMatmul,
  inverse_norm: lowerInverseNorm,
  add: lowerAdd,
  scale: lowerScale,
  mul: lowerElementwise,
  activation: lowerElementwise,
  activation_backward: lowerElementwise,
  gated_activation: lowerGated,
  gated_activation_backward: lowerGatedBackward,
  reduce_sum: lowerReduceSum,
  rms_norm: lowerRmsNorm,
  rms_norm_backward: lowerRmsNormBackward,
  layer_norm: lowerLayerNorm,
  layer_norm_backward: lowerLayerNormBackward,
  im2col: lowerWindow,
  col2im: lowerWindow,
  max_pool: lowerWindow,
  max_pool_backward: lowerWindow,
  depthwise_convolution: lowerDepthwise,
  depthwise_convolution_backward: lowerDepthwiseBackward,
  moments: lowerMoments,
  moments_backward: lowerMomentsBackward,
  batch_norm: lowerBatchNorm,
  batch_norm_backward: lowerBatchNormBackward,
  causal_convolution: lowerCausalConvolution,
  causal_convolution_backward: lowerCausalConvolutionBackward,
  delta_gates: lowerDeltaGates,
  delta_gates_backward: lowerDeltaGatesBackward,
  gated_delta_rule: lowerGatedDeltaRule,
  gated_delta_rule_backward: lowerGatedDeltaRuleBackward,
  mix_streams: lowerMixStreams,
  stream_products: lowerStreamProducts,
  route: lowerRoute,
  route_backward: lowerRouteBackward,
  expert_order: lowerExpertOrder,
  gather_rows: lowerGatherRows,
  combine_rows: lowerCombineRows,
  combine_rows_backward: lowerCombineRowsBackward,
  expert_matmul: lowerExpertMatmul,
  expert_matmul_backward: lowerExpertMatmulBackward,
  split: lowerSplit,
  concat: lowerConcat,
  rope: lowerRope,
  attention: lowerAttention,
  attention_backward: lowerAttentionBackward,
  relative_attention: lowerRelativeAttention,
  relative_attention_backward: lowerRelativeAttentionBackward,
  embedding: lowerEmbedding,
  embedding_backward: lowerEmbeddingBackward,
  dropout: lowerDropout,
  uniform_noise: lowerUniformNoise,
  cross_entropy: lowerCrossEntropy,
  token_cross_entropy: lowerTokenCrossEntropy,
  token_divergence: lowerTokenDivergence,
  prediction_loss: lowerPredictionLoss,
  accumulate: lowerAccumulate,
  cache_write: lowerCacheWrite,
  global_norm: lowerGlobalNorm,
};

/** Adds the dispatches of every node of the graph, in the order of execution. */
export function lowerGraph(lowering: Lowering): void {
  const updates: UpdateNode[] = [];
  const codedUpdates: NodeOf<'adamw_8bit'>[] = [];
  for (const node of scheduleEffects(lowering.graph)) {
    if (lowering.fusion.claimed.has(node)) continue;
    if (node.op === 'adamw_8bit') codedUpdates.push(node);
    else if (isOptimizerOp(node.op)) updates.push(node as UpdateNode);
    else lowering.at(node, () => lowerNode(lowering, node));
  }
  if (updates.length > 0) lowering.at(updates[0]!, () => lowerUpdates(lowering, updates));
  if (codedUpdates.length > 0) lowering.at(codedUpdates[0]!, () => lowerCodedUpdates(lowering, codedUpdates));
}

function lowerNode(lowering: Lowering, node: GraphNode): void {
  const lower = lowerings[node.op as Exclude<OpName, OptimizerOp>] as Lower<OpName>;
  lower(lowering, node as never);
}

function lowerReduceSum(lowering: Lowering, node: NodeOf<'reduce_sum'>): void {
  const [x] = node.inputs as [Value];
  const columns = elementCount(node.outputs[0]!.shape);
  sumRows(lowering, lowering.storage(x), lowering.define(node), elementCount(x.shape) / columns, columns);
  lowering.release(x);
}
