import { describe, expect, test } from 'vitest';
import { recogniseColumns } from '../../data/columns.ts';
import { guessTable } from '../../tasks/guess.ts';
import { defaultRunConfig, parseRunConfig, type RunConfig } from '../../training/config/run-config.ts';
import type { DataSummary, ModelSummary } from '../../worker/protocol.ts';
import type { Studio } from '../store.ts';
import { learnsTokens, readsOfAnswers, withLossNamed } from './facts.ts';
import { forTable, modelSettings } from './table-settings.ts';

function summaryOf(columns: readonly string[], row: (index: number) => readonly string[]): DataSummary {
  const rows = Array.from({ length: 60 }, (_, index) => row(index));
  const guess = guessTable({ columns, rows });
  return { columns, pictures: null, recognised: recogniseColumns(columns, rows), guess } as unknown as DataSummary;
}

const reviews = summaryOf(['text', 'label'], (at) => [`The parcel came ${at} days late.`, at % 2 ? 'good' : 'bad']);
const answers = summaryOf(['問い合わせ', '返信'], (at) => [`質問${at}`, `回答${at}`]);

const decoder = { reads: { kind: 'text', canWrite: true } } as unknown as ModelSummary;
const encoder = { reads: { kind: 'text', canWrite: false } } as unknown as ModelSummary;
const byNobody = { task: false, columns: false };

const opened = (table: DataSummary, before: Partial<Studio> = {}) =>
  forTable(table, {}, {
    config: defaultRunConfig,
    model: { value: null },
    own: [],
    ...before,
  } as unknown as Studio);

const asDataset = (dataset: Partial<RunConfig['dataset']>): RunConfig => ({
  ...defaultRunConfig,
  dataset: { ...defaultRunConfig.dataset, ...dataset },
});

const labelled = { problem_type: 'classification', prompt_column: ['text'], answer_column: 'label' };

test('what follows from a table has the keys of a run config alone', () => {
  const pairs = summaryOf(['prompt', 'chosen', 'rejected'], (at) => [`${at}?`, `yes ${at}`, `no ${at}`]);
  for (const table of [reviews, answers, pairs]) {
    const { config } = opened(table);
    expect(parseRunConfig(config)).toEqual(config);
  }
});

describe('pairs of answers', () => {
  const pairs = summaryOf(['prompt', 'chosen', 'rejected'], (at) => [`${at}?`, `yes ${at}`, `no ${at}`]);
  const learned = { problem_type: 'preference', prompt_column: ['prompt'], answer_column: 'chosen' };

  test('are learned with their usual loss, and other tables have theirs again', () => {
    const { config, own } = opened(pairs);
    expect(config.dataset).toMatchObject({ ...learned, rejected_answer_column: 'rejected' });
    expect(config.training.loss_function).toBe('DPO');
    const next = opened(answers, { config, own }).config;
    expect(next.dataset.problem_type).toBe('instruction');
    expect(next.training.loss_function).toBe('TokenAveragedCrossEntropy');
  });

  test('stay what the visitor chose, and are read anew for a model that cannot write', () => {
    const config = asDataset({ problem_type: 'preference' });
    expect(opened(pairs, { config, own: ['dataset.problem_type'] }).config.dataset).toMatchObject(learned);
    const answered = asDataset({ problem_type: 'instruction' });
    expect(opened(pairs, { config: answered, own: ['dataset.problem_type'] }).config.dataset.problem_type).toBe(
      'instruction',
    );
    expect(modelSettings(encoder, config, pairs, byNobody).dataset?.problem_type).not.toBe('preference');
  });
});

describe('data before the model', () => {
  test('of texts and labels: the label is learned, whatever model comes', () => {
    const { config } = opened(reviews);
    expect(config.dataset).toMatchObject(labelled);
    for (const model of [encoder, decoder])
      expect(modelSettings(model, config, reviews, byNobody).dataset).toMatchObject(labelled);
  });

  test('of questions and answers is read anew for an encoder, and again for a decoder', () => {
    const { config } = opened(answers);
    const asked = { problem_type: 'instruction', prompt_column: ['問い合わせ'], answer_column: '返信' };
    expect(config.dataset).toMatchObject(asked);
    const { dataset } = modelSettings(encoder, config, answers, byNobody);
    expect(dataset).toMatchObject({ problem_type: 'classification' });
    expect(modelSettings(decoder, asDataset(dataset!), answers, byNobody).dataset).toMatchObject(asked);
  });

  test('keeps what the visitor chose, of columns and of the task', () => {
    const byHand = asDataset({ problem_type: 'classification', prompt_column: ['label'], answer_column: 'text' });
    const columns = { task: false, columns: true };
    expect(modelSettings(decoder, byHand, reviews, columns).dataset).toMatchObject(byHand.dataset);
    const config = asDataset({ problem_type: 'instruction' });
    const { dataset } = opened(reviews, { config, own: ['dataset.problem_type'] }).config;
    expect(dataset).toMatchObject({ ...labelled, problem_type: 'instruction' });
    const asText = asDataset({ problem_type: 'text', prompt_column: [], answer_column: 'text' });
    expect(modelSettings(decoder, asText, reviews, { task: true, columns: false }).dataset).toMatchObject(
      asText.dataset,
    );
  });
});

