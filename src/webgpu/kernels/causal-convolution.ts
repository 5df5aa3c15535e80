import type {
  CausalConvolutionInputGradientSpec,
  CausalConvolutionKeptSpec,
  CausalConvolutionSpec,
  CausalConvolutionWeightGradientSpec,
} from '../../plan/kernels/causal-convolution.ts';
import { flatIndex, floatType, type KernelText, loadFunction, range, repeat } from './wgsl.ts';

/** A thread's column (a channel, or four) and its strip of rows [first, end) of a sequence. */
const strip = (body: string): string => `let thread = ${flatIndex};
let strips = (dims.length + dims.rowsPerStrip - 1u) / dims.rowsPerStrip;
if (thread < dims.batch * strips * dims.columns) {
let column = thread % dims.columns;
let sequence = thread / dims.columns / strips;
let first = (thread / dims.columns) % strips * dims.rowsPerStrip;
let end = min(first + dims.rowsPerStrip, dims.length);
${body}
}`;

/** w0, w1, …: the taps of the thread's channels. */
function weights(taps: number, vec4: boolean): string {
  return repeat(taps, (k) => {
    const of = (channel: number): string =>
      `loadWeight((${vec4 ? '4u * ' : ''}column + ${channel}u) * ${taps}u + ${k}u)`;
    return `let w${k} = ${vec4 ? `vec4<f32>(${range(4).map(of).join(', ')})` : of(0)};`;
  });
}

/** The row `place`, an i32 counted within the sequence, at a column: one that was kept where it is below 0. */
function rowFunction(type: string, taps: number, columns: string, continues: boolean): string {
  const keptRows = taps - 1;
  const kept = `before[u32(i32(sequence * ${keptRows}u + ${keptRows}u) + place) * ${columns} + column]`;
  return `fn rowAt(sequence: u32, place: i32, column: u32) -> ${type} {
if (place < 0) { return ${continues ? kept : `${type}()`}; }
return x[(sequence * dims.length + u32(place)) * ${columns} + column];
}`;
}

/**
 * A workgroup takes 64 columns of strips. Along its strip a thread keeps the last taps in registers, so x is read once and
 * the rows before the strip once more; weights are read once a strip.
 */
export function causalConvolution({ taps, weightType, vec4, continues, bias }: CausalConvolutionSpec): KernelText {
  const type = floatType(vec4);
  // xd is row t − d.
  const past = range(taps).slice(1);
  const load = (d: number): string => `var x${d} = rowAt(sequence, i32(first) - ${d}, column);`;
  const term = (d: number): string => `sum += select(${type}(), x${d}, i32(t) - ${d} >= start) * w${taps - 1 - d};`;
  return {
    workgroupSize: [64, 1, 1],
    declarations: `${loadFunction('loadWeight', 'weight', weightType, false)}
${rowFunction(type, taps, 'dims.columns', continues)}`,
    body: strip(`${weights(taps, vec4)}
${past.map(load).join('\n')}
for (var t = first; t < end; t++) {
let row = sequence * dims.length + t;
let start = starts[row];
let x0 = x[row * dims.columns + column];
var sum = ${bias ? 'bias[column]' : `${type}()`};
${past.toReversed().map(term).join('\n')}
sum += x0 * w${taps - 1};
y[row * dims.columns + column] = sum;
${past
  .toReversed()
  .map((d) => `x${d} = x${d - 1};`)
  .join('\n')}
}`),
  };
}

/** As forward, from the last row of a strip to its first: dy is read once and the rows behind the strip once more. */
export function causalConvolutionInputGradient({
  taps,
  weightType,
  vec4,
}: CausalConvolutionInputGradientSpec): KernelText {
  const type = floatType(vec4);
  const later = range(taps).slice(1);
  // Row j + d, and the start of its example; behind the last row nothing sees row j.
  const load = (d: number): string => `var dy${d} = ${type}();
var start${d} = 0x7fffffff;
if (end - 1u + ${d}u < dims.length) {
dy${d} = dy[(sequence * dims.length + end - 1u + ${d}u) * dims.columns + column];
start${d} = starts[sequence * dims.length + end - 1u + ${d}u];
}`;
  return {
    workgroupSize: [64, 1, 1],
    declarations: loadFunction('loadWeight', 'weight', weightType, false),
    body: strip(`${weights(taps, vec4)}
${later.map(load).join('\n')}
for (var j = end; j > first; j--) {
let row = sequence * dims.length + j - 1u;
let dy0 = dy[row * dims.columns + column];
let start0 = starts[row];
var sum = dy0 * w${taps - 1};
${later.map((d) => `sum += select(${type}(), dy${d}, start${d} < i32(j)) * w${taps - 1 - d};`).join('\n')}
dx[row * dims.columns + column] = sum;
${later
  .toReversed()
  .map((d) => `dy${d} = dy${d - 1};\nstart${d} = start${d - 1};`)
  .join('\n')}
}`),
  };
}

/** A workgroup copies 64 numbers of what is kept; rows before the example of the last row are 0. */
export function causalConvolutionKept({ taps, continues }: CausalConvolutionKeptSpec): KernelText {
  return {
    workgroupSize: [64, 1, 1],
    declarations: rowFunction('f32', taps, 'dims.channels', continues),
    body: `let i = ${flatIndex};
if (i < dims.batch * ${taps - 1}u * dims.channels) {
let sequence = i / dims.channels / ${taps - 1}u;
let place = i32(dims.length) - ${taps - 1} + i32(i / dims.channels % ${taps - 1}u);
var value = 0.0;
if (place >= starts[sequence * dims.length + dims.length - 1u]) { value = rowAt(sequence, place, i % dims.channels); }
after[i] = value;
}`,
  };
}

/** A workgroup sums dy·x of 64 channels and all taps over one chunk of rows, in order; x is read once for each tap. */
export function causalConvolutionWeightGradient({ taps, continues }: CausalConvolutionWeightGradientSpec): KernelText {
  const channels = `(dims.columns / ${taps}u)`;
  return {
    workgroupSize: [64, 1, 1],
    declarations: rowFunction('f32', taps, channels, continues),
    body: `let column = group.x * 64u + local.x;
let channels = ${channels};
if (column < channels) {
let chunkEnd = min((group.y + 1u) * dims.rowsPerChunk, dims.rows);
${repeat(taps, (k) => `var sum${k} = 0.0;`)}
for (var row = group.y * dims.rowsPerChunk; row < chunkEnd; row++) {
let sequence = row / dims.length;
let t = i32(row % dims.length);
let start = starts[row];
let upstream = dy[row * channels + column];
${repeat(taps, (k) => `if (t - ${taps - 1 - k} >= start) { sum${k} += upstream * rowAt(sequence, t - ${taps - 1 - k}, column); }`)}
}
${repeat(taps, (k) => `out[group.y * dims.columns + column * ${taps}u + ${k}u] = sum${k};`)}
}`,
  };
}
