import { describe, expect, it } from 'vitest';
import { bf16ToF32, bytesToF32, f16ToF32, f32ToBf16, f32ToBytes, f32ToF16 } from './half.ts';

// Printed by torch 2.13: tensor(values).bfloat16() and .half(), viewed as 16-bit integers.
const cases: [value: number, bf16: number, f16: number][] = [
  [1, 16256, 15360],
  [1.00390625, 16256, 15364],
  [1.01171875, 16258, 15372],
  [3.4e38, 32640, 31744],
  [65519, 18304, 31743],
  [65520, 18304, 31744],
  [2 ** -24, 13184, 1],
  [2 ** -25, 13056, 0],
  [2.9803320700239055e-8, 13056, 1],
  [6.1034999816911295e-5, 14464, 1024],
  [-0.33329999446868896, 65536 - 16725, 65536 - 19115],
  [1e-40, 1, 0],
];

describe('half-width floats', () => {
  it.each(cases)('narrows %d to the bits PyTorch gives', (value, bf16, f16) => {
    expect(f32ToBf16(value)).toBe(bf16);
    expect(f32ToF16(value)).toBe(f16);
  });

  it('gives every 16-bit pattern back after widening and narrowing', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const half = f16ToF32(bits);
      const brain = bf16ToF32(bits);
      if (Number.isNaN(half)) expect(f16ToF32(f32ToF16(half))).toBeNaN();
      else if (f32ToF16(half) !== bits) expect.fail(`f16 ${bits} became ${f32ToF16(half)}`);
      if (Number.isNaN(brain)) expect(bf16ToF32(f32ToBf16(brain))).toBeNaN();
      else if (f32ToBf16(brain) !== bits) expect.fail(`bf16 ${bits} became ${f32ToBf16(brain)}`);
    }
  });

  it('reads bytes that lie at an odd offset', () => {
    const bytes = new Uint8Array([9, ...f32ToBytes(new Float32Array([1.5, -2]), 'BF16')]);
    expect([...bytesToF32(bytes.subarray(1), 'BF16')]).toEqual([1.5, -2]);
  });
});

it('many at once are rounded as one by one: every f16, and f32 of every size and sign', () => {
  const words = Uint32Array.from({ length: 200_000 }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 0);
  const special = [0, 0x80000000, 0x7f800000, 0xff800000, 0x7f800001, 0x7fc00000, 0x477fefff, 0x477ff000, 0x387fffff];
  words.set(special);
  const values = new Float32Array(words.buffer);
  const same = (bytes: Uint8Array, one: (value: number) => number) =>
    new Uint16Array(bytes.buffer).every((half, i) => half === one(values[i]!));
  expect(same(f32ToBytes(values, 'F16'), f32ToF16)).toBe(true);
  expect(same(f32ToBytes(values, 'BF16'), f32ToBf16)).toBe(true);
  const every = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const widened = bytesToF32(new Uint8Array(every.buffer), 'BF16');
  expect(widened.every((value, bits) => Object.is(value, bf16ToF32(bits)))).toBe(true);
});
