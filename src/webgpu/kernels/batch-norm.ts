import { flatIndex, type KernelText } from './wgsl.ts';

/** 64 elements a workgroup, each of the channel that its place in the row says. */
const body = (statement: string): string => `let i = ${flatIndex};
if (i < dims.count) {
let channel = i % dims.channels;
${statement}
}`;

/** Each element of x is read and written once; the vectors of the channels stay in the cache. */
export function batchNorm(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: body(
      'y[i] = (x[i] - mean[channel]) * inverseSqrt(variance[channel] + dims.epsilon) * weight[channel] + bias[channel];',
    ),
  };
}

/** One thread a channel: a few numbers each. */
export function batchNormStatisticsGradient(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: body(`let r = inverseSqrt(variance[i] + dims.epsilon);
let sum = dWeight[i] * r;
dWeight[i] = sum;
dMean[i] = -weight[channel] * r * dBias[i];
dVariance[i] = -0.5 * weight[channel] * r * r * sum;`),
  };
}

/** Each element of dy is read and written once. */
export function batchNormInputGradient(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: body('dx[i] = dy[i] * weight[channel] * inverseSqrt(variance[channel] + dims.epsilon);'),
  };
}

/** Each element of x is read and written once. */
export function momentsBackward(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: body('dx[i] = (dMean[channel] + 2.0 * dVariance[channel] * (x[i] - mean[channel])) / dims.rows;'),
  };
}
