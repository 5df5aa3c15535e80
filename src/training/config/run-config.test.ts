import { expect, test } from 'vitest';
import { AppError } from '../../errors.ts';
import qwen from '../../models/golden/qwen2.5-0.5b.json';
import { modelFromConfig } from '../../models/registry.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { defaultRunConfig, parseRunConfig, settings, withSeed } from './run-config.ts';

/** The whole run config that the project's description of settings ends with. */
const whole = {
  model: { llm_backbone: './model', revision: 'main', weights: 'as-published' },
  dataset: {
    train_dataframe: './data.csv',
    prompt_column: ['instruction'],
    prompt_column_separator: '\n\n',
    answer_column: 'output',
    problem_type: 'instruction',
    prompt_template: 'custom',
    text_prompt_start: '',
    text_answer_separator: '\n',
    add_eos_token_to_prompt: false,
    add_eos_token_to_answer: true,
    mask_prompt_labels: true,
    validation_strategy: 'automatic',
    validation_size: 0.01,
    validation_dataframe: '',
  },
  tokenizer: { max_length: 512, padding_quantile: 1.0, packing: false },
  architecture: { gradient_checkpointing: 'auto', intermediate_dropout: 0 },
  tuning: {
    method: 'lora',
    lora_r: 8,
    lora_alpha: 16,
    lora_dropout: 0.05,
    lora_target_modules: ['q_proj', 'v_proj'],
    use_rslora: false,
    use_dora: false,
    train_parameters: [{ contains: 'layers.2.' }],
    init_from: '',
  },
  training: {
    loss_function: 'TokenAveragedCrossEntropy',
    optimizer: 'AdamW',
    learning_rate: 1e-4,
    batch_size: 2,
    grad_accumulation: 1,
    epochs: 1,
    max_steps: 0,
    shuffle: true,
    drop_last_batch: true,
    schedule: 'Cosine',
    warmup_steps: 0,
    weight_decay: 0,
    gradient_clip: 0,
    save_checkpoint: 'last',
    evaluation_epochs: 1.0,
  },
  prediction: { metric: 'Perplexity', max_length_inference: 256, do_sample: false },
  environment: { executor: 'auto', mixed_precision: 'auto', seed: 1 },
};

function errorOf(json: unknown): AppError {
  try {
    parseRunConfig(json);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('the config was accepted');
}

test('a whole run config is read, and saving and loading it again changes nothing', () => {
  const config = parseRunConfig(whole);
  expect(config).toMatchObject(whole);
  expect(parseRunConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
});

test('force_embedding_gradients of older H2O LLM Studio trains the token embedding, once however often it is read', () => {
  const config = parseRunConfig({ architecture: { force_embedding_gradients: true } });
  expect(config.tuning.train_parameters).toEqual([{ input_embedding: true }]);
  expect(parseRunConfig(config)).toEqual(config);
  expect(resolveTuning(modelFromConfig(qwen), config.tuning).trained.has('model.embed_tokens.weight')).toBe(true);
});

test('a key that is left out has its default', () => {
  expect(parseRunConfig({ training: { epochs: 3 } })).toEqual({
    ...defaultRunConfig,
    training: { ...defaultRunConfig.training, epochs: 3 },
  });
  expect(defaultRunConfig).toMatchObject({
    dataset: { validation_size: 0.01, mask_prompt_labels: true },
    tokenizer: { max_length: 512, padding_quantile: 1 },
    tuning: { method: 'lora', lora_r: 4, lora_alpha: 16, lora_dropout: 0.05 },
    training: { learning_rate: 1e-4, batch_size: 2, drop_last_batch: true, epochs: 1, schedule: 'Cosine' },
    prediction: { min_length_inference: 2, max_length_inference: 256 },
    environment: { seed: -1 },
  });
});

test.each([
  [{ training: { learning_rat: 1 } }, 'training.learning_rat', 'training.learning_rate'],
  [{ learning_rate: 1 }, 'learning_rate', 'training.learning_rate'],
  [{ trainning: {} }, 'trainning', 'training'],
  [{ tuning: { lora_rank: 1 } }, 'tuning.lora_rank', 'tuning.lora_r'],
  [{ training: { lora_alpha: 1 } }, 'training.lora_alpha', 'tuning.lora_alpha'],
])('an unknown key %j is refused with the nearest known one', (json, key, nearest) => {
  expect(errorOf(json)).toMatchObject({ code: 'run-config-unknown-key', params: { key, nearest } });
});

test.each([
  [{ hello: 1 }, 'hello'],
  [{ training: { zz_top: 1 } }, 'training.zz_top'],
])('an unknown key %j that resembles none is refused without a guess', (json, key) => {
  expect(errorOf(json)).toMatchObject({ code: 'run-config-strange-key', params: { key } });
});

test.each([
  [{ training: { batch_size: 0 } }, 'training.batch_size'],
  [{ training: { batch_size: 1.5 } }, 'training.batch_size'],
  [{ training: { learning_rate: '1e-4' } }, 'training.learning_rate'],
  [{ training: { learning_rate: Number.NaN } }, 'training.learning_rate'],
  [{ training: { schedule: 'cosine' } }, 'training.schedule'],
  [{ training: null }, 'training'],
  [{ tuning: { train_parameters: [3] } }, 'tuning.train_parameters'],
  [[], '(whole file)'],
])('a wrong value in %j is named by its dotted key', (json, key) => {
  expect(errorOf(json)).toMatchObject({ code: 'run-config-invalid', params: { key } });
});

test.each([';', '、', '\t', ''])('the delimiter may be %j', (delimiter) => {
  expect(parseRunConfig({ dataset: { delimiter } }).dataset.delimiter).toBe(delimiter);
});

test.each(['tab', 'Tab', '\\t'])('the delimiter %j is the tab', (delimiter) => {
  expect(parseRunConfig({ dataset: { delimiter } }).dataset.delimiter).toBe('\t');
});

test.each([';;', 'comma', '"', '\n', '\r', 5])('the delimiter %j is refused', (delimiter) => {
  expect(errorOf({ dataset: { delimiter } })).toMatchObject({
    ...{ code: 'run-config-invalid', params: { key: 'dataset.delimiter' } },
  });
});

test('every form bound lies inside what a file may say, and holds the default', () => {
  for (const [section, keys] of Object.entries(settings)) {
    for (const [key, setting] of Object.entries(keys)) {
      if (!('form' in setting) || !setting.form) continue;
      const [minimum, maximum] = setting.form;
      const name = `${section}.${key}`;
      expect(setting.default, name).toBeLessThanOrEqual(maximum);
      for (const value of [minimum, maximum]) {
        expect(() => parseRunConfig({ [section]: { [key]: value } }), name).not.toThrow();
      }
    }
  }
});

test('one column may be written without brackets', () => {
  expect(parseRunConfig({ dataset: { prompt_column: 'question' } }).dataset.prompt_column).toEqual(['question']);
});

test('seed -1 becomes a fresh one, and a given seed stays', () => {
  expect(withSeed(defaultRunConfig).environment.seed).toBeGreaterThanOrEqual(0);
  expect(withSeed(parseRunConfig(whole)).environment.seed).toBe(1);
});
