import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readTable } from '../../data/read-table.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { createTokenizer, type TokenizerFiles } from '../../text/tokenizer.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { guessTable } from '../guess.ts';
import type { Tables } from '../material.ts';
import { judged } from './task.ts';

const { files } = JSON.parse(readFileSync(new URL('../../text/golden/gpt2-kind.json', import.meta.url), 'utf8')) as {
  files: TokenizerFiles;
};
const tokenizer = createTokenizer(files);
const llama = modelFromConfig({
  ...{ model_type: 'llama', hidden_size: 32, intermediate_size: 64, num_attention_heads: 4 },
  ...{ num_hidden_layers: 2, vocab_size: 1000 },
});

async function lessonOf(csv: string, { dataset = {}, tokenizer: cut = {}, augmentation = {}, training = {} } = {}) {
  const tables: Tables = { training: await readTable(csv, { fileName: 'a.csv' }) };
  const config = parseRunConfig({
    dataset: {
      ...{ problem_type: 'judged-answers', prompt_column: ['prompt'], answer_column: 'completion' },
      ...{ label_column: 'label', prompt_template: 'custom', text_prompt_start: 'Q: ', text_answer_separator: '\nA:' },
      ...{ validation_strategy: 'none', ...dataset },
    },
    tokenizer: { max_length: 64, ...cut },
    augmentation,
    training: { batch_size: 2, shuffle: false, drop_last_batch: false, ...training },
    environment: { seed: 1 },
  });
  return judged.open({ tables, tokenizer }, config, llama).fit(llama, null, config);
}

const csv = 'prompt,completion,label\nred?, an apple,true\nhot?, a very big sun,false\ncold?, ice,1\n';
const encoded = (question: string, answer: string) => [
  ...tokenizer.encode(`Q: ${question}\nA:${answer}`),
  tokenizer.eosTokenId!,
];

/** Ids of each sequence, without padding. */
const sequencesIn = ({
  ids,
  length,
  lengths,
}: {
  ids: Int32Array;
  length: number;
  lengths: readonly (readonly number[])[];
}) => lengths.map(([tokens], row) => [...ids.subarray(row * length, row * length + tokens!)]);

test('each prompt has its own answer and that of the row before, the first of a batch that of the last', async () => {
  const { train } = (await lessonOf(csv)).prepare();
  const first = train.batchAt(0, 0);
  expect(sequencesIn(first)).toEqual([
    encoded('red?', ' an apple'),
    encoded('red?', ' a very big sun'),
    encoded('hot?', ' a very big sun'),
    encoded('hot?', ' an apple'),
  ]);
  expect([...first.targets!]).toEqual([1, 0]);
  // A row alone has no other's answer.
  expect(sequencesIn(train.batchAt(0, 1))).toEqual([encoded('cold?', ' ice'), encoded('cold?', ' ice')]);
  const three = (await lessonOf(csv, { training: { batch_size: 3 } })).prepare().train.batchAt(0, 0);
  expect(sequencesIn(three)[1]).toEqual(encoded('red?', ' ice'));
});

test('the other answer stays with its prompt where rows are put into another order', async () => {
  const rows = Array.from({ length: 12 }, (_, row) => `q${row}?, a${row},${row % 2}`).join('\n');
  const { train } = (await lessonOf(`prompt,completion,label\n${rows}\n`, { training: { shuffle: true } })).prepare();
  const others = Array.from({ length: 6 }, (_, batch) => sequencesIn(train.batchAt(0, batch))).flat();
  for (let at = 1; at < others.length; at += 2) {
    const [own, other] = [tokenizer.decode(others[at - 1]!), tokenizer.decode(others[at]!)];
    const [, question] = own.match(/q(\d+)/)!;
    expect(other).toContain(`q${question}?\nA: a${Number(question) ^ 1}`);
  }
});

test('an answer is cut behind the prompt that it stands behind', async () => {
  const long = 'one two three four five six';
  const table = `prompt,completion,label\n${long}?,${` ${long}`.repeat(4)},good\nx?, yes,bad\n`;
  const { train } = (await lessonOf(table, { tokenizer: { max_length: 32, allow_truncation: true } })).prepare();
  const whole = tokenizer.encode(`Q: x?\nA:${` ${long}`.repeat(4)}`);
  expect(whole.length).toBeGreaterThan(32);
  const sequences = sequencesIn(train.batchAt(0, 0));
  expect(sequences[0]).toHaveLength(32);
  expect(sequences[3], 'with the whole answer before it').toEqual(whole.slice(0, 32));
});

test('rows that say neither, and empty answers, are left out and listed', async () => {
  const lesson = await lessonOf(`${csv}why?, so,maybe\nwhy?,,true\nwhy?, no,\n`);
  const { problems } = lesson.outcome().trainExamples;
  expect([problems['no-verdict'], problems['no-answer']]).toEqual([[3, 5], [4]]);
  await expect(async () =>
    (await lessonOf('prompt,completion,label\na, b,3\nc, d,4\n')).prepare(),
  ).rejects.toMatchObject({
    code: 'verdicts-unknown',
    params: { row: 2 },
  });
});

