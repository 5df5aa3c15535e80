import { flatIndex, type KernelText } from './wgsl.ts';

/** A workgroup adds 64 elements to what is kept, or replaces it. */
export function accumulate(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
if (i < dims.count) { total[i] = value[i] + select(0.0, total[i], keep[0] != 0.0); }`,
  };
}

/** A workgroup writes 64 elements. */
export function fill(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
if (i < dims.count) { out[i] = dims.value; }`,
  };
}

/** A workgroup clears 64 elements, or leaves them alone. */
export function retain(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
if (i < dims.count && keep[0] == 0.0) { out[i] = 0.0; }`,
  };
}

/** A workgroup copies 64 elements of the new rows to their places in the cache. */
export function cacheWrite(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
if (i < dims.rows * dims.width) {
cache[u32(positions[i / dims.width]) * dims.width + i % dims.width] = value[i];
}`,
  };
}
