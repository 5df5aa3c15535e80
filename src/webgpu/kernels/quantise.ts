import { blockValues, blockWords, leastSpan, type MadeDType, nf4Midpoints } from '../../graph/quantisation.ts';
import type { QuantiseSpec } from '../../plan/kernels/quantise.ts';
import { codeBits, codeTerm, f32Literal, keptValue, levelTable } from './quantised.ts';
import { flatIndex, type KernelText, loadFunction } from './wgsl.ts';

/** The first word of a block from its least and greatest value, and the code of a value: as `graph/quantisation.ts`. */
const formats: Readonly<Record<MadeDType, string>> = {
  int8: `fn head_of(least: f32, greatest: f32) -> u32 {
  let largest = max(-least, greatest);
  return select(bitcast<u32>(largest * ${f32Literal(Math.fround(1 / 127))}), 0u, largest < ${f32Literal(leastSpan)});
}
fn code_of(head: u32, x: f32) -> u32 {
  if (head == 0u) { return 0u; }
  let scale = bitcast<f32>(head);
  let near = clamp(floor(x / scale + 0.5), -127.0, 127.0);
  let step = select(0.0, 1.0, x >= (near + 0.5) * scale) - select(0.0, 1.0, x < (near - 0.5) * scale);
  return bitcast<u32>(i32(clamp(near + step, -127.0, 127.0))) & 255u;
}`,
  int4: `fn bf16_bits(x: f32) -> u32 { let word = bitcast<u32>(x); return (word + 0x7fffu + ((word >> 16u) & 1u)) >> 16u; }
fn head_of(least: f32, greatest: f32) -> u32 {
  let low = bf16_bits(least) << 16u;
  let span = greatest - bitcast<f32>(low);
  return low | select(bf16_bits(span * ${f32Literal(Math.fround(1 / 15))}), 0u, span < ${f32Literal(leastSpan)});
}
fn code_of(head: u32, x: f32) -> u32 {
  if ((head & 0xffffu) == 0u) { return 0u; }
  let low = bitcast<f32>(head & 0xffff0000u);
  let scale = bitcast<f32>(head << 16u);
  let near = clamp(floor((x - low) / scale + 0.5), 0.0, 15.0);
  let step = select(0.0, 1.0, x >= low + (near + 0.5) * scale) - select(0.0, 1.0, x < low + (near - 0.5) * scale);
  return u32(clamp(near + step, 0.0, 15.0));
}`,
  nf4: `fn head_of(least: f32, greatest: f32) -> u32 {
  let largest = max(-least, greatest);
  return select(bitcast<u32>(largest), 0u, largest < ${f32Literal(leastSpan)});
}
fn code_of(head: u32, x: f32) -> u32 {
  let largest = bitcast<f32>(head);
  return ${nf4Midpoints.map((midpoint) => `u32(x >= ${f32Literal(midpoint)} * largest)`).join(' + ')};
}`,
};

/**
 * A thread makes one block: it reads the block's values twice, for the range and for the codes, and writes each word
 * once. Errors are added up a thread at a time, in the order of the calls.
 */
export function quantise(spec: QuantiseSpec): KernelText {
  const { source, target } = spec;
  const bits = codeBits[target];
  return {
    workgroupSize: [64, 1, 1],
    declarations: `${levelTable([target])}${loadFunction('load_value', 'values', source, false)}\n${formats[target]}`,
    body: `let blocks = (dims.width + ${blockValues - 1}u) / ${blockValues}u;
let block = ${flatIndex};
if (block < dims.rows * blocks) {
  let column = (block % blocks) * ${blockValues}u;
  let first = (block / blocks) * dims.width + column;
  let count = min(${blockValues}u, dims.width - column);
  var least = load_value(first);
  var greatest = least;
  for (var i = 1u; i < count; i++) {
    let x = load_value(first + i);
    least = min(least, x);
    greatest = max(greatest, x);
  }
  let head = head_of(least, greatest);
  let at = (dims.firstBlock + block) * ${blockWords[target]}u;
  out[at] = head;
  var error = vec2<f32>();
  for (var first_code = 0u; first_code < ${blockValues}u; first_code += ${32 / bits}u) {
    var word = 0u;
    for (var i = 0u; i < min(${32 / bits}u, max(count, first_code) - first_code); i++) {
      let x = load_value(first + first_code + i);
      let code = code_of(head, x);
      word |= code << (${bits}u * i);
      let difference = ${keptValue(target, 'head', codeTerm(target, 'code', 0))} - x;
      error += vec2<f32>(difference * difference, x * x);
    }
    out[at + 1u + first_code / ${32 / bits}u] = word;
  }
  errors[block] += error;
}`,
  };
}
