import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DependencyGraph } from './dependencies.ts';
import type { Storage, Transient, Use } from './storage.ts';

interface Dispatch {
  readonly uses: readonly Use[];
}

const values: Storage[] = Array.from(
  { length: 5 },
  (): Transient => ({ kind: 'transient', firstNode: 0, lastNode: 0, bytes: 4, first: 0, last: 0 }),
);
/** Ranges of one buffer, some of which overlap. */
const ranges: Storage[] = [
  [0, 256],
  [256, 256],
  [0, 512],
  [512, 256],
].map(([offset, bytes]) => ({ kind: 'fixed', range: { buffer: 'gradient', offset: offset!, bytes: bytes! } }));

const dispatches = fc.array(
  fc
    .array(fc.record({ storage: fc.constantFrom(...values, ...ranges), write: fc.boolean() }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((uses): Dispatch => ({ uses })),
  { minLength: 2, maxLength: 24 },
);

function share(a: Storage, b: Storage): boolean {
  if (a.kind === 'transient' || b.kind === 'transient') return a === b;
  const [one, two] = [a.range, b.range];
  return one.offset < two.offset + two.bytes && two.offset < one.offset + one.bytes;
}

const conflict = (a: Dispatch, b: Dispatch): boolean =>
  a.uses.some((one) => b.uses.some((two) => (one.write || two.write) && share(one.storage, two.storage)));

/** Whether the first must stay before the second, directly or through others: by the definition, not by the graph. */
function mustPrecede(list: readonly Dispatch[], from: number, to: number): boolean {
  const reached = new Set([from]);
  for (let index = from + 1; index <= to; index++)
    if ([...reached].some((earlier) => conflict(list[earlier]!, list[index]!))) reached.add(index);
  return reached.has(to);
}

describe('the order of dispatches', () => {
  it('knows what depends on what', () => {
    fc.assert(
      fc.property(dispatches, (list) => {
        const graph = new DependencyGraph(list, 32);
        for (let to = 1; to < list.length; to++)
          for (let from = 0; from < to; from++)
            expect(graph.areIndependent([from], to)).toBe(!mustPrecede(list, from, to));
      }),
    );
  });

  it('keeps readers and writers of one range in order, whatever is contracted', () => {
    fc.assert(
      fc.property(dispatches, fc.array(fc.tuple(fc.nat(23), fc.nat(23)), { maxLength: 12 }), (list, pairs) => {
        const graph = new DependencyGraph(list, 32);
        const leaderOf = list.map((_, index) => index);
        for (const [a, b] of pairs) {
          if (a >= list.length || b >= list.length || a === b) continue;
          if (!graph.areIndependent([a], b)) continue;
          graph.contract([a, b]);
          const group = new Set([leaderOf[a]!, leaderOf[b]!]);
          const leader = Math.min(...group);
          for (const index of leaderOf.keys()) if (group.has(leaderOf[index]!)) leaderOf[index] = leader;
        }
        const order = graph.order();
        expect(order.toSorted((a, b) => a - b)).toEqual([...new Set(leaderOf)].toSorted((a, b) => a - b));
        const place = (index: number): number => order.indexOf(leaderOf[index]!);
        for (let to = 1; to < list.length; to++)
          for (let from = 0; from < to; from++)
            if (conflict(list[from]!, list[to]!)) expect(place(from)).toBeLessThan(place(to));
      }),
    );
  });
});
