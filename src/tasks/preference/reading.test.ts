import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { wholeLengthOf } from '../../data/examples.ts';
import { readTable } from '../../data/read-table.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { createTokenizer, type TokenizerFiles } from '../../text/tokenizer.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import type { Tables } from '../material.ts';
import { preference } from './task.ts';

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
      ...{ problem_type: 'preference', prompt_column: ['prompt'], answer_column: 'chosen', prompt_template: 'custom' },
      ...{ text_prompt_start: 'Q: ', text_answer_separator: '\nA:', validation_strategy: 'none', ...dataset },
    },
    tokenizer: { max_length: 64, ...cut },
    augmentation,
    training: { batch_size: 1, shuffle: false, ...training },
    environment: { seed: 1 },
  });
  return preference.open({ tables, tokenizer }, config, llama).fit(llama, null, config);
}

const named = (problems: Readonly<Record<string, readonly number[]>>) =>
  Object.fromEntries(Object.entries(problems).filter(([, rows]) => rows.length > 0));

test('a pair is its prompt with each answer, of which the answers are learned', async () => {
  const lesson = await lessonOf('prompt,chosen,rejected\nred?, an apple, a very big house\n');
  const { train } = lesson.prepare();
  const { rows, lengths, labels, ids, batchSize, length } = train.batchAt(0, 0);
  expect([train.batchSize, batchSize, rows]).toEqual([2, 2, [[0], [1]]]);
  const sides = [' an apple', ' a very big house'].map((answer) => {
    const prompt = tokenizer.encode('Q: red?\nA:');
    return { prompt: prompt.length, whole: [...tokenizer.encode(`Q: red?\nA:${answer}`), tokenizer.eosTokenId!] };
  });
  for (const [row, { prompt, whole }] of sides.entries()) {
    expect(lengths[row]).toEqual([whole.length]);
    expect([...ids.subarray(row * length, row * length + whole.length)]).toEqual(whole);
    const learned = [...labels.subarray(row * length, (row + 1) * length)].filter((label) => label >= 0);
    expect(learned).toEqual(whole.slice(prompt));
  }
});

test('a pair is as long as its longer text', async () => {
  const lesson = await lessonOf('prompt,chosen,rejected\nred?, an apple, a very big house\n');
  const [example] = lesson.outcome().trainExamples.examples;
  expect(wholeLengthOf(example!)).toBe(Math.max(...lesson.prepare().train.batchAt(0, 0).lengths.flat()));
});

test('pairs that say nothing are listed by what is wrong with them', async () => {
  const long = 'word '.repeat(80);
  const csv = [
    'prompt,chosen,rejected',
    'fine?,yes,no',
    'same?,yes,yes',
    'empty chosen?,,no',
    'empty rejected?,yes, ',
    `${long},yes,no`,
    `alike up to the end?,${long}yes,${long}no`,
  ].join('\n');
  const { problems } = (await lessonOf(csv)).outcome().trainExamples;
  expect(named(problems)).toEqual({
    'sides-alike': [1],
    'no-answer': [2],
    'no-rejected': [3],
    'sides-cut': [4, 5],
    'too-long': [4, 5],
  });
});

test('where all cut pairs are left out, the length that is offered holds them', async () => {
  const long = 'word '.repeat(80);
  const lesson = await lessonOf(`prompt,chosen,rejected\nfine?,yes,no\n${long},yes,no\n`);
  const [finding] = lesson.prepare().findings;
  const { max_length } = finding!.remedy!.tokenizer!;
  expect(finding!.params.longest).toBeGreaterThan(80);
  expect(max_length).toBeGreaterThanOrEqual(finding!.params.longest as number);
});

test('without a prompt it is what both texts begin with, up to a space', async () => {
  const lesson = await lessonOf('chosen,rejected\n"Human: hi Assistant: yes, sir","Human: hi Assistant: no, sir"\n', {
    dataset: alone,
  });
  const [chosen] = lesson.firstRows(1);
  const learned = chosen!.tokens.filter(({ learned }) => learned).map(({ text }) => text);
  expect(learned.join('')).toMatch(/^ yes, sir/);
});

const alone = { prompt_column: [], text_prompt_start: '', text_answer_separator: '' };

test('what two texts have in common ends with a whole character', async () => {
  const lesson = await lessonOf('chosen,rejected\nhi 😀 yes,hi 😁 no\n', { dataset: alone });
  const learned = lesson.firstRows(1)[0]!.tokens.filter(({ learned }) => learned);
  const prompt = tokenizer.encode('hi');
  expect(learned.map(({ id }) => id)).toEqual(
    [...tokenizer.encode('hi 😀 yes'), tokenizer.eosTokenId!].slice(prompt.length),
  );
});

test('changed histories leave rows without one as they were', async () => {
  const csv = 'chosen,rejected\nit is: yes,it is: no\n';
  const augmentation = { skip_parent_probability: 0.5 };
  const [plain, changed] = await Promise.all(
    [{}, { augmentation }].map(async (more) => (await lessonOf(csv, { dataset: alone, ...more })).prepare()),
  );
  expect(changed!.train.batchAt(0, 0).labels).toEqual(plain!.train.batchAt(0, 0).labels);
});

test('conversations whose questions differ are no pair, but for an own column of prompts', async () => {
  const turns = (question: string, answer: string) =>
    JSON.stringify([
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ]).replaceAll('"', '""');
  const csv = `chosen,rejected\n"${turns('one?', 'a')}","${turns('one?', 'b')}"\n"${turns('one?', 'a')}","${turns('two?', 'b')}"\n`;
  const { problems } = (await lessonOf(csv, { dataset: { prompt_column: [] } })).outcome().trainExamples;
  expect(named(problems)).toEqual({ 'prompts-differ': [1] });
  const own = 'prompt,chosen,other,rejected\none?,a,two?,b\n';
  const apart = await lessonOf(own, { dataset: { rejected_prompt_column: 'other' } });
  const texts = apart.firstRows(1).map(({ tokens }) => tokens.map(({ text }) => text).join(''));
  expect(texts[0]).toContain('one?');
  expect(texts[1]).toContain('two?');
});

test.each([
  [{ tokenizer: { packing: true } }, 'tokenizer.packing'],
  [{ augmentation: { token_mask_probability: 0.1 } }, 'augmentation.token_mask_probability'],
  [{ tokenizer: { padding_quantile: 0.9 } }, 'tokenizer.padding_quantile'],
  [{ dataset: { mask_prompt_labels: false } }, 'dataset.mask_prompt_labels'],
  [{ training: { loss_function: 'DPOHinge', label_smoothing: 0.1 } }, 'training.label_smoothing'],
  [{ training: { loss_function: 'DPOIPO', label_smoothing: 0.1 } }, 'training.label_smoothing'],
])('what would change a pair behind its reference, or be left unread, is refused: %j', async (changes, key) => {
  await expect(lessonOf('prompt,chosen,rejected\na,b,c\n', changes)).rejects.toMatchObject({
    code: 'run-config-invalid',
    params: { key },
  });
});
