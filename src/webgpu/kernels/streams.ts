import type { MixStreamsSpec, StreamProductsSpec } from '../../plan/kernels/streams.ts';
import { rowFrame, sum, total } from './rows.ts';
import { flatIndex, floatType, type KernelText } from './wgsl.ts';

/** A thread takes an element (or four) of all streams: inputs are read once for each output, from near caches after the first. */
export function mixStreams({ vec4 }: MixStreamsSpec): KernelText {
  const unit = vec4 ? ' / 4u' : '';
  return {
    workgroupSize: [64, 1, 1],
    body: `let at = ${flatIndex};
let stream = dims.count${unit};
if (at < stream) {
let first = at / (dims.width${unit}) * dims.inputs * dims.outputs;
for (var j = 0u; j < dims.outputs; j++) {
  var mixed = ${floatType(vec4)}();
  for (var i = 0u; i < dims.inputs; i++) {
    mixed += weights[first + j * dims.ofOutput + i * dims.ofInput] * x[i * stream + at];
  }
  y[j * stream + at] = mixed;
}
}`,
  };
}

/** One number by one workgroup (or thread). */
export function streamProducts({ perThread, vec4 }: StreamProductsSpec): KernelText {
  const frame = rowFrame(perThread);
  return {
    workgroupSize: frame.workgroupSize,
    declarations: frame.reduction('sum', 'f32', sum),
    body: frame.wrap(`let width = dims.width${vec4 ? ' / 4u' : ''};
let pair = row % (dims.ofA * dims.ofB);
let ofStream = row / (dims.ofA * dims.ofB);
let firstA = (pair / dims.ofB * dims.length + ofStream) * width;
let firstB = (pair % dims.ofB * dims.length + ofStream) * width;
var product = ${floatType(vec4)}();
for (var i = begin; i < width; i += step) { product += a[firstA + i] * b[firstB + i]; }
let value = reduce_sum(${total('product', vec4)}, local.x);
if (inside && begin == 0u) { products[row] = value; }`),
  };
}
