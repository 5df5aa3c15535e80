import type {
  AttentionBackwardKeySpec,
  AttentionBackwardQuerySpec,
  AttentionSpec,
} from '../../plan/kernels/attention.ts';
import { attentionBackwardKeyDirect, attentionBackwardQueryDirect } from './attention-backward-direct.ts';
import { attentionBackwardKeyTiled, attentionBackwardQueryTiled } from './attention-backward-tiled.ts';
import { attentionDirect } from './attention-direct.ts';
import { attentionTiled } from './attention-tiled.ts';
import { flatIndex, type KernelText } from './wgsl.ts';

export const attention = (spec: AttentionSpec): KernelText =>
  spec.direct ? attentionDirect(spec) : attentionTiled(spec);

export const attentionBackwardQuery = (spec: AttentionBackwardQuerySpec): KernelText =>
  spec.direct ? attentionBackwardQueryDirect(spec) : attentionBackwardQueryTiled(spec);

export const attentionBackwardKey = (spec: AttentionBackwardKeySpec): KernelText =>
  spec.direct ? attentionBackwardKeyDirect(spec) : attentionBackwardKeyTiled(spec);

/** A workgroup computes 64 pairs (lse, Σ dOutput·output): what the backward kernels need of a (row, head). */
export function attentionStatistics(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
if (i < dims.rows * dims.heads) {
var sum = 0.0;
for (var d = 0u; d < dims.headDim; d++) { sum += dOutput[i * dims.headDim + d] * output[i * dims.headDim + d]; }
stats[i] = vec2<f32>(lse[i], sum);
}`,
  };
}
