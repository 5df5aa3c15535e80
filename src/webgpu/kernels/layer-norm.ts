import type { LayerNormBackwardSpec, LayerNormSpec } from '../../plan/kernels/layer-norm.ts';
import { plusAddend, rowFrame, sum, total } from './rows.ts';
import { floatType, type KernelText } from './wgsl.ts';

/** One row by one workgroup (or thread): its mean, then its deviation from that, then y. x is read three times. */
export function layerNorm(spec: LayerNormSpec): KernelText {
  const type = floatType(spec.vec4);
  const frame = rowFrame(spec.perThread);
  return {
    workgroupSize: frame.workgroupSize,
    declarations: frame.reduction('sum', 'f32', sum),
    body: frame.wrap(`let width = dims.width${spec.vec4 ? ' / 4u' : ''};
let first = row * width;
var values = ${type}();
for (var i = begin; i < width; i += step) { values += x[first + i]; }
let mean = reduce_sum(${total('values', spec.vec4)}, local.x) / f32(dims.width);
var squares = ${type}();
for (var i = begin; i < width; i += step) { let centred = x[first + i] - mean; squares += centred * centred; }
let rstd = inverseSqrt(reduce_sum(${total('squares', spec.vec4)}, local.x) / f32(dims.width) + dims.epsilon);
if (inside) {
  for (var i = begin; i < width; i += step) { y[first + i] = (x[first + i] - mean) * rstd * weight[i] + bias[i]; }
  if (begin == 0u) { statistics[row] = vec2<f32>(mean, rstd); }
}`),
  };
}

/**
 * One row by one workgroup (or thread): with x̂ the normalised row and g = w·dy, dx = rstd·(g − mean(g) − x̂·mean(g·x̂)).
 * dy, x and the weight are read twice.
 */
export function layerNormBackward(spec: LayerNormBackwardSpec): KernelText {
  const type = floatType(spec.vec4);
  const frame = rowFrame(spec.perThread);
  return {
    workgroupSize: frame.workgroupSize,
    declarations: frame.reduction('sums', 'vec2<f32>', sum),
    body: frame.wrap(`let width = dims.width${spec.vec4 ? ' / 4u' : ''};
let first = row * width;
let mean = statistics[row].x;
let rstd = statistics[row].y;
var gradients = ${type}();
var products = ${type}();
for (var i = begin; i < width; i += step) {
  let g = dy[first + i] * weight[i];
  gradients += g;
  products += g * (x[first + i] - mean);
}
let own = vec2<f32>(${total('gradients', spec.vec4)}, ${total('products', spec.vec4)} * rstd);
let means = reduce_sums(own, local.x) / f32(dims.width);
if (inside) {
  for (var i = begin; i < width; i += step) {
    dx[first + i] = rstd * (dy[first + i] * weight[i] - means.x - (x[first + i] - mean) * (rstd * means.y))${plusAddend(spec.addend)};
  }
}`),
  };
}
