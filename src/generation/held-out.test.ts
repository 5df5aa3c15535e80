import { expect, test } from 'vitest';
import type { Prompt } from './answers.ts';
import { heldOutAnswers } from './held-out.ts';

const prompted = (expected: readonly string[]): Prompt[] =>
  expected.map((each, row) => ({ text: `row ${row}`, ids: [row], expected: each }));

const compared = (expected: readonly string[], tuned: readonly string[], base: readonly string[]) =>
  heldOutAnswers(prompted(expected), { tuned, base }, null);

const times = (count: number, text: string): string[] => Array.from({ length: count }, () => text);

test('where all held-out answers are alike, always saying that one is right in every row', async () => {
  const yes = await compared(times(10, 'Yes'), times(10, 'Yes'), times(10, 'It depends on much else.'));
  expect(yes).toMatchObject({ metric: 'matches', rows: 10, tuned: 1, base: 0, blind: 1, better: 0, worse: 0 });
  const long = 'A sentence that is far longer than a label would ever be, and that stands as the answer of every row.';
  expect(await compared(times(6, long), times(6, 'Other words.'), times(6, ''))).toMatchObject({ blind: 1 });
});

test('the commonest of several answers is right in its share, and none of distinct ones is', async () => {
  const labels = [...times(6, 'Yes'), ...times(4, 'No')];
  expect(await compared(labels, labels, times(10, 'Maybe'))).toMatchObject({ tuned: 1, blind: 0.6, better: 4 });
  const distinct = Array.from({ length: 20 }, (_, row) => `Meow, number ${row} it is.`);
  expect(await compared(distinct, distinct, times(20, 'Sure.'))).toMatchObject({ tuned: 1, blind: 0, better: 20 });
});

test('an answer that denies the label, or only names it, is not right', async () => {
  const labels = [...times(5, 'allowed'), ...times(5, 'forbidden')];
  const denied = labels.map((label) => `It is not ${label}`);
  expect(await compared(labels, labels, denied)).toMatchObject({ tuned: 1, base: 0, better: 5 });
});
