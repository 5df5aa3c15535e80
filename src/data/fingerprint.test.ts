import { expect, test } from 'vitest';
import { sha256 } from '../files/sha256.ts';
import { earlierFingerprint, fingerprintOf } from './fingerprint.ts';

test('a fingerprint is SHA-256 of lengths and values, floats by their bits', () => {
  const floats = new Uint8Array(new Float32Array([0.5]).buffer);
  const bytes = new Uint8Array([2, 0, 0, 0, 7, 0, 0, 0, 156, 255, 255, 255, 1, 0, 0, 0, ...floats]);
  expect(fingerprintOf([[7, -100], new Float32Array([0.5])])).toBe(sha256(bytes));
});

test('no value moves from one row into the next, however many there are', () => {
  const long = Array.from({ length: 100_000 }, (_, index) => index);
  expect(fingerprintOf([long, []])).not.toBe(fingerprintOf([long.slice(1), [0]]));
  expect(fingerprintOf([long])).toBe(fingerprintOf([Int32Array.from(long)]));
  expect(fingerprintOf([[1, 2], [3]])).not.toBe(fingerprintOf([[1], [2, 3]]));
});

test('the fingerprints of earlier versions are those of FNV-1a', () => {
  // The published value of "foobar".
  expect(earlierFingerprint(new TextEncoder().encode('foobar'), 1)).toBe('bf9cf968');
  expect(earlierFingerprint([0x00620061], 4)).toBe(earlierFingerprint([0x61, 0x62], 1));
});
