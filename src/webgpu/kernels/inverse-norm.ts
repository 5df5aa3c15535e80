import type { InverseNormSpec } from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { levelTable } from './quantised.ts';
import { rowFrame, sum } from './rows.ts';
import { loadFunction, type Shader, shader, storageType } from './wgsl.ts';

/** One row by one workgroup (or thread): W is read once, A once for each row (it is narrow and stays in the cache). */
export function inverseNorm(spec: InverseNormSpec, access: readonly Access[]): Shader {
  const { weightType } = spec;
  const frame = rowFrame(spec.perThread);
  return shader({
    spec,
    access,
    bindings: [
      ['weight', storageType(weightType, false)],
      ['a', 'f32'],
      ['b', 'f32'],
      ['out', 'f32'],
    ],
    workgroupSize: frame.workgroupSize,
    declarations: `${levelTable([weightType])}${loadFunction('load_weight', 'weight', weightType, false)}
${frame.reduction('sum', 'f32', sum)}`,
    body: frame.wrap(`var squares = 0.0;
for (var i = begin; i < dims.width; i += step) {
  var update = 0.0;
  for (var k = 0u; k < dims.rank; k++) { update += b[row * dims.rank + k] * a[k * dims.width + i]; }
  let value = load_weight(row * dims.rowStride + i * dims.columnStride) + dims.scale * update;
  squares += value * value;
}
let scale = inverseSqrt(reduce_sum(squares, local.x));
if (inside && begin == 0u) { out[row] = scale; }`),
  });
}
