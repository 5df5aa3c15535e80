import { expect, test } from 'vitest';
import { readTable } from '../../data/read-table.ts';
import { goldenRun, withChanges } from '../../testing/golden-run.ts';
import { recipeKeys } from '../config/recipes.ts';
import { measuredSettings, measureRows } from './measure-rows.ts';

const run = await goldenRun('llama-lora', { tuning: { init_from: '' } });
const material = { tables: run.tables, tokenizer: run.tokenizer };
const measured = (changes: Parameters<typeof withChanges>[1] = {}, of: typeof material = material) =>
  measureRows(withChanges(run.config, changes), of, run.open.model);

test('the facts of rows are the same whatever a recipe sets, or cuts', () => {
  const facts = measured();
  expect(facts.rows).toBe(run.tables.training.rows.length);
  expect(facts.lengths!.longest).toBeGreaterThan(8);
  expect(
    measured({ tokenizer: { max_length: 4 }, dataset: { validation_size: 0.5 }, training: { batch_size: 1 } }),
  ).toEqual(facts);
  const named: readonly string[] = measuredSettings;
  expect(recipeKeys.filter((key) => named.includes(key))).toEqual([]);
});

test('lengths are those before anything is cut: in the middle, of nearly all, and of the longest', async () => {
  const { prompt_column, answer_column } = run.config.dataset;
  const row = (words: number) => `${'word '.repeat(words)},yes`;
  const lines = [...Array.from({ length: 98 }, () => row(4)), row(40), row(900)];
  const table = await readTable(`${prompt_column[0]},${answer_column}\n${lines.join('\n')}\n`, { fileName: 'a.csv' });
  const { lengths, rows } = measured({}, { ...material, tables: { training: table } });
  expect(rows).toBe(100);
  expect(lengths!.high).toBe(lengths!.median);
  expect(lengths!.longest, 'beyond the reach of the model').toBeGreaterThan(900);
});

test('a large table is measured by a sample and its longest rows, and counted whole', async () => {
  const { prompt_column, answer_column } = run.config.dataset;
  const lines = Array.from({ length: 4000 }, (_, index) => `${'ab '.repeat(index === 1234 ? 600 : 100)} ${index},yes`);
  const table = await readTable(`${prompt_column[0]},${answer_column}\n${lines.join('\n')}\n`, { fileName: 'a.csv' });
  let encoded = 0;
  const tokenizer = {
    ...run.tokenizer,
    encode(...given: Parameters<typeof run.tokenizer.encode>) {
      encoded++;
      return run.tokenizer.encode(...given);
    },
    encodeText(...given: Parameters<typeof run.tokenizer.encodeText>) {
      encoded++;
      return run.tokenizer.encodeText(...given);
    },
  };
  const { rows, lengths } = measured({}, { tokenizer, tables: { training: table } });
  expect(rows).toBe(4000);
  expect(encoded).toBeLessThan(3000);
  expect(lengths!.longest, 'of the longest row, which the sample lacks').toBeGreaterThan(4 * lengths!.high);
});
