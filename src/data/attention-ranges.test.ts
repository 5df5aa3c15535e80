import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AttentionLayout, attentionRanges, exampleRanges, exampleStarts, idOrder } from './attention-ranges.ts';

/** The relation straight from its definition: does query t of a sequence see key k? */
function sees(layout: AttentionLayout, sequence: number, t: number, key: number): boolean {
  const position = (layout.firstPositions?.[sequence] ?? 0) + t;
  if (key >= (layout.keyLengths?.[sequence] ?? Infinity)) return false;
  if ((layout.causal ?? true) && key > position) return false;
  return !layout.window || Math.abs(key - position) < layout.window;
}

const layouts = fc
  .record({
    sequences: fc.integer({ min: 1, max: 3 }),
    queries: fc.integer({ min: 1, max: 12 }),
    keys: fc.integer({ min: 1, max: 17 }),
    causal: fc.boolean(),
    window: fc.option(fc.integer({ min: 1, max: 9 })),
    firsts: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 }),
    lengths: fc.array(fc.integer({ min: 0, max: 17 }), { minLength: 3, maxLength: 3 }),
  })
  .map(({ firsts, lengths, ...rest }): AttentionLayout => ({ ...rest, firstPositions: firsts, keyLengths: lengths }));

describe('attention ranges', () => {
  it('let a query see exactly the keys of the definition, and each key exactly those queries', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const { keyRange, queryRange, positions } = attentionRanges(layout);
        const { sequences, queries, keys = queries } = layout;
        for (let sequence = 0; sequence < sequences; sequence++) {
          for (let t = 0; t < queries; t++) {
            const row = sequence * queries + t;
            expect(positions[row]).toBe((layout.firstPositions?.[sequence] ?? 0) + t);
            for (let key = 0; key < keys; key++) {
              const place = sequence * keys + key;
              const expected = sees(layout, sequence, t, key);
              expect(keyRange[2 * row]! <= key && key < keyRange[2 * row + 1]!).toBe(expected);
              expect(queryRange[2 * place]! <= t && t < queryRange[2 * place + 1]!).toBe(expected);
            }
          }
        }
      }),
    );
  });

  it('give [0, 0) where nothing is seen, so that sizes are never negative', () => {
    fc.assert(
      fc.property(layouts, (layout) => {
        const { keyRange, queryRange } = attentionRanges(layout);
        for (const range of [keyRange, queryRange]) {
          for (let index = 0; index < range.length; index += 2) {
            expect(range[index + 1]! > range[index]! || (range[index] === 0 && range[index + 1] === 0)).toBe(true);
          }
        }
      }),
    );
  });

  it('are causal for a padded training batch', () => {
    const { keyRange, queryRange, positions } = attentionRanges({ sequences: 2, queries: 3 });
    expect([...positions]).toEqual([0, 1, 2, 0, 1, 2]);
    expect([...keyRange]).toEqual([0, 1, 0, 2, 0, 3, 0, 1, 0, 2, 0, 3]);
    expect([...queryRange]).toEqual([0, 3, 1, 3, 2, 3, 0, 3, 1, 3, 2, 3]);
  });

  it('show a decoded token the whole cache, or its window', () => {
    const cache = { sequences: 1, queries: 1, keys: 8, firstPositions: [5] };
    expect([...attentionRanges(cache).keyRange]).toEqual([0, 6]);
    expect([...attentionRanges({ ...cache, window: 4 }).keyRange]).toEqual([2, 6]);
  });
});

describe('ranges of packed examples', () => {
  const packedRows = fc.record({
    lengths: fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
    padding: fc.nat({ max: 5 }),
    missing: fc.nat({ max: 2 }),
    window: fc.option(fc.integer({ min: 1, max: 6 })),
  });
  const total = (row: readonly number[]) => row.reduce((sum, each) => sum + each, 0);

  it('let a token see its own example up to itself, within its window, and padding see and be seen by nothing', () => {
    fc.assert(
      fc.property(packedRows, ({ lengths, padding, missing, window }) => {
        const length = Math.max(1, ...lengths.map(total)) + padding;
        const batchSize = lengths.length + missing;
        const { positions, keyRange, queryRange } = exampleRanges(lengths, { batchSize, length, window });
        for (let row = 0; row < batchSize; row++) {
          // Which example each place belongs to, and its place there; undefined in padding.
          const places = (lengths[row] ?? []).flatMap((count, example) =>
            Array.from({ length: count }, (_, position) => ({ example, position })),
          );
          const all = Array.from({ length }, (_, place) => place);
          const sees = (t: number, key: number): boolean => {
            const [own, other] = [places[t], places[key]];
            if (own === undefined || other === undefined || own.example !== other.example || key > t) return false;
            return window === null || own.position - other.position < window;
          };
          const within = (ranges: Int32Array, of: number) => (place: number) =>
            ranges[2 * (row * length + of)]! <= place && place < ranges[2 * (row * length + of) + 1]!;
          for (const place of all) {
            expect(positions[row * length + place]).toBe(places[place]?.position ?? 0);
            expect(all.filter(within(keyRange, place))).toEqual(all.filter((key) => sees(place, key)));
            expect(all.filter(within(queryRange, place))).toEqual(all.filter((t) => sees(t, place)));
          }
        }
      }),
    );
  });

  it('are those of a causal batch where every row is one whole example', () => {
    const ranges = exampleRanges([[5], [5]], { batchSize: 2, length: 5, window: 3 });
    expect(ranges).toEqual(attentionRanges({ sequences: 2, queries: 5, window: 3 }));
  });
});

describe('starts of examples', () => {
  it('are where each example and the padding begin in their row', () => {
    const starts = exampleStarts([[2, 1, 3], [7], [4]], { batchSize: 4, length: 7 });
    expect([...starts]).toEqual([0, 0, 2, 3, 3, 3, 6, ...Array(11).fill(0), 4, 4, 4, ...Array(7).fill(0)]);
  });
});

describe('rows sorted by id', () => {
  it('keep rows of one id together and in order', () => {
    expect([...idOrder(Int32Array.of(7, 2, 7, 0, 2))]).toEqual([3, 1, 4, 0, 2]);
    expect([...idOrder(new Int32Array(0))]).toEqual([]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 20 })), (ids) => {
        const expected = ids.map((_, row) => row).sort((a, b) => ids[a]! - ids[b]! || a - b);
        expect([...idOrder(Int32Array.from(ids))]).toEqual(expected);
      }),
    );
  });
});
