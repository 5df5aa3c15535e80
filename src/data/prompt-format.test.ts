import { expect, test } from 'vitest';
import { taskOf } from '../tasks/registry.ts';
import { goldenRun } from '../testing/golden-run.ts';
import { promptFormat } from './prompt-format.ts';
import { encodePrompt, encodeTurns } from './prompt-templates.ts';

const { tokenizer, config } = await goldenRun('llama-lora');
const settings = (changes: object) => ({ ...config.dataset, ...changes });

/** What the pieces come to, as the code in a README puts them together. */
const idsOf = (pieces: readonly (string | null)[], cells: Readonly<Record<string, string>>): number[] =>
  pieces.flatMap((piece) =>
    piece === null
      ? [tokenizer.eosTokenId!]
      : tokenizer.encode(piece.replace(/\{(\w+)\}/g, (_, name: string) => cells[name]!)),
  );

test.each([
  ['a template of its own', { prompt_template: 'custom' }],
  ['Alpaca with an input', { prompt_template: 'alpaca', prompt_column: ['instruction', 'input'] }],
  ['H2O with end tokens', { prompt_template: 'h2o', add_eos_token_to_prompt: true }],
])('%s: its pieces make the very ids that training showed', (_, changes) => {
  const dataset = settings(changes) as Parameters<typeof promptFormat>[0];
  const { pieces, blanks } = promptFormat(dataset, tokenizer);
  expect(blanks).toEqual(dataset.prompt_column);
  const cells = { instruction: 'the bird', input: 'red tree' };
  const prompt = dataset.prompt_column.map((name) => cells[name as keyof typeof cells]);
  expect(idsOf(pieces, cells)).toEqual(encodePrompt(prompt, tokenizer, dataset));
});

test('a system text stands first, with what ends it', () => {
  const dataset = settings({ prompt_template: 'custom', system_column: 'rules', add_eos_token_to_system: true });
  const { pieces, system, blanks } = promptFormat(dataset as Parameters<typeof promptFormat>[0], tokenizer);
  expect([system, ...blanks]).toEqual(['rules', 'rules', 'instruction']);
  const turn = { prompt: ['the bird'], answer: 'sun', system: 'red tree' };
  const { prompt } = encodeTurns([turn], tokenizer, dataset as Parameters<typeof promptFormat>[0]);
  expect(idsOf(pieces, { rules: 'red tree', instruction: 'the bird' })).toEqual(prompt);
});

/** As a chat template that has braces of its own. */
const asChat: typeof tokenizer.renderTemplate = (messages) =>
  `<user>${messages.map(({ content }) => content).join('')}<{output}>`;

test.each([
  ['between prompt and answer', { text_answer_separator: '\nsay {instruction}: ' }],
  ['before the prompt', { text_prompt_start: '{instruction}{instruction_}' }],
  ['between columns', { prompt_column: ['instruction', 'input'], prompt_column_separator: ' {input} ' }],
  ['in the name of a column', { prompt_column: ['{instruction}', 'input'] }],
])('braces of the template itself, %s, are no blank', (_, changes) => {
  const dataset = settings({ prompt_template: 'custom', ...changes }) as Parameters<typeof promptFormat>[0];
  const { pieces, blanks, message } = promptFormat(dataset, tokenizer);
  const cells = ['the bird', 'red tree'].slice(0, blanks.length);
  const filled = (text: string) =>
    blanks.reduce((whole, blank, index) => {
      expect(whole.split(`{${blank}}`)).toHaveLength(2);
      return whole.replace(`{${blank}}`, cells[index]!);
    }, text);
  expect(pieces.flatMap((piece) => tokenizer.encode(filled(piece!)))).toEqual(encodePrompt(cells, tokenizer, dataset));
  expect(pieces.join('').split(message)).toHaveLength(2);
});

test('what a chat template writes itself is no blank', () => {
  const chatty = { ...tokenizer, chatTemplate: 'x', renderTemplate: asChat };
  const { blanks, text } = promptFormat(settings({ prompt_template: 'chat', prompt_column: ['output'] }), chatty);
  expect([blanks, text]).toEqual([['output_'], '<user>{output_}<{output}>']);
});

test('under a chat template the message alone is said, and the text is what the template makes of it', () => {
  const chatty = { ...tokenizer, chatTemplate: 'x', renderTemplate: asChat };
  const format = promptFormat(settings({ prompt_template: 'chat' }), chatty);
  expect(format).toMatchObject({ template: 'chat', message: '{instruction}', pieces: [] });
  expect(format.text).toBe('<user>{instruction}<{output}>');
});

test('plain text is asked with as it is', () => {
  const dataset = settings({ problem_type: 'text' }) as typeof config.dataset;
  expect(taskOf({ dataset }).prompt?.({ ...config, dataset }, tokenizer)).toMatchObject({ pieces: ['{text}'] });
});
