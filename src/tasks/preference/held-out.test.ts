import { expect, test } from 'vitest';
import { preferenceObjective } from './objective.ts';

const sums = (right: number) => ({ 'rewards/accuracies': right, 'rewards/margins': right / 2 });
const batch = (count: number, tuned: number, base: number | null) => ({
  ...{ count, tuned: sums(tuned), base: base === null ? null : sums(base) },
});
const heldOut = preferenceObjective.measuredHeldOut!;

test('against a reference half of the pairs are right by chance, and no base stands beside', () => {
  expect(heldOut([batch(4, 3, null), batch(2, 2, null)], true)).toMatchObject({
    ...{ metric: 'preferences', rows: 6, tuned: 5 / 6, base: null, blind: 0.5, better: 5, worse: 1 },
    more: { margin: 2.5 / 6 },
  });
});

test('without one the base says how many it favoured: of each batch as many differ as can', () => {
  // 3 of 4 after 2: at most 2 won and 1 lost; 2 of 2 after 1: 1 won.
  expect(heldOut([batch(4, 3, 2), batch(2, 2, 1)], false)).toMatchObject({ base: 0.5, better: 3, worse: 1 });
  // What favours all of them already has gained nothing.
  expect(heldOut([batch(4, 4, 4)], false)).toMatchObject({ base: 1, tuned: 1, better: 0, worse: 0 });
  // A base below chance is no measure.
  expect(heldOut([batch(4, 3, 1)], false)).toMatchObject({ base: 0.25, better: 3, worse: 1 });
  expect(heldOut([batch(4, 4, null)], false)).toMatchObject({ base: null, better: 0, worse: 0 });
});
