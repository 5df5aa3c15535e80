import { describe, expect, test } from 'vitest';
import { tableFormats } from '../../data/table.ts';
import { tasks } from '../../tasks/registry.ts';
import { forgettingScoreNames } from '../../training/run/forgetting-scores.ts';
import { methodChoices } from '../method-facts.ts';
import { scoreName } from '../score-name.ts';
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
    ['score', [...tasks.flatMap(({ scores }) => scores.flat()), ...forgettingScoreNames], words.labels.scores],
  ] as const)('every %s has its words', (_what, names, table) => {
    expect(names.filter((name) => (table as Readonly<Record<string, string>>)[name] === undefined)).toEqual([]);
  });

  // Each names the section of the page that has what comes nearest.
  test('who cannot look at each example is sent where something of it is', () => {
    const { images, ...others } = words.examples.unoffered;
    for (const text of Object.values(others)) expect(text).toContain(words.table.title);
    expect(images).toContain(words.pictures.use);
  });
});

test('a single run is no plural, and scores say what they were measured on', () => {
  expect(en.sweep.price('1', '1', '2 s', '3 MB')).toBe('1 run, 1 step in all, about 2 s, 3 MB of memory at most.');
  expect(en.sweep.price('4', '80', '2 s', '3 MB')).toMatch(/^4 runs, 80 steps in all/);
  expect(en.sweep.ended('1', '1')).toBe('1 of 1 run done');
  expect([scoreName('accuracy', en), scoreName('accuracy', ja)]).toEqual([
    'Accuracy (validation)',
    `${ja.labels.scores.accuracy}(検証)`,
  ]);
  expect(scoreName('generalDivergence', en)).toBe('General texts: KL to the base');
});
