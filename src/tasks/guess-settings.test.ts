import { describe, expect, test } from 'vitest';
import { defaultRunConfig, type RunConfig } from '../training/config/run-config.ts';
import { guessedDataset } from './guess-settings.ts';

const size = { vocab_size: 50, hidden_size: 16, num_attention_heads: 2, num_hidden_layers: 1, intermediate_size: 16 };
const texts = Array.from({ length: 12 }, (_, row) => [`The ${row}th text of a column that nothing stands beside.`]);

const problemWith = (
  model_type: string,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  own: Partial<RunConfig['dataset']> = {},
) => {
  const config = { ...defaultRunConfig, dataset: { ...defaultRunConfig.dataset, ...own } };
  const written = new Set(Object.keys(own).map((key) => `dataset.${key}`));
  return guessedDataset({ columns, rows }, config, written, { ...size, model_type })?.dataset;
};

test('a column of texts alone is learned as plain text by a decoder, with masked tokens by an encoder', () => {
  const columns = { prompt_column: [], answer_column: 'text' };
  expect(problemWith('llama', ['text'], texts)).toMatchObject({ ...columns, problem_type: 'text' });
  expect(problemWith('bert', ['text'], texts)).toMatchObject({ ...columns, problem_type: 'masked-language-modeling' });
});

test('pairs of answers are learned as pairs by what writes, and whole conversations in them are none of their own', () => {
  const columns = ['chosen', 'rejected'];
  const said = (text: string) =>
    JSON.stringify([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: text },
    ]);
  const rows = texts.map(([text], row) => [said(text!), said(`${row}`)]);
  const pair = { answer_column: 'chosen', rejected_answer_column: 'rejected', messages_column: '' };
  expect(problemWith('llama', columns, rows)).toMatchObject({ problem_type: 'preference', prompt_column: [], ...pair });
  expect(problemWith('bert', columns, rows)?.problem_type).not.toBe('preference');
});

test('texts with a label are classified by both, and questions with answers are labels to an encoder', () => {
  const labelled = texts.map(([text], row) => [text!, row % 2 ? 'good' : 'bad']);
  for (const type of ['llama', 'bert'])
    expect(problemWith(type, ['text', 'label'], labelled)).toMatchObject({ problem_type: 'classification' });
  const asked = texts.map(([text], row) => [`Which is number ${row}?`, text!]);
  expect(problemWith('bert', ['question', 'answer'], asked)).toMatchObject({ problem_type: 'classification' });
});

test('two texts with a label are a pair to an encoder, and one text to a decoder', () => {
  const columns = ['premise', 'hypothesis', 'label'];
  const rows = texts.map(([text], row) => [text!, `It is number ${row}.`, row % 2 ? 'yes' : 'no']);
  const read = { problem_type: 'classification', answer_column: 'label' };
  const pair = { prompt_column: ['premise'], text_pair_column: 'hypothesis' };
  expect(problemWith('bert', columns, rows)).toMatchObject({ ...read, ...pair });
  const joined = { prompt_column: ['premise', 'hypothesis'], text_pair_column: '' };
  expect(problemWith('llama', columns, rows)).toMatchObject({ ...read, ...joined });
});

describe('texts that belong together', () => {
  const cell = (name: string, row: number) =>
    name === 'label' ? `${row % 2}` : /^(score|similarity)$/.test(name) ? `${row / 12}` : `The ${name} number ${row}.`;
  const rowsOf = (columns: readonly string[]) => texts.map((_, row) => columns.map((name) => cell(name, row)));
  const ranked = (...[first, second]: readonly string[]) => ({ prompt_column: [first], answer_column: second });

  test.each([
    [['query', 'passage'], 'instruction', ranked('query', 'passage')],
    [['anchor', 'positive'], 'instruction', ranked('anchor', 'positive')],
    [['query', 'passage', 'answer'], 'instruction', { answer_column: 'answer' }],
    [['query', 'passage', 'label'], 'classification', { prompt_column: ['query', 'passage'], answer_column: 'label' }],
    [['sentence1', 'sentence2', 'score'], 'regression', { prompt_column: ['sentence1', 'sentence2'] }],
    [['sentence1', 'sentence2', 'similarity'], 'regression', { answer_column: 'similarity' }],
  ])('%j are learned by a decoder as without sentences: %s', (columns, problem_type, read) => {
    expect(problemWith('llama', columns, rowsOf(columns))).toMatchObject({ problem_type, ...read });
  });

  test.each([
    [['query', 'passage'], 'sentence-embeddings', ranked('query', 'passage')],
    [['query', 'passage', 'label'], 'classification', { text_pair_column: 'passage', answer_column: 'label' }],
    [['query', 'passage', 'score'], 'regression', { text_pair_column: 'passage', answer_column: 'score' }],
    [['query', 'passage', 'negative', 'score'], 'sentence-embeddings', { rejected_answer_column: 'negative' }],
    [['sentence1', 'sentence2', 'score'], 'sentence-similarity', { answer_column: 'score' }],
  ])('%j are to an encoder %s', (columns, problem_type, read) => {
    expect(problemWith('bert', columns, rowsOf(columns))).toMatchObject({ problem_type, ...read });
  });

  test.each([5, 60])('scores beyond cosines are a regression of pairs: 0 to %d', (most) => {
    const columns = ['sentence1', 'sentence2', 'score'];
    const rows = rowsOf(columns).map((cells, row) => [...cells.slice(0, 2), `${row % (most + 1)}`]);
    const read = { problem_type: 'regression', answer_column: 'score' };
    expect(problemWith('bert', columns, rows)).toMatchObject({ ...read, text_pair_column: 'sentence2' });
    expect(problemWith('llama', columns, rows)).toMatchObject({ ...read, prompt_column: ['sentence1', 'sentence2'] });
  });
});

describe('a column that the config names', () => {
  const columns = ['premise', 'hypothesis', 'note', 'label'];
  const rows = texts.map(([text], row) => [text!, `It is number ${row}.`, `Said ${row}.`, row % 2 ? 'yes' : 'no']);
  test('as the second text stays it, and is no other', () => {
    expect(problemWith('bert', columns, rows, { text_pair_column: 'note' })).toMatchObject({
      ...{ prompt_column: ['premise'], text_pair_column: 'note', answer_column: 'label' },
    });
    expect(problemWith('bert', columns, rows, { text_pair_column: '' })).toMatchObject({
      ...{ prompt_column: ['premise', 'hypothesis'], text_pair_column: '', answer_column: 'label' },
    });
  });

  test('as what is rejected stays it', () => {
    const pairs = ['prompt', 'chosen', 'rejected', 'worse', 'other_prompt', 'rejected_prompt'];
    const own = { rejected_answer_column: 'worse', rejected_prompt_column: 'other_prompt' };
    const cells = texts.map((_, row) => pairs.map((name) => `${name} ${row}`));
    expect(problemWith('llama', pairs, cells, own)).toMatchObject({ problem_type: 'preference', ...own });
  });
});
