import type {
  AttentionBackwardKeySpec,
  AttentionBackwardQuerySpec,
  AttentionSpec,
  AttentionStatisticsSpec,
} from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { attentionBackwardKeyDirect, attentionBackwardQueryDirect } from './attention-backward-direct.ts';
import { attentionBackwardKeyTiled, attentionBackwardQueryTiled } from './attention-backward-tiled.ts';
import { attentionDirect } from './attention-direct.ts';
import { attentionTiled } from './attention-tiled.ts';
import { flatIndex, type Shader, shader } from './wgsl.ts';

export const attention = (spec: AttentionSpec, access: readonly Access[]): Shader =>
  spec.direct ? attentionDirect(spec, access) : attentionTiled(spec, access);

export const attentionBackwardQuery = (spec: AttentionBackwardQuerySpec, access: readonly Access[]): Shader =>
  spec.direct ? attentionBackwardQueryDirect(spec, access) : attentionBackwardQueryTiled(spec, access);

export const attentionBackwardKey = (spec: AttentionBackwardKeySpec, access: readonly Access[]): Shader =>
  spec.direct ? attentionBackwardKeyDirect(spec, access) : attentionBackwardKeyTiled(spec, access);

/** A workgroup computes 64 pairs (lse, Σ dOutput·output): what the backward kernels need of a (row, head). */
export function attentionStatistics(spec: AttentionStatisticsSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: [
      ['dOutput', 'f32'],
      ['output', 'f32'],
      ['lse', 'f32'],
      ['stats', 'vec2<f32>'],
    ],
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
if (i < dims.rows * dims.heads) {
var sum = 0.0;
for (var d = 0u; d < dims.headDim; d++) { sum += dOutput[i * dims.headDim + d] * output[i * dims.headDim + d]; }
stats[i] = vec2<f32>(lse[i], sum);
}`,
  });
}
