import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeTransients } from './place.ts';
import { portable } from './profile.ts';
import { keepApart, type Transient, type Use } from './storage.ts';

const transient = fc.record({ bytes: fc.integer({ min: 4, max: 5000 }), first: fc.nat(40), length: fc.nat(20) }).map(
  ({ bytes, first, length }): Transient => ({
    kind: 'transient',
    firstNode: 0,
    lastNode: 0,
    bytes,
    first,
    last: first + length,
  }),
);

const small = { ...portable, maxBufferSize: 8192, maxStorageBufferBindingSize: 8192 };

describe('placing transient values', () => {
  it('never lets two values that live at the same time overlap, and never outgrows a buffer', () => {
    fc.assert(
      fc.property(fc.array(transient, { maxLength: 60 }), (values) => {
        const { places, pool } = placeTransients(values, small);
        for (const size of pool) expect(size).toBeLessThanOrEqual(small.maxBufferSize);
        for (const [i, a] of values.entries()) {
          const placeA = places.get(a)!;
          expect(placeA.offset % 256).toBe(0);
          expect(placeA.offset + a.bytes).toBeLessThanOrEqual(pool[placeA.pool]!);
          for (const b of values.slice(i + 1)) {
            const placeB = places.get(b)!;
            const together = a.first <= b.last && b.first <= a.last && placeA.pool === placeB.pool;
            const apart = placeA.offset + a.bytes <= placeB.offset || placeB.offset + b.bytes <= placeA.offset;
            expect(!together || apart).toBe(true);
          }
        }
      }),
    );
  });

  it('reuses the place of what is no longer needed', () => {
    const chain = [0, 1, 2, 3].map(
      (first): Transient => ({ kind: 'transient', firstNode: 0, lastNode: 0, bytes: 1024, first, last: first + 1 }),
    );
    expect(placeTransients(chain, portable).pool).toEqual([2048]);
  });

  it('puts what one dispatch binds twice and what it writes into buffers of their own', () => {
    const make = (): Transient => ({ kind: 'transient', firstNode: 0, lastNode: 0, bytes: 64, first: 0, last: 1 });
    const [x, y, other] = [make(), make(), make()];
    const reads = (storage: Transient): Use => ({ storage, write: false });
    const written: Use = { storage: y, write: true };
    keepApart([reads(x), reads(x), written]);
    keepApart([reads(x), reads(other), written]);
    const { places } = placeTransients([x, y, other], portable);
    expect(places.get(x)!.pool).not.toBe(places.get(y)!.pool);
    expect(places.get(other)!.pool).toBe(0);
  });

  it('says which limit a value exceeds', () => {
    const value: Transient = { kind: 'transient', firstNode: 0, lastNode: 0, bytes: 10_000, first: 0, last: 0 };
    expect(() => placeTransients([value], small)).toThrow(/10000.*8192/);
  });
});
