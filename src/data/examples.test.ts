import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createTokenizer, type TokenizerFiles } from '../text/tokenizer.ts';
import { buildExamples } from './example-set.ts';
import { buildExample, type ExampleSettings, scoredTokenCount, tokenPreview } from './examples.ts';
import { effectiveTemplate, encodeConversation, encodePrompt, templateNote } from './prompt-templates.ts';

interface GoldenExample {
  ids: number[];
  labels: number[];
  promptLength: number;
  truncated: boolean;
}

function readGolden<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as T;
}

const { files } = readGolden<{ files: TokenizerFiles }>('../text/golden/gpt2-kind.json');
const tokenizer = createTokenizer(files);
const withoutChat = createTokenizer({ ...files, chatTemplate: null });
const golden = readGolden<{
  rows: { instruction: string; input: string; output: string }[];
  cases: { settings: ExampleSettings; examples: GoldenExample[] }[];
}>('./golden/examples.json');
const rows = golden.rows.map((row) => ({ prompt: [row.instruction, row.input], answer: row.output }));
const plain = golden.cases[0]!.settings;

describe('a model without a chat template', () => {
  it('is said to be asked by the Alpaca template, once that is what stands in', () => {
    expect(templateNote('chat', withoutChat)).toContain('Alpaca');
    expect(templateNote('h2o', withoutChat)).toBeNull();
    expect(templateNote('chat', tokenizer)).toBeNull();
  });
});

describe('rows become the tokens and labels that Python makes', () => {
  // Made by interop/golden_text.py with transformers.
  it.each(golden.cases)('$settings', ({ settings, examples }) => {
    const built = rows.map((row) => buildExample(row, tokenizer, settings));
    expect(
      built.map(({ ids, labels, wholeLength: _, ...rest }) => ({ ids: [...ids], labels: [...labels], ...rest })),
    ).toEqual(examples);
  });
});

describe('prompt', () => {
  it('is the same for generation as in training, under every template', () => {
    for (const { settings } of golden.cases.filter((entry) => entry.settings.max_length === 512)) {
      for (const row of rows) {
        const { ids, promptLength } = buildExample(row, tokenizer, settings);
        expect(encodePrompt(row.prompt, tokenizer, settings)).toEqual([...ids.subarray(0, promptLength)]);
      }
    }
  });

  it('of a conversation repeats the earlier turns as training showed them', () => {
    const turns = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: '1+1?' },
    ] as const;
    const h2o = { ...plain, prompt_template: 'h2o' as const };
    const first = buildExample({ prompt: ['Hi'], answer: 'Hello' }, tokenizer, h2o).ids;
    const expected = [...first, ...encodePrompt(['1+1?'], tokenizer, h2o)];
    expect(encodeConversation(turns, tokenizer, h2o)).toEqual(expected);
    const chat = { ...plain, prompt_template: 'chat' as const };
    expect(encodeConversation(turns.slice(0, 1), tokenizer, chat)).toEqual(encodePrompt(['Hi'], tokenizer, chat));
  });

  it('falls back to alpaca where the model has no chat template', () => {
    expect(effectiveTemplate('chat', tokenizer)).toBe('chat');
    expect(effectiveTemplate('chat', withoutChat)).toBe('alpaca');
    const row = rows[1]!;
    expect(buildExample(row, withoutChat, { ...plain, prompt_template: 'chat' })).toEqual(
      buildExample(row, withoutChat, { ...plain, prompt_template: 'alpaca' }),
    );
  });

  it('has no dangling separator where the input cell is empty', () => {
    const alone = encodePrompt(['What is the capital of Japan?'], tokenizer, plain);
    expect(encodePrompt(['What is the capital of Japan?', ''], tokenizer, plain)).toEqual(alone);
  });

  it('asks for an end-of-text id only where there is one', () => {
    const noEnd = { ...tokenizer, eosTokenId: null };
    expect(() => buildExample(rows[0]!, noEnd, plain)).toThrow('add_eos_token_to_answer');
    expect(() => buildExample(rows[0]!, noEnd, { ...plain, add_eos_token_to_answer: false })).not.toThrow();
  });
});

describe('truncation', () => {
  const row = { prompt: ['abcdefghij'], answer: 'klmnopqrst' };
  const settings = { ...plain, text_answer_separator: '', add_eos_token_to_answer: false };
  const textOf = (change: Partial<ExampleSettings>) =>
    tokenizer.decode(buildExample(row, tokenizer, { ...settings, ...change }).ids);

  it('cuts the prompt from the left and the answer from the right', () => {
    const { prompt, answer } = { prompt: tokenizer.encode(row.prompt[0]!), answer: tokenizer.encode(row.answer) };
    expect(textOf({ max_length: answer.length + 2 })).toBe(tokenizer.decode([...prompt.slice(-2), ...answer]));
    expect(textOf({ max_length_prompt: 0, max_length_answer: 0 })).toBe('abcdefghijklmnopqrst');
    expect(textOf({ max_length: 3 })).toBe(tokenizer.decode(answer.slice(0, 3)));
    expect(textOf({ max_length_prompt: 3, max_length_answer: 2 })).toBe(
      tokenizer.decode([...prompt.slice(-3), ...answer.slice(0, 2)]),
    );
  });

  it('is counted', () => {
    expect(buildExamples(rows, tokenizer, plain).problems['too-long']).toEqual([]);
    const cut = buildExamples(rows, tokenizer, { ...plain, max_length: 8 });
    expect(cut.problems['too-long']).toEqual([...rows.keys()]);
    const whole = Array.from(buildExamples(rows, tokenizer, plain).examples, ({ ids }) => ids.length);
    expect(Array.from(cut.examples, ({ wholeLength }) => wholeLength)).toEqual(whole);
  });
});

describe('what is learned', () => {
  it('is every token of a plain text', () => {
    const example = buildExample({ prompt: [], answer: 'Hello' }, tokenizer, { ...plain, problem_type: 'text' });
    expect([...example.labels]).toEqual([...tokenizer.encode('Hello'), tokenizer.eosTokenId]);
    expect(scoredTokenCount(example)).toBe(example.ids.length - 1);
  });

  it('leaves out rows without an answer and says which', () => {
    const settings = { ...plain, add_eos_token_to_answer: true };
    const set = buildExamples([rows[0]!, { prompt: ['x'], answer: '' }, rows[1]!], tokenizer, settings);
    expect(set.rows).toEqual([0, 2]);
    expect(set.problems['no-answer']).toEqual([1]);
  });

  it('is never nothing at all', () => {
    const settings = { ...plain, add_eos_token_to_answer: false };
    expect(() => buildExamples([{ prompt: ['x'], answer: '' }], tokenizer, settings)).toThrow(
      'There is nothing to train on',
    );
  });

  it('is marked in the token view, whose texts join to the whole', () => {
    const example = buildExample(rows[1]!, tokenizer, plain);
    const tokens = tokenPreview(example, tokenizer);
    expect(tokens.map((token) => token.text).join('')).toBe('日本の首都はどこですか?\n\n短く\n東京です。😀<|im_end|>');
    expect(tokens.map((token) => token.learned)).toEqual([...example.labels].map((label) => label !== -100));
    for (const { text } of tokens) expect(text).not.toContain('\uFFFD');
  });
});