test.each([
  ['true,true,1', 'verdicts-all-good', true],
  ['no,bad,0', 'verdicts-all-bad', true],
  ['true,false,true,false,true,true,true,true', 'verdicts-uneven', false],
  ['true,false,true,false', undefined, false],
] as const)('labels %s', async (labels, code, blocks) => {
  const rows = labels.split(',').map((label, row) => `q${row}?, a,${label}`);
  const { findings } = (await lessonOf(`prompt,completion,label\n${rows.join('\n')}\n`)).outcome();
  const found = findings.filter((finding) => finding.code.startsWith('verdicts'));
  expect(found).toMatchObject(code ? [{ code, blocks }] : []);
});

test('pairs are good answers, then bad ones, and both of a row are held back together', async () => {
  const rows = Array.from({ length: 10 }, (_, row) => `q${row}?, yes ${row}, no ${row}`).join('\n');
  const dataset = { answer_column: 'chosen', rejected_answer_column: 'rejected', label_column: '' };
  const split = { ...dataset, validation_strategy: 'automatic', validation_size: 0.3 };
  const lesson = await lessonOf(`prompt,chosen,rejected\n${rows}\n`, { dataset: split });
  const { trainRows, heldRows } = lesson.outcome();
  expect([trainRows.length, heldRows.length]).toEqual([14, 6]);
  expect(trainRows.map(({ isGood }) => isGood)).toEqual([...Array(7).fill(true), ...Array(7).fill(false)]);
  const numbers = (isGood: boolean) => heldRows.filter((row) => row.isGood === isGood).map(({ number }) => number);
  expect(numbers(true)).toEqual(numbers(false));
});

test('a row goes on from the turns before it', async () => {
  const dataset = { parent_id_column: 'parent_id', id_column: 'id' };
  const turns = 'id,parent_id,prompt,completion,label\n1,,red?, an apple,true\n2,1,and?, a rose,false\n';
  const { train } = (await lessonOf(turns, { dataset })).prepare();
  const texts = sequencesIn(train.batchAt(0, 0)).map((ids) => tokenizer.decode(ids));
  expect(texts[2]).toContain('an apple');
  expect(texts[2]).toMatch(/and\?\nA: a rose/);
  expect(texts[3]).toMatch(/and\?\nA: an apple/);
  await expect(
    lessonOf('prompt,chosen,rejected\na,b,c\n', { dataset: { ...dataset, label_column: '' } }),
  ).rejects.toMatchObject({ code: 'run-config-invalid', params: { key: 'dataset.parent_id_column' } });
});

test.each([
  ['prompt,completion,label', 'a,b,True', 'judged-answers'],
  ['question,answer,thumbs_up', 'a,b,0', 'judged-answers'],
  // Numbers in a column of that name may be classes.
  ['question,answer,label', 'a,b,0', 'instruction'],
  ['question,answer,rating', 'a,b,bad', 'judged-answers'],
  ['質問,回答,評価', 'a,b,悪い', 'judged-answers'],
  ['質問,回答,ラベル', 'a,b,良い', 'judged-answers'],
  // A mark of five, or 1 of 1 and 0.
  ['question,answer,rating', 'a,b,1', 'instruction'],
  ['prompt,chosen,rejected', 'a,b,c', 'preference'],
  ['text,label', 'a,true', 'classification'],
])('a table of %s and %s is taken for %s', (columns, cells, problem) => {
  const table = { columns: columns.split(','), rows: Array.from({ length: 4 }, () => cells.split(',')) };
  expect(guessTable(table).problem_type).toBe(problem);
});

test('columns of labelled answers and of pairs are found by their names', () => {
  const columns = (names: string, cells: string) =>
    judged.columns({ columns: names.split(','), rows: [cells.split(',')] }, 'judged-answers');
  expect(columns('prompt,completion,label', 'a,b,true')).toMatchObject({
    ...{ prompt_column: ['prompt'], answer_column: 'completion', label_column: 'label' },
  });
  expect(columns('prompt,chosen,rejected', 'a,b,c')).toMatchObject({
    ...{ answer_column: 'chosen', rejected_answer_column: 'rejected', label_column: '' },
  });
  expect(columns('prompt,completion,label', 'a,b,perhaps')).toBeNull();
  const labelled = (labels: readonly string[]) =>
    judged.columns(
      { columns: ['prompt', 'answer', 'label'], rows: labels.map((label) => ['a', 'b', label]) },
      'judged-answers',
    );
  expect(labelled(['perhaps', '', ...Array(9).fill('True')]), 'one of ten is listed').not.toBeNull();
  expect(labelled(['perhaps', 'no idea', ...Array(9).fill('True')])).toBeNull();
});

test.each([
  [{ tokenizer: { packing: true } }, 'tokenizer.packing'],
  [{ augmentation: { token_mask_probability: 0.1 } }, 'augmentation.token_mask_probability'],
  [{ training: { label_smoothing: 0.1 } }, 'training.label_smoothing'],
  [{ training: { batch_size: 1 } }, 'training.batch_size'],
])('what would leave no other answer, or be left unread, is refused: %j', async (changes, key) => {
  await expect(lessonOf(csv, changes)).rejects.toMatchObject({ code: 'run-config-invalid', params: { key } });
});
