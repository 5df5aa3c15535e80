import type { SlabSumSpec } from '../../plan/kernels/slab-sum.ts';
import { flatIndex, floatType, type KernelText } from './wgsl.ts';

/** A workgroup adds up 64 values, or 64 vectors of four, of all slabs in order; each slab is read once. */
export function slabSum({ addend, grouping, vec4 }: SlabSumSpec): KernelText {
  const unit = vec4 ? ' / 4u' : '';
  const added: Readonly<Record<SlabSumSpec['addend'], string>> = {
    none: '',
    matrix: `sum += addend[(dims.addendOffset + row * dims.outStride)${unit} + column];`,
    row: `sum += addend[dims.addendOffset${unit} + column];`,
    self: 'sum += out[at];',
    kept: 'if (keep[0] != 0.0) { sum += out[at]; }',
  };
  return {
    workgroupSize: [64, 1, 1],
    body: `${grouping === 'parts' ? 'let dims = segments[group.z];' : ''}
let i = ${flatIndex};
let width = dims.width${unit};
if (i < dims.rows * width) {
let row = i / width;
let column = i % width;
let first = (dims.xOffset + row * dims.xStride)${unit} + column;
let at = (dims.outOffset + row * dims.outStride)${unit} + column;
var sum = ${floatType(vec4)}();
for (var slab = 0u; slab < dims.slabs; slab++) { sum += x[first + slab * (dims.slabStride${unit})]; }
${added[addend]}
out[at] = sum;
}`,
  };
}
