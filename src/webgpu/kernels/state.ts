import type { AccumulateSpec, CacheWriteSpec, FillSpec, RetainSpec } from '../../plan/kernels.ts';
import type { Access } from '../../plan/types.ts';
import { flatIndex, type Shader, shader } from './wgsl.ts';

/** A workgroup adds 64 elements to what is kept, or replaces it. */
export function accumulate(spec: AccumulateSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: [
      ['total', 'f32'],
      ['value', 'f32'],
      ['keep', 'f32'],
    ],
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
if (i < dims.count) { total[i] = value[i] + select(0.0, total[i], keep[0] != 0.0); }`,
  });
}

/** A workgroup writes 64 elements. */
export function fill(spec: FillSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: [['out', 'f32']],
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
if (i < dims.count) { out[i] = dims.value; }`,
  });
}

/** A workgroup clears 64 elements, or leaves them alone. */
export function retain(spec: RetainSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: [
      ['out', 'f32'],
      ['keep', 'f32'],
    ],
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
if (i < dims.count && keep[0] == 0.0) { out[i] = 0.0; }`,
  });
}

/** A workgroup copies 64 elements of the new rows to their places in the cache. */
export function cacheWrite(spec: CacheWriteSpec, access: readonly Access[]): Shader {
  return shader({
    spec,
    access,
    bindings: [
      ['value', 'f32'],
      ['positions', 'i32'],
      ['cache', 'f32'],
    ],
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
if (i < dims.rows * dims.width) {
cache[u32(positions[i / dims.width]) * dims.width + i % dims.width] = value[i];
}`,
  });
}
