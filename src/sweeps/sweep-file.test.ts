import { describe, expect, test } from 'vitest';
import { AppError, errorWording, fillTemplate } from '../errors.ts';
import { parseRunConfig } from '../training/config/run-config.ts';
import { trialConfig } from './configs.ts';
import { parseSweepFile, writeSweepFile } from './sweep-file.ts';
import { sweptKeys } from './swept-keys.ts';

const text = `
run: ../run.json
search: random
trials: 8
seed: 3
score: metric
halving: { rungs: [20, 40], keep: 0.25 }
settings:
  training.learning_rate: { from: 1e-4, to: 1e-2, scale: log }
  tuning.lora_r: [4, 8]
`;

test('a file says what is tried, and on what', async () => {
  expect(await parseSweepFile(text, 'sweep.yaml')).toEqual({
    run: '../run.json',
    config: null,
    sweep: {
      ...{ search: 'random', trials: 8, seed: 3, score: 'metric', halving: { rungs: [20, 40], keep: 0.25 } },
      settings: {
        'training.learning_rate': { from: 1e-4, to: 1e-2, scale: 'log', count: null },
        'tuning.lora_r': [4, 8],
      },
    },
  });
});

test('what is left out has its usual value', async () => {
  const { sweep, run, config } = await parseSweepFile('settings: { tuning.lora_r: { values: [4] } }', 'a.yaml');
  expect(sweep).toEqual({
    ...{ search: 'grid', trials: null, seed: null, score: 'validation_loss', halving: null },
    settings: { 'tuning.lora_r': [4] },
  });
  expect([run, config]).toEqual([null, null]);
});

test('what is written is read back the same, with its run config', async () => {
  const { sweep } = await parseSweepFile(text, 'sweep.yaml');
  const config = parseRunConfig({ training: { epochs: 3 } });
  const written = await writeSweepFile({ ...sweep, seed: 3 }, config);
  expect(await parseSweepFile(written, 'written.yaml')).toEqual({ sweep, run: null, config });
  const grid = { ...sweep, search: 'grid', trials: null, seed: 0, halving: null } as const;
  const counted = { ...grid, settings: { 'tuning.lora_r': { from: 1, to: 9, scale: 'linear', count: 3 } } } as const;
  expect((await parseSweepFile(await writeSweepFile(counted), 'b.yaml')).sweep).toEqual(counted);
});

const inWords = ({ code, params }: AppError) => fillTemplate(errorWording[code].cause, params);

describe('a file that is no sweep', () => {
  test.each([
    ['sweep: 1', 'sweep', 'it is not known'],
    ['setings: {}', 'setings', 'the nearest is settings'],
    ['settings: {}', 'settings', 'it names no setting'],
    ['settings: [tuning.lora_r]', 'settings', 'must be an object'],
    ['search: bayes\nsettings: { tuning.lora_r: [4] }', 'search', 'must be one of "grid", "random"'],
    ['search: random\nsettings: { tuning.lora_r: [4] }', 'trials', 'must be a whole number of at least 1'],
    ['trials: 3\nsettings: { tuning.lora_r: [4] }', 'trials', 'a grid makes every combination'],
    ['seed: -1\nsettings: { tuning.lora_r: [4] }', 'seed', 'must be a whole number from 0 to 4294967295'],
    ['settings: { tuning.lora_rr: [4] }', 'settings.tuning.lora_rr', 'the nearest is tuning.lora_r'],
    ['settings: { model.llm_backbone: [a] }', 'settings.model.llm_backbone', 'every run of a sweep has the same'],
    ['settings: { tuning.lora_r: 4 }', 'settings.tuning.lora_r', 'must be a list of values'],
    ['settings: { tuning.lora_r: [] }', 'settings.tuning.lora_r', 'must be a list of values'],
    ['settings: { tuning.lora_r: [4, 4] }', 'settings.tuning.lora_r', 'one value stands there twice'],
    ['settings: { tuning.lora_r: [4, 1.5] }', 'settings.tuning.lora_r', '1.5 must be a whole number'],
    ['settings: { tuning.lora_r: { from: 1, to: 8 } }', 'settings.tuning.lora_r.count', 'whole number of at least 2'],
    [
      'settings: { tuning.lora_r: { from: 8, to: 1, count: 2 } }',
      'settings.tuning.lora_r',
      'from must be a number below to',
    ],
    ['settings: { tuning.lora_r: { from: 1, to: 9, step: 2 } }', 'settings.tuning.lora_r.step', 'it is not known'],
    [
      'settings: { training.learning_rate: { from: 0, to: 1, scale: log, count: 3 } }',
      'settings.training.learning_rate.from',
      'begins above 0',
    ],
    [
      'settings: { training.schedule: { from: 0, to: 1, count: 3 } }',
      'settings.training.schedule',
      'only numbers have a range',
    ],
    ['halving: { rungs: [] }\nsettings: { tuning.lora_r: [4] }', 'halving.rungs', 'must be a list of updates'],
    ['halving: { rungs: [4, 4] }\nsettings: { tuning.lora_r: [4] }', 'halving.rungs', 'above the one before'],
    ['halving: { rungs: [4], keep: 1 }\nsettings: { tuning.lora_r: [4] }', 'halving.keep', 'above 0 and below 1'],
    ['run: a.json\nconfig: {}\nsettings: { tuning.lora_r: [4] }', 'config', 'there is "run" already'],
  ])('%s', async (given, key, reason) => {
    const error = await parseSweepFile(given, 'a.yaml').catch((thrown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'sweep-invalid', params: { key } });
    expect(inWords(error)).toContain(reason);
  });

  test('is told what of its run config is wrong', async () => {
    const given = 'config: { training: { epochs: -1 } }\nsettings: { tuning.lora_r: [4] }';
    await expect(parseSweepFile(given, 'a.yaml')).rejects.toMatchObject({ code: 'run-config-invalid' });
    await expect(parseSweepFile('[1', 'a.yaml')).rejects.toMatchObject({ code: 'settings-unreadable' });
  });
});

test('a run has the values of its own, and the seed of the sweep where none is said', () => {
  const base = parseRunConfig({ training: { epochs: 3 } });
  const made = trialConfig(base, { seed: 5 }, { 'training.learning_rate': 0.5, 'tuning.lora_r': 2 });
  expect(made).toEqual({
    ...base,
    training: { ...base.training, learning_rate: 0.5 },
    tuning: { ...base.tuning, lora_r: 2 },
    environment: { ...base.environment, seed: 5 },
  });
  const seeded = parseRunConfig({ environment: { seed: 9 } });
  expect(trialConfig(seeded, { seed: 5 }, {}).environment.seed).toBe(9);
  expect(trialConfig(seeded, { seed: 5 }, { 'environment.seed': 2 }).environment.seed).toBe(2);
});

test('whatever may be tried is a setting', () => {
  expect(sweptKeys).toContain('training.learning_rate');
  expect(sweptKeys).not.toContain('dataset.train_dataframe');
});
