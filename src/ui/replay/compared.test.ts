import { expect, test } from 'vitest';
import { defaultRunConfig } from '../../training/config/run-config.ts';
import type { SharedView, StepMetrics } from '../../worker/protocol.ts';
import { agreementOf, comparedParts, differingKeys } from './compared.ts';

const hash = (letter: string) => letter.repeat(64);
const hashes = { commit: null, weights: hash('a'), tokenizer: hash('b'), config: hash('c') };
const shared = (more: Partial<SharedView> = {}): SharedView =>
  ({
    model: { source: { kind: 'example' }, hashes },
    data: { table: hash('d'), validation: null, rows: hash('e'), training: 10 },
    detail: { config: defaultRunConfig },
    leftOut: [],
    ...more,
  }) as unknown as SharedView;
const here = { hasModel: true, hasTable: true, hasValidation: false };
const open = { model: hashes, table: hash('d'), validation: null };
const states = (...given: Parameters<typeof comparedParts>) =>
  Object.fromEntries(comparedParts(...given).map(({ part, state }) => [part, state]));

test('each part is the same, another, not there or not known', () => {
  const same = { weights: 'same', tokenizer: 'same', config: 'same', table: 'same' };
  expect(states(shared(), { ...here, identity: open })).toEqual(same);
  const other = { ...open, model: { ...hashes, tokenizer: hash('f') }, table: hash('g') };
  expect(states(shared(), { ...here, identity: other })).toEqual({ ...same, tokenizer: 'differs', table: 'differs' });
  expect(states(shared(), { ...here, hasTable: false, identity: open })).toEqual({ ...same, table: 'missing' });
  expect(states(shared(), { ...here, identity: { ...open, model: null } })).toMatchObject({ weights: 'unknown' });
  const without = shared({ model: { source: { kind: 'example' }, hashes: null } });
  expect(states(without, { ...here, identity: open })).toMatchObject({ weights: 'unknown', table: 'same' });
  expect(states(shared(), { ...here, identity: null })).toMatchObject({ weights: 'checking' });
});

test('the rows that a run has read are compared too, and a table to validate with where there was one', () => {
  expect(states(shared(), { ...here, identity: { ...open, rows: hash('e') } })).toMatchObject({ rows: 'same' });
  expect(states(shared(), { ...here, identity: { ...open, rows: hash('f') } })).toMatchObject({ rows: 'differs' });
  const dataset = { ...defaultRunConfig.dataset, validation_strategy: 'custom' as const };
  const detail = { config: { ...defaultRunConfig, dataset } } as SharedView['detail'];
  const own = shared({ detail, data: { ...shared().data, validation: hash('v') } });
  expect(states(own, { ...here, identity: open })).toMatchObject({ validation: 'missing' });
});

test('a setting that was changed is named; what only names the files here, and what was kept back, is not', () => {
  const { training, dataset, logging } = defaultRunConfig;
  const config = {
    ...defaultRunConfig,
    training: { ...training, learning_rate: 0.5 },
    dataset: { ...dataset, train_dataframe: 'mine.csv' },
    logging: { ...logging, sample_prompts: ['mine'] },
  };
  expect(differingKeys(shared({ leftOut: ['logging.sample_prompts'] }), config)).toEqual(['training.learning_rate']);
  expect(differingKeys(shared(), config)).toContain('logging.sample_prompts');
});

const course = (losses: readonly number[], evaluated: Readonly<Record<number, number>> = {}): StepMetrics[] =>
  losses.map((loss, at) => ({
    ...{ step: at + 1, epoch: 0, loss, learningRate: 0, gradNorm: 0, tokens: 0 },
    ...(evaluated[at + 1] === undefined ? {} : { evalLoss: evaluated[at + 1]! }),
  }));

test('curves are the same to the digits that are shared, agree but for rounding, or differ where that is said', () => {
  const ours = course([2.123456789, 1.987654321, 1.5], { 3: 1.75 });
  const theirs = course([2.123457, 1.987654, 1.5], { 3: 1.75 });
  expect(agreementOf(theirs, ours)).toMatchObject({ kind: 'same', compared: 4, of: 4 });
  expect(agreementOf(course([2.123457, 1.98766, 1.5]), ours)).toMatchObject({ kind: 'close', largest: { step: 2 } });
  expect(agreementOf(course([2.123457, 1.987654, 1.6]), ours)).toMatchObject({ kind: 'apart', largest: { step: 3 } });
  expect(agreementOf(course([2.123457, 1.987654, 1.5], { 3: 1.8 }), ours).kind).toBe('apart');
});

test('steps that were not reached are counted, and a loss that is no number agrees with none', () => {
  const theirs = course([2, 1, 0.5]);
  expect(agreementOf(theirs, course([2, 1]))).toMatchObject({ kind: 'same', compared: 2, of: 3 });
  expect(agreementOf(theirs, [])).toEqual({ kind: 'none', compared: 0, of: 3, largest: null });
  expect(agreementOf(theirs, course([2, Number.NaN, 0.5]))).toMatchObject({ kind: 'apart', largest: { step: 2 } });
  const thinned = theirs.filter(({ step }) => step !== 2);
  expect(agreementOf(thinned, theirs)).toMatchObject({ kind: 'same', compared: 2, of: 2 });
});
