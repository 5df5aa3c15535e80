import { expect, test } from 'vitest';
import { defaultRunConfig } from '../training/config/run-config.ts';
import { guessedDataset } from './guess-settings.ts';

const size = { vocab_size: 50, hidden_size: 16, num_attention_heads: 2, num_hidden_layers: 1, intermediate_size: 16 };
const texts = Array.from({ length: 12 }, (_, row) => [`The ${row}th text of a column that nothing stands beside.`]);

const problemWith = (model_type: string, columns: readonly string[], rows: readonly (readonly string[])[]) =>
  guessedDataset({ columns, rows }, defaultRunConfig, new Set(), { ...size, model_type })?.dataset;

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
