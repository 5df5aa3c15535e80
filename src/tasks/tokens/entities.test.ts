import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entitiesOf, tagScores } from './entities.ts';

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
