import type {
  BatchNormInputGradientSpec,
  BatchNormSpec,
  BatchNormStatisticsGradientSpec,
  MomentsBackwardSpec,
} from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { flatIndex, type Shader, type StorageBindings, shader } from './wgsl.ts';

const floats = (...names: string[]): StorageBindings => names.map((name) => [name, 'f32']);

/** 64 elements a workgroup, each of the channel that its place in the row says. */
const body = (statement: string): string => `let i = ${flatIndex};
if (i < dims.count) {
let channel = i % dims.channels;
${statement}
}`;

/** Each element of x is read and written once; the vectors of the channels stay in the cache. */
export function batchNorm(spec: BatchNormSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: floats('x', 'mean', 'variance', 'weight', 'bias', 'y'),
    workgroupSize: [64, 1, 1],
    body: body(
      'y[i] = (x[i] - mean[channel]) * inverseSqrt(variance[channel] + dims.epsilon) * weight[channel] + bias[channel];',
    ),
  });
}

/** One thread a channel: a few numbers each. */
export function batchNormStatisticsGradient(spec: BatchNormStatisticsGradientSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: floats('dBias', 'variance', 'weight', 'dWeight', 'dMean', 'dVariance'),
    workgroupSize: [64, 1, 1],
    body: body(`let r = inverseSqrt(variance[i] + dims.epsilon);
let sum = dWeight[i] * r;
dWeight[i] = sum;
dMean[i] = -weight[channel] * r * dBias[i];
dVariance[i] = -0.5 * weight[channel] * r * r * sum;`),
  });
}

/** Each element of dy is read and written once. */
export function batchNormInputGradient(spec: BatchNormInputGradientSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: floats('dy', 'variance', 'weight', 'dx'),
    workgroupSize: [64, 1, 1],
    body: body('dx[i] = dy[i] * weight[channel] * inverseSqrt(variance[channel] + dims.epsilon);'),
  });
}

/** Each element of x is read and written once. */
export function momentsBackward(spec: MomentsBackwardSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: floats('x', 'mean', 'dMean', 'dVariance', 'dx'),
    workgroupSize: [64, 1, 1],
    body: body('dx[i] = (dMean[channel] + 2.0 * dVariance[channel] * (x[i] - mean[channel])) / dims.rows;'),
  });
}
