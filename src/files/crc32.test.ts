import { crc32 as crcOfZlib } from 'node:zlib';
import { expect, test } from 'vitest';
import { randomSource } from '../data/shuffle.ts';
import { crc32 } from './crc32.ts';

test('the check value of the standard', () => {
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  expect(crc32(new Uint8Array())).toBe(0);
});

test("is zlib's at every length and place in memory, whole and in pieces", () => {
  const random = randomSource(7);
  const memory = Uint8Array.from({ length: 400 }, () => Math.floor(256 * random()));
  for (let from = 0; from < 9; from++)
    for (let length = 0; length < 70; length++) {
      const bytes = memory.subarray(from, from + length);
      expect(crc32(bytes)).toBe(crcOfZlib(bytes));
      const cut = Math.floor(length / 3);
      expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(crcOfZlib(bytes));
    }
});
