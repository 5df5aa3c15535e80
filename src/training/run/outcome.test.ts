import { expect, test } from 'vitest';
import { gathered } from '../../data/example-set.ts';
import type { Example } from '../../data/examples.ts';
import type { PreparedData } from '../../tasks/prepared.ts';
import { rowFacts } from './outcome.ts';

const example = (ids: number[], label: number, wholeLength?: number): Example => ({
  ...{ ids: Int32Array.from(ids), labels: Int32Array.of(-100, ...ids.slice(2), label), promptLength: 1 },
  ...(wholeLength === undefined ? { truncated: false } : { truncated: true, wholeLength }),
});

const factsOf = (training: readonly Example[], held: readonly Example[]) => {
  const [trainExamples, validationExamples] = [training, held].map((rows) =>
    gathered(rows.map((row) => ({ example: row }))),
  );
  const counts = { training: training.length, held: held.length, validation: held.length };
  return rowFacts({ trainExamples, validationExamples, counts, labels: null } as unknown as PreparedData);
};

test('held-out rows count as learned where every token and label is that of a training row, each time they come', () => {
  const learned = [example([1, 2, 3], 7), example([4, 5], 7), example([4, 5], 7)];
  const held = [
    example([1, 2, 3], 7),
    example([1, 2, 3], 8),
    example([3, 2, 1], 7),
    example([4, 5], 7),
    example([4, 5], 7),
  ];
  expect(factsOf(learned, held)).toMatchObject({ training: 3, held: 5, shared: 3 });
  expect(factsOf([], held)).toMatchObject({ shared: 0 });
});

test('rows that are cut are counted, with the longest of them', () => {
  expect(factsOf([example([1], 1, 90), example([2], 1), example([3], 1, 70)], [])).toMatchObject({
    cut: 2,
    longest: 90,
  });
  expect(factsOf([example([1], 1)], [])).toMatchObject({ cut: 0, longest: 0 });
});
