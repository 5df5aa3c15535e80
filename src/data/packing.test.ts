import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastTime } from '../testing/least-time.ts';
import { packRows } from './packing.ts';

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

const corpora = fc
  .integer({ min: 1, max: 200 })
  .chain((capacity) => fc.tuple(fc.constant(capacity), fc.array(fc.integer({ min: 1, max: capacity }))));

describe('packing', () => {
  it('puts every example into one row, and no row over its capacity', () => {
    fc.assert(
      fc.property(corpora, ([capacity, lengths]) => {
        const rows = packRows(lengths, capacity);
        expect(rows.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
        for (const row of rows) {
          expect(sum(row.map((index) => lengths[index]!))).toBeLessThanOrEqual(capacity);
          expect(row).toEqual([...row].sort((a, b) => a - b));
        }
        expect(rows.map(([first]) => first)).toEqual(rows.map(([first]) => first!).sort((a, b) => a - b));
      }),
    );
  });

  it('leaves no two rows that would fit into one', () => {
    fc.assert(
      fc.property(corpora, ([capacity, lengths]) => {
        const totals = packRows(lengths, capacity)
          .map((row) => sum(row.map((index) => lengths[index]!)))
          .sort((a, b) => a - b);
        if (totals.length > 1) expect(totals[0]! + totals[1]!).toBeGreaterThan(capacity);
      }),
    );
  });

  it('takes the tightest row for each example, the longest first', () => {
    // 6 and 5 open rows; 4 fits the 6 exactly, 3 leaves the least room beside the 5, and 2 fills that up.
    expect(packRows([3, 6, 2, 5, 4], 10)).toEqual([
      [0, 2, 3],
      [1, 4],
    ]);
    expect(packRows([], 10)).toEqual([]);
  });

  it('refuses an example that no row can hold', () => {
    expect(() => packRows([3, 11], 10)).toThrow(RangeError);
  });

  it('packs a hundred thousand examples in under a second', () => {
    const lengths = Array.from({ length: 100_000 }, (_, index) => 1 + ((index * 7919) % 2048));
    expect(leastTime(1000, () => packRows(lengths, 4096))).toBeLessThan(1000);
  });
});
