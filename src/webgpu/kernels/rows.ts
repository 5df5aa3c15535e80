import { type NormAddend, rowThreads } from '../../plan/kernels/rows.ts';
import { flatGroup } from './wgsl.ts';

/**
 * The frame of a row kernel. Either a thread walks over a row of its own (64 rows a workgroup; a loop, no barrier), or
 * 256 threads share a row and add their sums up in a tree of fixed order. Code inside uses `row`, `begin` (the first
 * place of the thread), `step`, and `reduce_<name>(value, local.x)` for a sum over the row that every thread gets.
 */
export interface RowFrame {
  readonly workgroupSize: readonly [number, number, number];
  /** Reductions the body needs, by name: the WGSL type, and how two values become one. */
  reduction(name: string, type: string, combine: string): string;
  /** The body for each row, run by all threads where barriers are inside: guard writes with `inside`. */
  wrap(body: string): string;
}

const perThread: RowFrame = {
  workgroupSize: [64, 1, 1],
  reduction: (name, type) => `fn reduce_${name}(value: ${type}, thread: u32) -> ${type} { return value; }`,
  wrap: (body) => `let row = (${flatGroup}) * 64u + local.x;
let begin = 0u;
let step = 1u;
let inside = row < dims.rows;
if (inside) {
${body}
}`,
};

const perWorkgroup: RowFrame = {
  workgroupSize: [rowThreads, 1, 1],
  reduction: (name, type, combine) => `var<workgroup> held_${name}: array<${type}, ${rowThreads}>;
fn combine_${name}(a: ${type}, b: ${type}) -> ${type} { ${combine} }
fn reduce_${name}(value: ${type}, thread: u32) -> ${type} {
  held_${name}[thread] = value;
  workgroupBarrier();
  for (var half = ${rowThreads / 2}u; half > 0u; half >>= 1u) {
    if (thread < half) { held_${name}[thread] = combine_${name}(held_${name}[thread], held_${name}[thread + half]); }
    workgroupBarrier();
  }
  let total = held_${name}[0];
  workgroupBarrier();
  return total;
}`,
  // A workgroup beyond the last row repeats it and writes nothing: barriers want every thread.
  wrap: (body) => `let wanted = ${flatGroup};
let inside = wanted < dims.rows;
let row = min(wanted, dims.rows - 1u);
let begin = local.x;
let step = ${rowThreads}u;
${body}`,
};

export const rowFrame = (isPerThread: boolean): RowFrame => (isPerThread ? perThread : perWorkgroup);

export const sum = 'return a + b;';

/** Σ of the parts of a vector: a row's last reduction is over its vectors of four. */
export const total = (value: string, vec4: boolean): string => (vec4 ? `dot(${value}, vec4<f32>(1.0))` : value);

/** What a norm's gradient is added to, as the end of an expression. */
export const plusAddend = (addend: NormAddend): string =>
  ({ none: '', matrix: ' + addend[first + i]', self: ' + dx[first + i]' })[addend];
