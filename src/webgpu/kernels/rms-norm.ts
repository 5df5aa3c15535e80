import type { RmsNormBackwardSpec, RmsNormSpec } from '../../plan/kernels/rms-norm.ts';
import { plusAddend, rowFrame, sum, total } from './rows.ts';
import { floatType, type KernelText, loadFunction } from './wgsl.ts';

/** What loads the weight, and its value at i. */
const weightOf = ({ weightType, vec4 }: RmsNormSpec | RmsNormBackwardSpec): readonly [string, string] =>
  weightType === 'none'
    ? ['', 'dims.weightOffset']
    : [loadFunction('load_weight', 'weight', weightType, vec4), '(load_weight(i) + dims.weightOffset)'];

/** One row by one workgroup (or thread): rstd from its squares, then y = x·rstd·weight. x is read twice. */
export function rmsNorm(spec: RmsNormSpec): KernelText {
  const { vec4 } = spec;
  const [load, weight] = weightOf(spec);
  const type = floatType(vec4);
  const frame = rowFrame(spec.perThread);
  return {
    workgroupSize: frame.workgroupSize,
    declarations: `${load}\n${frame.reduction('sum', 'f32', sum)}`,
    body: frame.wrap(`let width = dims.width${vec4 ? ' / 4u' : ''};
let first = row * width;
var squares = ${type}();
for (var i = begin; i < width; i += step) { let value = x[first + i]; squares += value * value; }
let scale = inverseSqrt(reduce_sum(${total('squares', vec4)}, local.x) / f32(dims.width) + dims.epsilon);
if (inside) {
  for (var i = begin; i < width; i += step) { y[first + i] = x[first + i] * scale * ${weight}; }
  if (begin == 0u) { rstd[row] = scale; }
}`),
  };
}

/**
 * One row by one workgroup (or thread): with x̂ = x·rstd, dx = rstd·(w·dy − x̂·mean(w·dy·x̂)). dy, x and the weight are
 * read twice.
 */
export function rmsNormBackward(spec: RmsNormBackwardSpec): KernelText {
  const { vec4 } = spec;
  const [load, weight] = weightOf(spec);
  const type = floatType(vec4);
  const frame = rowFrame(spec.perThread);
  return {
    workgroupSize: frame.workgroupSize,
    declarations: `${load}\n${frame.reduction('sum', 'f32', sum)}`,
    body: frame.wrap(`let width = dims.width${vec4 ? ' / 4u' : ''};
let first = row * width;
let scale = rstd[row];
var products = ${type}();
for (var i = begin; i < width; i += step) { products += dy[first + i] * ${weight} * x[first + i]; }
let mean = reduce_sum(${total('products', vec4)}, local.x) * scale / f32(dims.width);
if (inside) {
  for (var i = begin; i < width; i += step) {
    dx[first + i] = scale * (dy[first + i] * ${weight} - x[first + i] * (scale * mean))${plusAddend(spec.addend)};
  }
}`),
  };
}
