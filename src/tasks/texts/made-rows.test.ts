import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { madeColumns } from '../../data/made-rows.ts';
import { readTable } from '../../data/read-table.ts';
import { sampleTable } from '../../data/table-sample.ts';
import { createTokenizer, type TokenizerFiles } from '../../text/tokenizer.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { lookedColumns } from '../guess.ts';
import { rowProblems } from '../row-problems.ts';
import { writingReading } from '../writing/reading.ts';
import { fittedTexts } from './prepare.ts';
import { chosenRows } from './rows.ts';

const { files } = JSON.parse(readFileSync(new URL('../../text/golden/gpt2-kind.json', import.meta.url), 'utf8')) as {
  files: TokenizerFiles;
};
const tokenizer = createTokenizer(files);

const marks = Object.values(madeColumns);
const own = Array.from({ length: 40 }, (_, index) => [`question ${index}`, `answer ${index}`, '', '', '', '']);
const made = (from: number, approved = 'yes', prompt = `in other words: ${from}`) => [
  ...[prompt, `answer ${from}`, 'paraphrase', 'a model', `question ${from}`, approved],
];
const table = (rows: readonly string[][]) => ({ columns: ['question', 'answer', ...marks], rows });

const settings = (dataset: object = {}, seed = 1) =>
  parseRunConfig({
    dataset: { prompt_column: 'question', answer_column: 'answer', validation_size: 0.5, ...dataset },
    environment: { seed },
  });

const isMade = ({ prompt }: { prompt: readonly string[] }) => prompt[0]!.startsWith('in other words');
const sourceOf = ({ prompt }: { prompt: readonly string[] }) => Number(/\d+/.exec(prompt[0]!)![0]);

/** Every row has one made from it, before and behind. */
const everyTwice = table([...own.keys()].flatMap((row) => [made(row), own[row]!, made(row)]));

