import type { KernelText } from './wgsl.ts';

const body = (term: string): string => `let column = group.x * 64u + local.x;
if (column < dims.columns) {
let first = group.y * dims.rowsPerChunk;
let end = min(first + dims.rowsPerChunk, dims.rows);
var sum = 0.0;
for (var row = first; row < end; row++) { sum += ${term}; }
out[group.y * dims.columns + column] = sum;
}`;

/** A workgroup sums 64 columns over one chunk of rows, in order; x is read once. */
export function columnSum(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: body('x[row * dims.columns + column]'),
  };
}

/** A workgroup sums dy·x·rstd of 64 columns over one chunk of rows, in order; dy and x are read once. */
export function rmsNormWeightGradient(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: body('dy[row * dims.columns + column] * x[row * dims.columns + column] * rstd[row]'),
  };
}

/** A workgroup sums dy·x̂ of 64 columns over one chunk of rows, in order; dy and x are read once. */
export function layerNormWeightGradient(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: body(
      'dy[row * dims.columns + column] * (x[row * dims.columns + column] - statistics[row].x) * statistics[row].y',
    ),
  };
}

/** A workgroup sums (x − mean)² of 64 columns over one chunk of rows, in order; x is read once. */
export function squaredDeviations(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: body('pow2(x[row * dims.columns + column] - mean[column])'),
    declarations: 'fn pow2(value: f32) -> f32 { return value * value; }',
  };
}

/** A workgroup sums dy·(x − mean) of 64 columns over one chunk of rows, in order; dy and x are read once. */
export function batchNormWeightGradient(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: body('dy[row * dims.columns + column] * (x[row * dims.columns + column] - mean[column])'),
  };
}
