import { describe, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import type { RecipeFacts } from '../training/config/recipes.ts';
import { parseRunConfig, type RunConfig } from '../training/config/run-config.ts';
import type { Client } from '../worker/client.ts';
import type { DataSource, RequestName } from '../worker/protocol.ts';
import { preflight } from './checks.ts';
import { createStudio } from './studio.ts';

const model = {
  ...{ name: 'm', head: 'causal', parameters: [], totalParameters: 8, hiddenSize: 128 },
  reads: { kind: 'text', canWrite: true, maxPositions: 512 },
};
const table = (columns: readonly string[]) => ({
  ...{ name: 'own.csv', columns, rowCount: 60 },
  recognised: {
    prompt_column: [columns[0]],
    answer_column: columns[1],
    problem_type: 'instruction',
    messages_column: '',
  },
  guess: {
    problem_type: 'instruction',
    otherwise: 'instruction',
    columns: { instruction: { prompt_column: [columns[0]], answer_column: columns[1], reasons: {} } },
  },
});
const lengths = { mean: 90, median: 88, high: 140, longest: 150 };
const facts: RecipeFacts = { rows: 60, lengths, learnsLabels: false, parameters: 1e6, hiddenSize: 128, reach: 512 };
const example = parseRunConfig({
  dataset: { prompt_template: 'custom', text_answer_separator: '\n', validation_size: 0.15 },
  tokenizer: { max_length: 64 },
  tuning: { lora_r: 8, lora_target_modules: ['model.layers.2.self_attn.q_proj'] },
  training: { learning_rate: 1e-2, max_steps: 60, warmup_steps: 4 },
  environment: { experiment_name: 'cat', seed: 1 },
});

/** A page whose worker answers at once; `previewed` are the configs that the rows were looked at with. */
function studioWith(given: { facts?: RecipeFacts | null; read?: object } = {}) {
  const previewed: RunConfig[] = [];
  const answers: { readonly [R in RequestName]?: (params: never) => unknown } = {
    openModel: () => model,
    openData: ({ source }: { source: DataSource }) =>
      table(source.kind === 'example' ? ['instruction', 'output'] : ['question', 'answer']),
    measureRows: () => ({ facts: given.facts === undefined ? facts : given.facts }),
    previewData: ({ config }: { config: RunConfig }) => {
      previewed.push(config);
      return { totalSteps: 5, stepsPerEpoch: 13, problem: null };
    },
    previewTuning: () => ({
      trainedParameters: 4,
      totalParameters: 8,
      states: [],
      adapterModules: [],
      warnings: [],
      exports: [],
      model: null,
    }),
    estimate: () => ({ step: { peakBytes: 1, seconds: 1 } }),
    exampleConfig: () => example,
    startRun: () => null,
    readConfig: () => given.read,
  };
  const client: Client = {
    async request(name, params) {
      const answer = answers[name] as ((params: unknown) => unknown) | undefined;
      if (!answer) throw new AppError('internal', { reason: name });
      return answer(params) as never;
    },
    on: () => () => {},
  };
  const { store, commands } = createStudio(client, () => {});
  return { store, commands, previewed, config: () => store.getState().config };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const file = { kind: 'file', name: 'own.csv', blob: new Blob() } as const;

describe('the form', () => {
  test('follows from the rows as soon as they are there, before these are looked at', async () => {
    const { commands, config, previewed } = studioWith();
    await commands.openModel({ kind: 'example' });
    await commands.openData(file);
    await settled();
    expect(config().tokenizer.max_length).toBe(160);
    expect(config().training).toMatchObject({ recipe: 'balanced', epochs: 13, batch_size: 4, save_checkpoint: 'best' });
    expect(previewed.map(({ tokenizer }) => tokenizer.max_length)).toEqual([160]);
  });

  test('keeps what the visitor set, before the rows are there and after, whichever recipe is taken', async () => {
    const { commands, config, store } = studioWith();
    commands.set('training', 'learning_rate', 0.0061);
    await commands.openModel({ kind: 'example' });
    await commands.openData(file);
    await settled();
    commands.set('tokenizer', 'max_length', 96);
    for (const name of ['quick-look', 'thorough', 'balanced'] as const) {
      commands.setRecipe(name);
      await settled();
      expect(config().training).toMatchObject({ recipe: name, learning_rate: 0.0061 });
      expect(config().tokenizer.max_length).toBe(96);
    }
    commands.backToRecipe('tokenizer.max_length');
    expect(config().tokenizer.max_length).toBe(160);
    expect(config().training.learning_rate).toBe(0.0061);
    commands.backToRecipe();
    expect(config().training.learning_rate).not.toBe(0.0061);
    expect(store.getState().own).toEqual([]);
  });

  test('goes with the method: another one has another rate', async () => {
    const { commands, config } = studioWith();
    await commands.openModel({ kind: 'example' });
    await commands.openData(file);
    await settled();
    const lora = config().training.learning_rate;
    commands.takeConfig({ ...config(), tuning: { ...config().tuning, method: 'full' } });
    expect(config().training.learning_rate).toBeLessThan(lora);
    commands.undo();
    expect(config().training.learning_rate).toBe(lora);
  });

  test('stays as it is where the rows cannot be read', async () => {
    const { commands, config, store } = studioWith({ facts: null });
    await commands.openModel({ kind: 'example' });
    const before = config().training;
    await commands.openData(file);
    await settled();
    expect(config().training).toBe(before);
    expect(store.getState().facts).toBeNull();
  });

  test('that a file was loaded into keeps all that the file says', async () => {
    const loaded = parseRunConfig({ training: { recipe: 'balanced', epochs: 3 } });
    const read = { config: loaded, written: ['training.recipe', 'training.epochs'], format: 'run-config', notes: [] };
    const { commands, config } = studioWith({ read });
    await commands.openModel({ kind: 'example' });
    await commands.openData(file);
    await settled();
    await commands.loadConfig(new Blob(), 'run.json');
    expect(config().training).toMatchObject({ epochs: 3, batch_size: 4 });
    commands.setRecipe('thorough');
    expect(config().training.epochs).toBe(3);
  });
});

describe('what came with the example', () => {
  test('is its own, and no recipe changes it', async () => {
    const { commands, config } = studioWith();
    await commands.tryExample();
    await settled();
    expect(config()).toEqual(example);
  });

  test('leaves with it when another table is opened', async () => {
    const { commands, config } = studioWith();
    await commands.tryExample();
    await settled();
    await commands.openData(file);
    await settled();
    expect(config().tokenizer.max_length).toBe(160);
    expect(config().training).toMatchObject({ recipe: 'balanced', max_steps: 0, warmup_steps: 0 });
    expect(config().training.learning_rate).toBeLessThan(1e-2);
    expect(config().dataset).toMatchObject({
      prompt_template: 'chat',
      text_answer_separator: '<|answer|>',
      prompt_column: ['question'],
      answer_column: 'answer',
    });
    expect(config().tuning.lora_target_modules).toBe('');
    expect(config().environment.experiment_name).toBe('');
  });

  test('leaves with it when another model is opened, and its table is read as before', async () => {
    const { commands, config } = studioWith();
    await commands.tryExample();
    await settled();
    await commands.openModel({ kind: 'files', files: [{ path: 'm/config.json', blob: new Blob() }] });
    await settled();
    expect(config().tokenizer.max_length).toBe(160);
    expect(config().dataset).toMatchObject({
      prompt_column: ['instruction'],
      answer_column: 'output',
      prompt_template: 'chat',
    });
    expect(config().model.llm_backbone).toBe('m');
  });

  test('stays where the visitor set it', async () => {
    const { commands, config } = studioWith();
    await commands.tryExample();
    await settled();
    commands.set('training', 'learning_rate', 2e-2);
    commands.set('environment', 'experiment_name', 'dogs');
    await commands.openData(file);
    await settled();
    expect(config().training.learning_rate).toBe(2e-2);
    expect(config().environment.experiment_name).toBe('dogs');
    expect(config().tokenizer.max_length).toBe(160);
  });
});

test('a rate that does not work is on the list before the start, and holds nothing back', async () => {
  const { commands, store } = studioWith();
  await commands.openModel({ kind: 'example' });
  await commands.openData(file);
  await settled();
  const values = () => preflight(store.getState()).find(({ id }) => id === 'values');
  expect(values()).toBeUndefined();
  commands.set('training', 'learning_rate', 50);
  expect(values()).toMatchObject({ ok: false, warning: true, values: [{ kind: 'rate-high', weight: 'severe' }] });
});
