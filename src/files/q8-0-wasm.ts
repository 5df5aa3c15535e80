/** What `encodeQ8` does to its blocks, in WebAssembly: four values at once, and the same bits. */
import {
  type Code,
  f32,
  f32x4,
  get,
  giveBack,
  i32,
  i32x4,
  increase,
  keep,
  lazyWasm,
  narrow,
  repeat,
  select,
  set,
  v128,
  type Wasm,
  type WasmFunction,
  when,
} from '../wasm/module.ts';

/** The addresses of values and of blocks, and how many blocks are left; then what is reckoned of one block. */
const [values, blocks, left, bits, scale, inverse, vector] = [0, 1, 2, 3, 4, 5, 6];

const value = (group: number): Code => v128.load(16 * group, get(values));
const magnitude = (group: number): Code => v128.and(value(group), i32x4.splat(i32.of(0x7fffffff)));

/** Bits of magnitudes compare as whole numbers do. */
const largestOfLanes: Code = [1, 2, 3, 4, 5, 6, 7].reduce(
  (most, group) => i32x4.max(most, magnitude(group)),
  magnitude(0),
);
const withMoved = (...lanes: readonly [number, number, number, number]): Code =>
  set(vector, i32x4.max(get(vector), v128.shuffle(...lanes)(get(vector), get(vector))));

/** As `f32ToF16`, of a number from 0 that an f16 can hold. */
const scaleAsHalf: Code = select(
  i32.ofF32(f32.roundHalfEven(f32.mul(get(scale), f32.of(2 ** 24)))),
  i32.shiftRight(
    i32.add(i32.add(get(bits), i32.of(0xfff - 0x38000000)), i32.and(i32.shiftRight(get(bits), i32.of(13)), i32.of(1))),
    i32.of(13),
  ),
  i32.isLess(get(bits), i32.of(0x38800000)),
);

/** 0 where 1 / scale is infinite. */
const inverseOfScale: Code = select(
  f32.of(0),
  f32.div(f32.of(1), get(scale)),
  i32.isMore(i32.ofBits(f32.div(f32.of(1), get(scale))), i32.of(0x7f7fffff)),
);

/** |x| / d to the nearest whole number, a half away from zero, and then the sign of x. */
function steps(group: number): Code {
  const down = f32x4.floor(get(vector));
  const isHalfUp = f32x4.isAtLeast(f32x4.sub(get(vector), down), f32x4.splat(f32.of(0.5)));
  const scaled = f32x4.mul(magnitude(group), f32x4.splat(get(inverse)));
  const rounded = i32x4.sub(i32x4.ofF32(f32x4.floor(keep(vector, scaled))), isHalfUp);
  const sign = i32x4.shiftRight(value(group), i32.of(31));
  return i32x4.sub(v128.xor(rounded, sign), sign);
}
const sixteenSteps = (first: number): Code =>
  narrow.to8(narrow.to16(steps(first), steps(first + 1)), narrow.to16(steps(first + 2), steps(first + 3)));

/** @param largestBits of the largest magnitude that has a place in a block */
const encoder = (largestBits: number): WasmFunction => ({
  parameters: 3,
  locals: ['i32', 'f32', 'f32', 'v128'],
  body: [
    repeat(
      get(left),
      set(vector, largestOfLanes),
      withMoved(2, 3, 0, 1),
      withMoved(1, 0, 3, 2),
      set(bits, i32x4.first(get(vector))),
      when(i32.isMore(get(bits), i32.of(largestBits)), giveBack(i32.of(0))),
      set(scale, f32.div(f32.ofBits(get(bits)), f32.of(127))),
      set(inverse, inverseOfScale),
      set(bits, i32.ofBits(get(scale))),
      i32.store16(0, get(blocks), scaleAsHalf),
      v128.store(2, get(blocks), sixteenSteps(0)),
      v128.store(18, get(blocks), sixteenSteps(4)),
      increase(values, i32.of(128)),
      increase(blocks, i32.of(34)),
      increase(left, i32.of(-1)),
    ),
    i32.of(1),
  ],
});

/** Blocks that are in its memory at a time: what they are made of stays in a processor's cache. */
const blocksAtOnce = 512;
/** Where blocks lie there, behind their values. */
const place = 128 * blocksAtOnce;

/**
 * Fills `out` with blocks of Q8_0; false where a value has no place in one.
 * @param values as many as whole blocks hold
 */
export type EncodeBlocks = (values: Float32Array, out: Uint8Array) => boolean;

/** Undefined where WebAssembly or its memory is not to be had. */
export function wasmBlocks(largestBits: number): () => EncodeBlocks | undefined {
  const started = lazyWasm(encoder(largestBits));
  return () => {
    const wasm = started();
    const memory = wasm?.memory(place + 34 * blocksAtOnce);
    return memory && ((values, out) => encodeBlocks(wasm!.run, memory, values, out));
  };
}

function encodeBlocks(run: Wasm['run'], whole: ArrayBuffer, values: Float32Array, out: Uint8Array): boolean {
  for (let from = 0; from < values.length; from += 32 * blocksAtOnce) {
    const piece = values.subarray(from, from + 32 * blocksAtOnce);
    new Float32Array(whole, 0, piece.length).set(piece);
    if (!run(0, place, piece.length / 32)) return false;
    out.set(new Uint8Array(whole, place, (piece.length / 32) * 34), (from / 32) * 34);
  }
  return true;
}
