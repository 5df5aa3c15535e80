/** What a GGUF file is made of (version 3; ggml's `docs/gguf.md`). */
import type { SafetensorsFloat } from './half.ts';

/** Types of tensors that are read here; Q4_0 is not written. */
export type GgufType = SafetensorsFloat | 'Q4_0' | 'Q8_0' | 'Q4_K' | 'Q6_K';

/** The number of each type in the file, how many values a block of it holds, and in how many bytes. */
export const ggufTypes: Readonly<
  Record<GgufType, { readonly id: number; readonly block: number; readonly bytes: number }>
> = {
  F32: { id: 0, block: 1, bytes: 4 },
  F16: { id: 1, block: 1, bytes: 2 },
  Q4_0: { id: 2, block: 32, bytes: 18 },
  Q8_0: { id: 8, block: 32, bytes: 34 },
  Q4_K: { id: 12, block: 256, bytes: 144 },
  Q6_K: { id: 14, block: 256, bytes: 210 },
  BF16: { id: 30, block: 1, bytes: 2 },
};

/** Names of types that are not read here, by their number (ggml.h). */
export const otherTypes: Readonly<Record<number, string>> = {
  ...{ 3: 'Q4_1', 6: 'Q5_0', 7: 'Q5_1', 9: 'Q8_1', 10: 'Q2_K', 11: 'Q3_K', 13: 'Q5_K', 15: 'Q8_K', 16: 'IQ2_XXS' },
  ...{ 17: 'IQ2_XS', 18: 'IQ3_XXS', 19: 'IQ1_S', 20: 'IQ4_NL', 21: 'IQ3_S', 22: 'IQ2_S', 23: 'IQ4_XS', 24: 'I8' },
  ...{ 25: 'I16', 26: 'I32', 27: 'I64', 28: 'F64', 29: 'IQ1_M', 34: 'TQ1_0', 35: 'TQ2_0', 39: 'MXFP4' },
};

/** A value of the metadata, with the type that it has in the file. */
export type GgufValue =
  | { readonly type: 'u32' | 'i32' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'u8s' | 'i32s' | 'f32s'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] };

/** In the order of the file. */
export type GgufMetadata = ReadonlyMap<string, GgufValue>;

export const u32 = (value: number): GgufValue => ({ type: 'u32', value });
export const f32 = (value: number): GgufValue => ({ type: 'f32', value });
export const bool = (value: boolean): GgufValue => ({ type: 'bool', value });
export const string = (value: string): GgufValue => ({ type: 'string', value });

/** Numbers of the types of values. */
export const valueIds = { u8: 0, u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;

/** Those that other programs write beside them: numbers, read as `u32`, `i32` or `f32`. */
export const otherValueIds = { i8: 1, u16: 2, i16: 3, u64: 10, i64: 11, f64: 12 } as const;

export const magic = 'GGUF';
export const version = 3;
/** What the data of each tensor begins at a multiple of. */
export const alignment = 32;

export const aligned = (bytes: number, to = alignment): number => Math.ceil(bytes / to) * to;

/** @param shape row-major, the widest step first; blocks lie along the last axis */
export function ggufBytes(type: GgufType, shape: readonly number[]): number {
  const { block, bytes } = ggufTypes[type];
  return (shape.reduce((product, size) => product * size, 1) / block) * bytes;
}
