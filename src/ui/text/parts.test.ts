import { describe, expect, test } from 'vitest';
import { tableFormats } from '../../data/table.ts';
import { tasks } from '../../tasks/registry.ts';
import { methodChoices } from '../method-facts.ts';
import { tableProblems } from '../tasks/facts.ts';
import { en } from './en.ts';
import { ja } from './ja.ts';

// Tables of words that are read by a name that may have none there: the page then shows the name.
describe.each(Object.entries({ en, ja }))('in the language %s', (_, words) => {
  test.each([
    ['method', methodChoices, words.choices],
    ['problem type of tables', tableProblems, words.labels.problemTypes],
    ['problem type, its hint', tableProblems, words.labels.problemTypeHint],
    ['format of tables', tableFormats, words.data.formats],
    ['score', tasks.flatMap(({ scores }) => scores.flat()), words.labels.scores],
  ] as const)('every %s has its words', (_what, names, table) => {
    expect(names.filter((name) => (table as Readonly<Record<string, string>>)[name] === undefined)).toEqual([]);
  });
});