describe('rows that a model made', () => {
  test.each([1, 2, 3, 4, 5])('are never held back, and none of a held-out row is learned (seed %i)', (seed) => {
    const { training, validation, made: left } = chosenRows({ training: everyTwice }, settings({}, seed));
    expect(validation).toHaveLength(20);
    expect(validation.some(isMade)).toBe(false);
    const held = new Set(validation.map(sourceOf));
    expect(training.filter(isMade)).toHaveLength(40);
    expect(training.filter(isMade).some((row) => held.has(sourceOf(row)))).toBe(false);
    expect(left.parted).toHaveLength(40);
    expect(left.unapproved).toEqual([]);
  });

  test('do not change which rows are held back', () => {
    const without = chosenRows({ training: table(own) }, settings()).validation.map(({ prompt }) => prompt);
    expect(chosenRows({ training: everyTwice }, settings()).validation.map(({ prompt }) => prompt)).toEqual(without);
  });

  test('are not learned unless somebody approved them, whatever stands in place of yes', () => {
    const rows = ['yes', ' YES ', 'はい', 'true', '1', 'no', '', 'maybe', 'いいえ'].map((word, row) => made(row, word));
    const { training, made: left } = chosenRows(
      { training: table([...own, ...rows]) },
      settings({ validation_strategy: 'none' }),
    );
    expect(training.filter(isMade).map(sourceOf)).toEqual([0, 1, 2, 3, 4]);
    expect(left.unapproved).toEqual([46, 47, 48, 49]);
  });

  test('are left out of a validation table of its own, and those made from its rows out of training', () => {
    const validation = table([...own.slice(0, 5), made(1), made(9)]);
    const training = table([...own.slice(5), made(2), made(9)]);
    const config = settings({ validation_strategy: 'custom' });
    const { made: left, ...rows } = chosenRows({ training, validation }, config);
    expect(rows.validation.map(sourceOf)).toEqual([0, 1, 2, 3, 4]);
    expect(rows.training.filter(isMade).map(sourceOf)).toEqual([9]);
    expect(left).toEqual({ unapproved: [], parted: [36], held: [6, 7] });
  });

  test('are left out where what they were made from is gone or changed, and where they say what is held back', () => {
    const changed = [...own.slice(0, 39), ['question 39, changed', ...own[39]!.slice(1)]];
    const held = chosenRows({ training: table(changed) }, settings()).validation.map(sourceOf);
    const learned = [...own.keys()].find((row) => !held.includes(row) && row !== 39)!;
    const copies = [made(39), made(77), made(learned, 'yes', `  question  ${held[0]} `), made(learned)];
    const { training, made: left } = chosenRows({ training: table([...changed, ...copies]) }, settings());
    expect(left.parted).toEqual([41, 42, 43]);
    expect(training.filter(isMade).map(sourceOf)).toEqual([learned]);
    const all = chosenRows({ training: table([...changed, ...copies]) }, settings({ validation_strategy: 'none' }));
    expect(all.training).toHaveLength(44);
  });

  test('alone leave nothing to learn, which is said for what it is', async () => {
    const lines = [['question', 'answer', ...marks], ...['no', 'yes'].map((word, row) => made(row, word))];
    const csv = `${lines.map((cells) => cells.map((cell) => `"${cell}"`).join(',')).join('\n')}\n`;
    const tables = { training: await readTable(csv, { fileName: 'a.csv' }), validation: table(own.slice(0, 5)) };
    const config = settings({ validation_strategy: 'custom', prompt_template: 'custom' });
    const fitted = fittedTexts({ tables, tokenizer }, config, 1024, writingReading(tokenizer, config, 1024));
    expect(rowProblems(fitted.outcome(), config)).toMatchObject([
      { kind: 'made-unapproved', rows: [2] },
      { kind: 'made-parted', rows: [3] },
    ]);
    expect(() => fitted.prepare()).toThrow('a model made 2 of them');
  });

  test('are not held back with a conversation either', () => {
    const columns = ['id', 'parent', 'question', 'answer', ...marks];
    const rows = own.map((cells, row) => [`${row}`, row % 2 ? `${row - 1}` : '', ...cells]);
    const continued = made(0).map((cell, place) => (place === 0 ? 'in other words: 0' : cell));
    const training = { columns, rows: [...rows, ['40', '1', ...continued]] };
    const config = settings({ parent_id_column: 'parent', id_column: 'id', validation_size: 0.9 });
    const { validation } = chosenRows({ training }, config);
    expect(validation.map(sourceOf)).not.toContain(0);
    expect(validation).toHaveLength(2 * Math.ceil(19 * 0.9));
  });

  test('are never held back of answers that are judged, of which each row has two', () => {
    const columns = ['question', 'answer', 'worse', ...marks];
    const pair = ([question = '', answer = '', ...mark]: readonly string[]) => [question, answer, 'no idea', ...mark];
    const training = { columns, rows: [...own.map(pair), pair(made(3)), pair(made(4))] };
    const config = settings({ problem_type: 'judged-answers', rejected_answer_column: 'worse', label_column: '' });
    const { training: learned, validation } = chosenRows({ training }, config);
    expect(validation).toHaveLength(40);
    expect(validation.some(isMade)).toBe(false);
    const held = new Set(validation.map(sourceOf));
    expect(learned.filter(isMade).map(sourceOf).sort()).toEqual([3, 3, 4, 4].filter((row) => !held.has(row)));
  });
});

test('a table that was saved and opened again is the same: no column of the marks is guessed or has empty cells', async () => {
  const lines = everyTwice.rows.map((cells) =>
    JSON.stringify(Object.fromEntries(everyTwice.columns.map((name, at) => [name, cells[at]]))),
  );
  const opened = await readTable(lines.join('\n'), { fileName: 'a.jsonl' });
  expect(opened.problems.map(({ kind }) => kind)).toEqual(['duplicate']);
  expect(lookedColumns(opened)).toMatchObject({ prompt_column: ['question'], answer_column: 'answer' });
  expect(chosenRows({ training: opened }, settings()).validation).toHaveLength(20);
});

test('a table whose own column has a like name is not taken for one with made rows', () => {
  const training = { columns: ['question', 'answer', 'made_by'], rows: own.map(([q = '', a = '']) => [q, a, 'ACME']) };
  expect(chosenRows({ training }, settings()).validation).toHaveLength(20);
});

test('of a sample of a large table made rows stand as the others, without those that nobody approved', () => {
  const training = table([...own, made(1), made(2, 'no')]);
  const characters = training.rows.flat().join('').length;
  const { table: sample } = sampleTable(training, false, Math.ceil(characters / 2));
  const { training: learned, made: left } = chosenRows({ training: sample }, settings({ validation_strategy: 'none' }));
  expect([learned.length, left.parted, left.unapproved]).toEqual([21, [], []]);
});
