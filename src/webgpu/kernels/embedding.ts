import type { EmbeddingSpec } from '../../plan/kernels/embedding.ts';
import { levelTable } from './quantised.ts';
import { flatIndex, type KernelText, loadFunction } from './wgsl.ts';

/** Ids as u32: a negative one becomes a large one and so lies outside every segment. */
const within = 'id >= dims.rowBegin && id < dims.rowEnd';

/** A workgroup copies 64 elements of the rows that its segment of the table holds. */
export function embedding(spec: EmbeddingSpec): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    declarations: `${levelTable([spec.tableType])}${loadFunction('load_table', 'table', spec.tableType, false)}`,
    body: `let i = ${flatIndex};
if (i < dims.rows * dims.width) {
let id = u32(ids[i / dims.width]) + dims.idOffset;
if (${within}) {
  out[i] = load_table((id - dims.rowBegin) * dims.stride + i % dims.width);
} else if (dims.first == 1u) {
  out[i] = 0.0;
}
}`,
  };
}

/**
 * A workgroup takes 64 (place, column) pairs of the rows sorted by id. The thread at the beginning of a run of equal
 * ids adds up the whole run, in order, so no two threads write one element and the sum has one order. dy is read once,
 * `out` read and written once for each id that occurs.
 */
export function embeddingBackward(): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    body: `let i = ${flatIndex};
if (i < dims.rows * dims.width) {
let place = i / dims.width;
let column = i % dims.width;
let id = u32(ids[idOrder[place]]) + dims.idOffset;
var begins = place == 0u;
if (!begins) { begins = u32(ids[idOrder[place - 1u]]) + dims.idOffset != id; }
if (begins && ${within}) {
  var sum = 0.0;
  for (var next = place; next < dims.rows; next++) {
    let row = u32(idOrder[next]);
    if (u32(ids[row]) + dims.idOffset != id) { break; }
    sum += dy[row * dims.width + column];
  }
  out[(id - dims.rowBegin) * dims.width + column] += sum;
}
}`,
  };
}
