import { describe, expect, it } from 'vitest';
import { fromBytes, toBytes } from './half.ts';

const everyHalf = Uint16Array.from({ length: 65536 }, (_, half) => half);
const shape = [65536];

describe('16-bit weights', () => {
  it.each(['bf16', 'f16'] as const)('come back from %s bit for bit after widening, for every bit pattern', (dtype) => {
    const values = fromBytes(new Uint8Array(everyHalf.buffer), dtype);
    const back = new Uint16Array(toBytes(values, { shape, dtype }).slice().buffer);
    back.forEach((half, i) => {
      if (Number.isNaN(values[i]))
        expect(Number.isNaN(fromBytes(Uint8Array.of(half & 255, half >>> 8), dtype)[0])).toBe(true);
      else if (half !== i) expect(half, `pattern ${i}`).toBe(i);
    });
  });

  it('widen to the values that IEEE 754 and bfloat16 give them', () => {
    const values = (dtype: 'f16' | 'bf16', ...halves: number[]) => [
      ...fromBytes(new Uint8Array(Uint16Array.from(halves).buffer), dtype),
    ];
    expect(values('f16', 0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0xfc00)).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      2 ** -14,
      -Infinity,
    ]);
    expect(values('bf16', 0x3f80, 0xc049, 0x0080)).toEqual([1, -3.140625, 2 ** -126]);
  });

  it('are padded to whole words', () => {
    expect(toBytes(Float32Array.of(1, 2, 3), { shape: [3], dtype: 'bf16' })).toEqual(
      Uint8Array.of(0x80, 0x3f, 0, 0x40, 0x40, 0x40, 0, 0),
    );
  });
});
