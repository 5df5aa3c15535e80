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

test('under a chat template the message alone is said, and the text is what the template makes of it', () => {
  const chatty = { ...tokenizer, chatTemplate: 'x', renderTemplate: () => '<user>{instruction}<assistant>' };
  const format = promptFormat(settings({ prompt_template: 'chat' }), chatty);
  expect(format).toMatchObject({ template: 'chat', message: '{instruction}', pieces: [] });
  expect(format.text).toBe('<user>{instruction}<assistant>');
});

test('plain text is asked with as it is', () => {
  const dataset = settings({ problem_type: 'text' }) as typeof config.dataset;
  expect(taskOf({ dataset }).prompt?.({ ...config, dataset }, tokenizer)).toMatchObject({ pieces: ['{text}'] });
});
