import type {
  AttentionBackwardKeySpec,
  AttentionBackwardQuerySpec,
  AttentionSpec,
  AttentionStatisticsSpec,
} from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { attentionBackwardKeyDirect, attentionBackwardQueryDirect } from './attention-backward-direct.ts';
import { attentionBackwardKeyStaged, attentionBackwardQueryStaged } from './attention-backward-staged.ts';
import { attentionDirect } from './attention-direct.ts';
import { attentionStaged } from './attention-staged.ts';
import { flatIndex, shader } from './wgsl.ts';

/**
 * The staged kernels keep two to four vectors of a head in each thread's registers, which larger heads would overflow.
 * Not measured: no GPU was at hand.
 */
const largestStagedHead = 64;

const isDirect = ({ direct, headDim }: { readonly direct: boolean; readonly headDim: number }): boolean =>
  direct || headDim > largestStagedHead;

export const attention = (spec: AttentionSpec, access: readonly Access[]): string =>
  isDirect(spec) ? attentionDirect(spec, access) : attentionStaged(spec, access);

export const attentionBackwardQuery = (spec: AttentionBackwardQuerySpec, access: readonly Access[]): string =>
  isDirect(spec) ? attentionBackwardQueryDirect(spec, access) : attentionBackwardQueryStaged(spec, access);

export const attentionBackwardKey = (spec: AttentionBackwardKeySpec, access: readonly Access[]): string =>
  isDirect(spec) ? attentionBackwardKeyDirect(spec, access) : attentionBackwardKeyStaged(spec, access);

/** A workgroup computes 64 pairs (lse, Σ dOutput·output): what the backward kernels need of a (row, head). */
export function attentionStatistics(spec: AttentionStatisticsSpec, access: readonly Access[]): string {
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
