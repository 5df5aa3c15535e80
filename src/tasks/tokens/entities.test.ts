import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entitiesOf, scoresOf, tagScores } from './entities.ts';

interface ScoredRows {
  readonly wanted: readonly (readonly string[])[];
  readonly given: readonly (readonly string[])[];
  readonly scores: Readonly<Record<string, number>>;
}

const cases = JSON.parse(readFileSync(new URL('golden/seqeval.json', import.meta.url), 'utf8')) as ScoredRows[];

test('precision, recall, F1 and accuracy are those of seqeval, of well-formed tags and of others', () => {
  expect(cases.length).toBe(60);
  for (const { wanted, given, scores } of cases) {
    const found = tagScores(wanted.map((tags, row) => ({ wanted: tags, given: given[row]! })));
    for (const [name, value] of Object.entries(scores))
      expect(found[name], JSON.stringify(wanted)).toBeCloseTo(value, 12);
  }
});

// The example of seqeval's get_entities.
test('an entity goes from B to the last I of its type', () => {
  expect(entitiesOf(['B-PER', 'I-PER', 'O', 'B-LOC'])).toEqual([
    { type: 'PER', first: 0, last: 1 },
    { type: 'LOC', first: 3, last: 3 },
  ]);
});

test.each([
  ['numbers', ['3', '0', '7', '0']],
  ['parts of speech', ['DET', 'NOUN', 'SYM', 'OTHER']],
])('tags that are %s have no entities to score, and an accuracy', (_, wanted) => {
  const rows = [{ wanted, given: [...wanted.slice(0, 3), 'x'] }];
  expect(scoresOf(rows, wanted)).toEqual({ accuracy: 0.75 });
});

test('tags of entities have all scores', () => {
  const rows = [{ wanted: ['B-PER', 'O'], given: ['B-PER', 'O'] }];
  expect(scoresOf(rows, ['B-PER', 'O'])).toEqual({ f1: 1, precision: 1, recall: 1, accuracy: 1 });
});
