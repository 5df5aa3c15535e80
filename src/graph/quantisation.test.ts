import { describe, expect, it } from 'vitest';
import { dequantise, nf4Levels, QuantisationError, type QuantisedDType, quantise } from './quantisation.ts';
import { seededNumbers } from './reference/case-data.ts';
import { byteLength } from './types.ts';

const dtypes = ['int8', 'int4', 'nf4'] as const;
const kept = (values: Float32Array, width: number, dtype: QuantisedDType) =>
  dequantise(quantise(values, width, dtype), width, dtype);

/** 40 rows of weights as a layer has them: near-normal, of a size that differs by row, one row with an outlier. */
const width = 200;
const weights = Float32Array.from(
  seededNumbers('weights', 40 * width),
  (x, i) => x * 0.02 * (1 + (i % width === 7 ? 20 : 0)) * 2 ** -(Math.floor(i / width) % 5),
);

describe.each(dtypes)('%s', (dtype) => {
  it('keeps each value within half a step of its block, at the size the plan counts', () => {
    const words = quantise(weights, width, dtype);
    expect(words.byteLength).toBe(byteLength({ shape: [40, width], dtype }));
    const values = dequantise(words, width, dtype);
    for (let row = 0; row < 40; row++)
      for (let first = 0; first < width; first += 64) {
        const [begin, end] = [row * width + first, row * width + Math.min(width, first + 64)];
        const block = weights.subarray(begin, end);
        const [least, greatest] = [Math.min(...block), Math.max(...block)];
        const largest = Math.max(-least, greatest);
        // int8: 127 steps to the largest. int4: 15 steps over the range, and bf16 rounding of its ends. NF4: its widest gap.
        const bound = {
          int8: largest / 254,
          int4: (greatest - least) / 30 + largest / 128,
          nf4: ((nf4Levels[1]! - nf4Levels[0]!) / 2) * largest,
        }[dtype];
        block.forEach((value, i) => {
          expect(Math.abs(values[begin + i]! - value)).toBeLessThanOrEqual(bound * 1.0001);
        });
      }
  });

  it('gives each value the code whose value is nearest', () => {
    const values = kept(weights, width, dtype);
    // What values of the same block became are values of other codes.
    for (let i = 0; i < 64; i++)
      for (let other = 0; other < 64; other++)
        expect(Math.abs(values[i]! - weights[i]!)).toBeLessThanOrEqual(Math.abs(values[other]! - weights[i]!));
  });

  it('keeps blocks of one value, of zeros and of numbers too small to tell apart', () => {
    const constant = new Float32Array(70).fill(0.25);
    expect(kept(constant, 70, dtype)).toEqual(constant);
    expect(kept(new Float32Array(70), 70, dtype)).toEqual(new Float32Array(70));
    expect(kept(Float32Array.of(1e-38, -1e-40, 0), 3, dtype).every((value) => Math.abs(value) < 2e-38)).toBe(true);
  });

  it('changes nothing in another block', () => {
    const outlier = weights.slice();
    outlier[3] = 50;
    expect(kept(outlier, width, dtype).subarray(64)).toEqual(kept(weights, width, dtype).subarray(64));
  });
});

it('NF4 keeps the largest value, its opposite and zero exactly', () => {
  const values = Float32Array.of(-0.3, 0, 0.3, 0.1);
  expect([...kept(values, 4, 'nf4')].slice(0, 3)).toEqual([...values].slice(0, 3));
});

it('normal weights come back within the error each format is known for', () => {
  const normal = Float32Array.from(seededNumbers('normal', 64 * 256));
  const error = (dtype: QuantisedDType) => {
    const sum = new QuantisationError();
    sum.add(kept(normal, 256, dtype), normal);
    return sum.relative;
  };
  expect(error('int8')).toBeLessThan(0.008);
  expect(error('int4')).toBeLessThan(0.1);
  expect(error('nf4')).toBeLessThan(0.1);
  expect(error('int4')).toBeGreaterThan(0.05);
});