test('columns chosen by hand are kept for a table that has them, and guessed for one that has not', () => {
  const config = asDataset({ problem_type: 'classification', prompt_column: ['label'], answer_column: 'text' });
  const own = ['dataset.problem_type', 'dataset.answer_column', 'training.epochs'];
  expect(opened(reviews, { config, own })).toMatchObject({ config, own });
  const other = opened(answers, { config, own });
  expect(other.own).toEqual(['dataset.problem_type', 'training.epochs']);
  expect(other.config.dataset.answer_column).not.toBe('text');
});

test('two texts are a pair until a model is opened that reads them as one, and others take the pair back', () => {
  const pairs = summaryOf(['sentence1', 'sentence2', 'label'], (at) => [
    `One is ${at}.`,
    `Two is ${at}.`,
    at % 2 ? 'same' : 'other',
  ]);
  const pair = { prompt_column: ['sentence1'], text_pair_column: 'sentence2' };
  const { config } = opened(pairs);
  expect(config.dataset).toMatchObject({ ...pair, problem_type: 'classification' });
  const withModel = (model: ModelSummary) => modelSettings(model, config, pairs, byNobody).dataset;
  expect(withModel(encoder)).toMatchObject(pair);
  expect(withModel(decoder)).toMatchObject({ prompt_column: ['sentence1', 'sentence2'], text_pair_column: '' });
  expect(opened(reviews, { config }).config.dataset).toMatchObject({ ...labelled, text_pair_column: '' });
});

test('sentences are embedded by an encoder alone: a decoder learns the same table as it did without', () => {
  const scored = summaryOf(['sentence1', 'sentence2', 'score'], (at) => [`One ${at}.`, `Two ${at}.`, `${at / 60}`]);
  const belonging = summaryOf(['anchor', 'positive'], (at) => [`One ${at}.`, `Two ${at}.`]);
  for (const [table, task, otherwise] of [
    [scored, 'sentence-similarity', { problem_type: 'regression', prompt_column: ['sentence1', 'sentence2'] }],
    [belonging, 'sentence-embeddings', { problem_type: 'instruction', prompt_column: ['anchor'] }],
  ] as const) {
    const { config } = opened(table);
    expect(config.dataset.problem_type).toBe(task);
    expect(modelSettings(encoder, config, table, byNobody).dataset!.problem_type).toBe(task);
    expect(modelSettings(decoder, config, table, byNobody).dataset).toMatchObject(otherwise);
    expect(opened(table, { model: { value: decoder } } as Partial<Studio>).config.dataset).toMatchObject(otherwise);
  }
});

test('a second text that another task read is named no more', () => {
  const talk = summaryOf(['question', 'answer'], (at) => [`${at}?`, `yes ${at}`]);
  const config = asDataset({ problem_type: 'classification', text_pair_column: 'answer' });
  expect(opened(talk, { config }).config.dataset).toMatchObject({ problem_type: 'instruction', text_pair_column: '' });
  const chosen = { task: false, columns: true };
  const instructed = asDataset({ problem_type: 'instruction', text_pair_column: 'answer' });
  expect(modelSettings(decoder, instructed, talk, chosen).dataset!.text_pair_column).toBe('');
});

test('pairs whose config names no loss are trained with DPO: so it is shown, with what it reads', () => {
  const config = asDataset({ problem_type: 'preference' });
  expect(withLossNamed(config).training.loss_function).toBe('DPO');
  for (const shown of [config, withLossNamed(config)]) {
    expect(readsOfAnswers(shown, 'beta')).toBe(true);
    expect(readsOfAnswers(shown, 'simpo_gamma')).toBe(false);
  }
  const simpo = { ...config, training: { ...config.training, loss_function: 'SimPO' as const } };
  expect(withLossNamed(simpo)).toBe(simpo);
  expect(withLossNamed(asDataset({})).training.loss_function).toBe('TokenAveragedCrossEntropy');
});

test('of vectors of texts and of labels no token is learned by itself', () => {
  const types = [
    'instruction',
    'preference',
    'masked-language-modeling',
    'classification',
    'sentence-embeddings',
  ] as const;
  expect(types.filter((problem_type) => learnsTokens({ problem_type }))).toEqual(types.slice(0, 3));
});
