import { describe, expect, it } from 'vitest';
import { randomSource, shuffledIndices } from './shuffle.ts';

describe('seeded order', () => {
  it('is a permutation, the same for the same seed and another for another seed or epoch', () => {
    const order = shuffledIndices(200, 1, 0);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(shuffledIndices(200, 1, 0)).toEqual(order);
    expect(shuffledIndices(200, 2, 0)).not.toEqual(order);
    expect(shuffledIndices(200, 1, 1)).not.toEqual(order);
  });

  it('stays the same from version to version, so that old runs resume', () => {
    expect([...shuffledIndices(10, 42, 3)]).toEqual([5, 2, 1, 0, 8, 9, 4, 6, 3, 7]);
  });

  it('puts every row in every place about equally often', () => {
    const counts = Array.from({ length: 5 }, () => new Array<number>(5).fill(0));
    for (let seed = 0; seed < 5000; seed++) {
      shuffledIndices(5, seed, 0).forEach((row, place) => {
        counts[place]![row]!++;
      });
    }
    // 1000 expected; five standard deviations of a binomial(5000, 1/5) are 141.
    for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(141);
  });

  it('draws from unrelated streams for neighbouring seeds', () => {
    const bits = Array.from({ length: 1000 }, (_, seed) => randomSource(seed)() >>> 31);
    expect(Math.abs(bits.reduce((sum, bit) => sum + bit, 0) - 500)).toBeLessThan(80);
  });

  it('handles no rows and one row', () => {
    expect([...shuffledIndices(0, 1)]).toEqual([]);
    expect([...shuffledIndices(1, 1)]).toEqual([0]);
  });
});
