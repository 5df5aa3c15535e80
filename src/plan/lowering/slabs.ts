import type { Storage } from '../storage.ts';
import type { Addend } from './addend.ts';
import { flatWorkgroups, type Lowering } from './context.ts';

/** Parts of sums that lie `slabStride` values behind each other, and where the rows of the sums go. */
export interface SlabSum {
  readonly slabs: Storage;
  readonly count: number;
  readonly rows: number;
  readonly width: number;
  readonly rowStride: number;
  readonly slabStride: number;
  readonly out: { readonly storage: Storage; readonly stride: number; readonly offset?: number };
  readonly addend: Addend;
}

/** out = the sum of the slabs, in order, + addend. */
export function emitSlabSum(lowering: Lowering, call: SlabSum): void {
  const { slabs, count, rows, width, rowStride, slabStride, out, addend } = call;
  const { offset = 0 } = out;
  const vec4 = [width, rowStride, slabStride, out.stride, offset].every((size) => size % 4 === 0);
  lowering.emit<'slab_sum'>({
    spec: { kernel: 'slab_sum', addend: addend.kind, grouping: 'none', vec4 },
    storages: {
      x: slabs,
      out: out.storage,
      addend: addend.kind === 'matrix' || addend.kind === 'row' ? addend.storage : undefined,
      keep: addend.kind === 'kept' ? addend.storage : undefined,
    },
    uniforms: {
      ...{ rows, width, slabs: count, xStride: rowStride, slabStride, outStride: out.stride },
      // As for a product: what is added to a segment of columns begins where the segment does.
      ...{ xOffset: 0, outOffset: offset, addendOffset: offset },
    },
    workgroups: flatWorkgroups((rows * width) / (vec4 ? 4 : 1), lowering.profile),
    flops: rows * width * count,
  });
}
