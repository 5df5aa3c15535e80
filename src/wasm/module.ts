/**
 * One function of WebAssembly over a memory of its own, put together here from its instructions: its vectors take two to
 * four numbers where JavaScript takes one. Codes are those of the core specification, version 2
 * (https://webassembly.github.io/spec/core/binary/instructions.html).
 */

/** Bytes of an expression or of a statement. */
export type Code = readonly number[];

/** Whole numbers as LEB128, which ends with the first byte below 128; of signed ones that byte tells the sign. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}
function signed(value: number): Code {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}

type Expression = (...operands: readonly Code[]) => Code;
const operation =
  (...code: Code): Expression =>
  (...operands) => [...operands.flat(), ...code];
const vector = (code: number, ...lanes: Code): Expression => operation(0xfd, ...unsigned(code), ...lanes);
/** An access `offset` bytes behind an address, which need not be aligned. */
const access =
  (prefix: Code, ...lanes: Code) =>
  (offset: number, ...operands: readonly Code[]): Code => [
    ...operands.flat(),
    ...prefix,
    ...[0, ...unsigned(offset), ...lanes],
  ];

export const i32 = {
  of: (value: number): Code => [0x41, ...signed(value)],
  add: operation(0x6a),
  and: operation(0x71),
  shiftRight: operation(0x76),
  isLess: operation(0x49),
  isMore: operation(0x4b),
  store16: access([0x3b]),
  ofF32: operation(0xfc, 0),
  ofBits: operation(0xbc),
};

export const f32 = {
  of: (value: number): Code => [0x43, ...new Uint8Array(Float32Array.of(value).buffer)],
  roundHalfEven: operation(0x90),
  mul: operation(0x94),
  div: operation(0x95),
  ofBits: operation(0xbe),
};

export const v128 = {
  load: access([0xfd, 0]),
  /** Eight bytes, twice. */
  load64Twice: access([0xfd, 10]),
  /** Eight bytes, and as many zeros. */
  load64: access([0xfd, 93]),
  store: access([0xfd, 11]),
  /** The first eight bytes. */
  store64: access([0xfd, 91], 0),
  and: vector(78),
  xor: vector(81),
  /** Of two vectors the lanes of 32 bits with these numbers. */
  shuffle: (...lanes: readonly [number, number, number, number]): Expression =>
    vector(13, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte))),
};

export const i32x4 = {
  splat: vector(17),
  first: vector(27, 0),
  shiftRight: vector(172),
  sub: vector(177),
  max: vector(184),
  ofF32: vector(248),
};
/** Two vectors as one of numbers of half the width, the nearest that these can hold. */
export const narrow = { to16: vector(133), to8: vector(101) };
/** A comparison gives lanes of -1 and of 0. */
export const f32x4 = {
  splat: vector(19),
  isAtLeast: vector(70),
  floor: vector(104),
  sub: vector(229),
  mul: vector(230),
};
/** `ofF32` takes the first two lanes, `toF32` gives them. */
export const f64x2 = { ofF32: vector(95), toF32: vector(94), add: vector(240), mul: vector(242) };

export const get = (local: number): Code => [0x20, local];
export const set = (local: number, value: Code): Code => [...value, 0x21, local];
/** Sets a local and is its value, too. */
export const keep = (local: number, value: Code): Code => [...value, 0x22, local];
export const select = operation(0x1b);
export const giveBack = operation(0x0f);
export const increase = (local: number, by: Code): Code => set(local, i32.add(get(local), by));
export const when = (condition: Code, ...body: readonly Code[]): Code => [
  ...condition,
  0x04,
  0x40,
  ...body.flat(),
  0x0b,
];
/** Runs the body, and again as long as the condition holds after it. */
export const repeat = (condition: Code, ...body: readonly Code[]): Code => [
  ...[0x03, 0x40, ...body.flat(), ...condition],
  ...[0x0d, 0, 0x0b],
];

const localTypes = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** A function of whole numbers. Its parameters and then its locals are counted from 0. */
export interface WasmFunction {
  readonly parameters: number;
  readonly locals: readonly (keyof typeof localTypes)[];
  /** Its statements, and last the whole number that it gives. */
  readonly body: readonly Code[];
}

export interface Wasm {
  run(...parameters: readonly number[]): number;
  /** Its memory, made at least so large; undefined where there is no room. What was given before is of no more use. */
  memory(bytes: number): ArrayBuffer | undefined;
}

const pageBytes = 1 << 16;

/**
 * Gives it, made when it is first asked for; undefined where there is no WebAssembly, none with vectors, or a page's policy
 * forbids it.
 */
export function lazyWasm(code: WasmFunction): () => Wasm | undefined {
  let made: Wasm | null | undefined;
  return () => {
    if (made === undefined) made = start(code);
    return made ?? undefined;
  };
}

function start(code: WasmFunction): Wasm | null {
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes(code)));
    const memory = exports.memory as WebAssembly.Memory;
    return {
      run: exports.run as Wasm['run'],
      memory(bytes) {
        const missing = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes);
        try {
          if (missing > 0) memory.grow(missing);
          return memory.buffer as ArrayBuffer;
        } catch {
          return undefined;
        }
      },
    };
  } catch {
    return null;
  }
}

function moduleBytes({ parameters, locals, body }: WasmFunction): Uint8Array<ArrayBuffer> {
  const text = (name: string): Code => [name.length, ...new TextEncoder().encode(name)];
  const section = (id: number, ...bytes: Code): Code => [id, ...unsigned(bytes.length), ...bytes];
  const declared = [...unsigned(locals.length), ...locals.flatMap((type) => [1, localTypes[type]])];
  const code = [...declared, ...body.flat(), 0x0b];
  const whole = localTypes.i32;
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, parameters, ...Array<number>(parameters).fill(whole), 1, whole),
    ...section(3, 1, 0),
    ...section(5, 1, 0, 1),
    ...section(7, 2, ...text('run'), 0, 0, ...text('memory'), 2, 0),
    ...section(10, 1, ...unsigned(code.length), ...code),
  ]);
}
