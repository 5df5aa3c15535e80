import { describe, expect, test } from 'vitest';
import { dynamicMap, nearestCode, signedMap } from './dynamic-map.ts';

describe('the codes of 8-bit moments', () => {
  // bitsandbytes 0.50.2, functional.create_dynamic_map.
  test('stand for the numbers of bitsandbytes', () => {
    const close = (map: Float32Array, wanted: Readonly<Record<number, number>>) => {
      for (const [code, value] of Object.entries(wanted))
        expect(Math.abs(map[Number(code)]! - value)).toBeLessThanOrEqual(1e-7 * Math.abs(value));
    };
    close(dynamicMap(true), {
      ...{
        0: -0.992968738079071,
        2: -0.96484375,
        126: -5.5e-7,
        127: 0,
        128: 5.5e-7,
        129: 3.25e-6,
        130: 7.75e-6,
      },
      ...{ 254: 0.992968738079071, 255: 1 },
    });
    close(dynamicMap(false), { 0: 0, 1: 3.25e-7, 2: 7.75e-7, 3: 2.125e-6, 254: 0.996484398841858, 255: 1 });
  });

  test('are found by the nearest number', () => {
    signedMap.forEach((value, code) => {
      expect(nearestCode(signedMap, value)).toBe(code);
      expect(nearestCode(signedMap, value * (1 + 1e-4) + 1e-9)).toBe(code);
    });
    expect(nearestCode(signedMap, -2)).toBe(0);
  });
});
