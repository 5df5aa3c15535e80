import type { InverseNormSpec } from '../../plan/kernels/inverse-norm.ts';
import { levelTable } from './quantised.ts';
import { rowFrame, sum } from './rows.ts';
import { type KernelText, loadFunction } from './wgsl.ts';

/** One row by one workgroup (or thread): W is read once, A once for each row (it is narrow and stays in the cache). */
export function inverseNorm(spec: InverseNormSpec): KernelText {
  const { weightType } = spec;
  const frame = rowFrame(spec.perThread);
  return {
    workgroupSize: frame.workgroupSize,
    declarations: `${levelTable([weightType])}${loadFunction('load_weight', 'weight', weightType, false)}
${frame.reduction('sum', 'f32', sum)}`,
    body: frame.wrap(`let at = row + dims.rowBegin;
var squares = 0.0;
for (var i = begin; i < dims.width; i += step) {
  var update = 0.0;
  for (var k = 0u; k < dims.rank; k++) { update += b[at * dims.rank + k] * a[k * dims.width + i]; }
  let value = load_weight(row * dims.rowStride + i * dims.columnStride) + dims.scale * update;
  squares += value * value;
}
let scale = inverseSqrt(reduce_sum(squares, local.x));
if (inside && begin == 0u) { out[at] = scale; }`),
  };
}
