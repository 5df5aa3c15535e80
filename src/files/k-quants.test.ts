import { expect, test } from 'vitest';
import golden from './golden/k-quants.json' with { type: 'json' };
import { decodeQ4K, decodeQ6K, encodeQ4K, encodeQ6K } from './k-quants.ts';

const types = [
  ['Q4_K', encodeQ4K, decodeQ4K, 0.08],
  ['Q6_K', encodeQ6K, decodeQ6K, 0.02],
] as const;

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

/** Draws from a normal distribution, by a generator of its own so that they stay the same. */
function normal(count: number): Float32Array {
  let state = 1;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(6.283 * uniform()));
}

const errorOf = (values: Float32Array, found: Float32Array): number => {
  const sum = (each: (index: number) => number) => values.reduce((total, _, index) => total + each(index), 0);
  return Math.sqrt(sum((index) => (found[index]! - values[index]!) ** 2) / sum((index) => values[index]! ** 2));
};

test.each(types)('%s: blocks of any bytes hold the numbers that PyPI’s gguf reads in them', (type, _, decode) => {
  const values = new Float32Array(bytesOf(golden[type].values).buffer);
  expect(decode(bytesOf(golden[type].blocks))).toEqual(values);
});

test.each(types)('%s: weights come back off by no more than it should leave', (_type, encode, decode, most) => {
  const values = normal(64 * 256);
  const error = errorOf(values, decode(encode(values)!));
  expect(error).toBeLessThan(most);
  expect(error).toBeGreaterThan(most / 2);
  const shifted = values.map((value) => 1e-3 * (value + 2));
  expect(errorOf(shifted, decode(encode(shifted)!))).toBeLessThan(most);
});

test.each(types)('%s: zeros and one large value come back as they were', (_type, encode, decode) => {
  expect(decode(encode(new Float32Array(512))!).every((value) => value === 0)).toBe(true);
  const one = new Float32Array(256);
  one[200] = -8;
  expect(errorOf(one, decode(encode(one)!))).toBeLessThan(0.01);
});

test.each(types)('%s: what is no number, or too large, is told', (_type, encode) => {
  for (const [at, value] of [
    [3, Number.NaN],
    [255, Number.POSITIVE_INFINITY],
    [100, 3e38],
  ] as const) {
    const values = normal(256);
    values[at] = value;
    expect(encode(values)).toBeUndefined();
  }
});
