import type {
  BatchNormWeightGradientSpec,
  ColumnSumSpec,
  LayerNormWeightGradientSpec,
  RmsNormWeightGradientSpec,
  SquaredDeviationsSpec,
} from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { type Shader, shader } from './wgsl.ts';

const body = (term: string): string => `let column = group.x * 64u + local.x;
if (column < dims.columns) {
let first = group.y * dims.rowsPerChunk;
let end = min(first + dims.rowsPerChunk, dims.rows);
var sum = 0.0;
for (var row = first; row < end; row++) { sum += ${term}; }
out[group.y * dims.columns + column] = sum;
}`;

/** A workgroup sums 64 columns over one chunk of rows, in order; x is read once. */
export function columnSum(spec: ColumnSumSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: [
      ['x', 'f32'],
      ['out', 'f32'],
    ],
    workgroupSize: [64, 1, 1],
    body: body('x[row * dims.columns + column]'),
  });
}

/** A workgroup sums dy·x·rstd of 64 columns over one chunk of rows, in order; dy and x are read once. */
export function rmsNormWeightGradient(spec: RmsNormWeightGradientSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: [
      ['dy', 'f32'],
      ['x', 'f32'],
      ['rstd', 'f32'],
      ['out', 'f32'],
    ],
    workgroupSize: [64, 1, 1],
    body: body('dy[row * dims.columns + column] * x[row * dims.columns + column] * rstd[row]'),
  });
}

/** A workgroup sums dy·x̂ of 64 columns over one chunk of rows, in order; dy and x are read once. */
export function layerNormWeightGradient(spec: LayerNormWeightGradientSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: [
      ['dy', 'f32'],
      ['x', 'f32'],
      ['statistics', 'vec2<f32>'],
      ['out', 'f32'],
    ],
    workgroupSize: [64, 1, 1],
    body: body(
      'dy[row * dims.columns + column] * (x[row * dims.columns + column] - statistics[row].x) * statistics[row].y',
    ),
  });
}

/** A workgroup sums (x − mean)² of 64 columns over one chunk of rows, in order; x is read once. */
export function squaredDeviations(spec: SquaredDeviationsSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: [
      ['x', 'f32'],
      ['mean', 'f32'],
      ['out', 'f32'],
    ],
    workgroupSize: [64, 1, 1],
    body: body('pow2(x[row * dims.columns + column] - mean[column])'),
    declarations: 'fn pow2(value: f32) -> f32 { return value * value; }',
  });
}

/** A workgroup sums dy·(x − mean) of 64 columns over one chunk of rows, in order; dy and x are read once. */
export function batchNormWeightGradient(spec: BatchNormWeightGradientSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: [
      ['dy', 'f32'],
      ['x', 'f32'],
      ['mean', 'f32'],
      ['out', 'f32'],
    ],
    workgroupSize: [64, 1, 1],
    body: body('dy[row * dims.columns + column] * (x[row * dims.columns + column] - mean[column])'),
  });
}
