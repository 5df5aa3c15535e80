import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { defaultRunConfig, parseRunConfig, type RunConfig } from '../run-config.ts';
import { readConfigText as readNamed, writeConfigText } from './read.ts';

const readConfigText = (text: string) => readNamed(text, 'the file');

const config: RunConfig = parseRunConfig({
  model: { llm_backbone: 'owner/model', revision: 'v1', weights: 'nf4' },
  dataset: {
    train_dataframe: 'rows.csv',
    validation_strategy: 'custom',
    validation_dataframe: 'held-out.csv',
    prompt_column: ['question', 'context'],
    answer_column: 'answer',
    prompt_template: 'custom',
    text_prompt_start: '### Q\n',
    text_answer_separator: '\n### A\t',
    mask_prompt_labels: false,
  },
  tokenizer: { max_length: 768, padding_quantile: 0.9 },
  architecture: { gradient_checkpointing: 'on' },
  tuning: { lora_r: 12, lora_alpha: 24, lora_dropout: 0.1, lora_target_modules: ['q_proj', 'up_proj'], use_dora: true },
  training: {
    learning_rate: 3e-4,
    batch_size: 4,
    grad_accumulation: 2,
    epochs: 2,
    schedule: 'Linear',
    gradient_clip: 0.7,
    weight_decay: 0.01,
    drop_last_batch: false,
  },
  environment: { seed: 7, experiment_name: 'round trip', output_directory: 'out' },
});

describe('H2O LLM Studio', () => {
  test('a run config comes back from cfg.yaml as it was', async () => {
    const { text, fileName, lost } = await writeConfigText(config, 'h2o');
    expect(fileName).toBe('cfg.yaml');
    expect(lost).toEqual([]);
    expect(parse(text)).toMatchObject({
      llm_backbone: 'owner/model',
      problem_type: 'text_causal_language_modeling',
      architecture: { backbone_dtype: 'int4', gradient_checkpointing: true },
      dataset: { text_prompt_start: '### Q\\n', system_column: 'None' },
      training: { lora: true, lora_r: 12, lora_target_modules: 'q_proj,up_proj' },
    });
    const back = await readConfigText(text);
    expect(back.format).toBe('h2o');
    expect(back.config).toEqual(config);
    expect(back.notes.filter(({ reason }) => reason && reason !== 'no-effect')).toEqual([]);
  });

  test('keys of older releases are taken, those of its machine and those unknown are told apart', async () => {
    const { config: read, notes } = await readConfigText(
      [
        'llm_backbone: a/b',
        'training:',
        '  lora: false',
        '  freeze_layers: [embed, layers.0]',
        '  save_best_checkpoint: false',
        '  learning_rate: fast',
        'tokenizer: {max_length_prompt: 256, use_fast: true}',
        'dataset: {prompt_column: instruction, system_column: None, made_up: 1}',
        'environment: {gpus: ["0"], mixed_precision: false}',
      ].join('\n'),
    );
    expect(read.tuning).toMatchObject({ method: 'full', train_parameters: [{ regex: '^(?!.*(?:embed|layers\\.0))' }] });
    expect(read.tokenizer.max_length_prompt).toBe(256);
    expect(read.dataset).toMatchObject({ prompt_column: ['instruction'], system_column: '' });
    expect(read.training).toMatchObject({ save_checkpoint: 'last', learning_rate: 1e-4 });
    expect(read.environment.mixed_precision).toBe('f32');
    const left = Object.fromEntries(notes.flatMap(({ key, reason }) => (reason ? [[key, reason]] : [])));
    expect(left).toEqual({
      'tokenizer.use_fast': 'elsewhere',
      'dataset.system_column': 'no-effect',
      'environment.gpus': 'elsewhere',
      'dataset.made_up': 'unknown',
      'training.learning_rate': {
        value: 'fast',
        allowed: 'a number of at least 0',
        ours: 'training.learning_rate',
        instead: 1e-4,
      },
    });
  });

  test('what would be something else when it is read back is named', async () => {
    const more = parseRunConfig({ training: { max_steps: 5 }, tuning: { method: 'prefix', lora_plus_ratio: 4 } });
    // The model's own chat template has no name there, nor has "automatic" for computing layers again.
    expect((await writeConfigText(more, 'h2o')).lost).toEqual([
      'dataset.prompt_template',
      'architecture.gradient_checkpointing',
      'tuning.method',
      'tuning.lora_plus_ratio',
      'training.max_steps',
    ]);
    const everywhere = parseRunConfig({ ...config, tuning: { lora_target_modules: 'all-linear' } });
    expect((await writeConfigText(everywhere, 'h2o')).lost).toEqual([]);
  });
});

describe('Hugging Face arguments', () => {
  test('a run config comes back from training arguments as far as they reach', async () => {
    const { text, lost } = await writeConfigText(config, 'hugging-face');
    const file = JSON.parse(text);
    expect(file).toMatchObject({
      per_device_train_batch_size: 4,
      max_steps: -1,
      lr_scheduler_type: 'linear',
      load_in_4bit: true,
      use_peft: true,
    });
    const back = await readConfigText(text);
    expect(back.format).toBe('hugging-face');
    expect(back.notes.filter(({ reason }) => reason && reason !== 'no-effect')).toEqual([]);
    const unsaid = Object.fromEntries(
      lost.map((key) => key.split('.') as ['dataset', string]).map(([section, key]) => [`${section}.${key}`, true]),
    );
    for (const [section, keys] of Object.entries(config)) {
      for (const [key, value] of Object.entries(keys)) {
        const at = `${section}.${key}`;
        if (!unsaid[at]) expect(back.config[section as 'dataset'][key as 'answer_column'], at).toEqual(value);
      }
    }
    expect(lost).toContain('dataset.answer_column');
  });

  test('what transformers takes by default is what a file means that does not say it', async () => {
    const { config: read, notes } = await readConfigText(
      '{"output_dir": "out", "learning_rate": 2e-5, "report_to": "none"}',
    );
    expect(read.training).toMatchObject({ learning_rate: 2e-5, batch_size: 8, epochs: 3, schedule: 'Linear' });
    expect(notes.find(({ key }) => key === 'num_train_epochs')?.implied).toBe(true);
    expect(notes.find(({ key }) => key === 'report_to')?.reason).toBe('elsewhere');
  });
});

test('a run config is read strictly, whatever it is written in', async () => {
  const { text } = await writeConfigText(config, 'run-config');
  expect((await readConfigText(text)).config).toEqual(config);
  expect((await readConfigText('training: {batch_size: 8}')).config.training.batch_size).toBe(8);
  expect((await readConfigText('{}')).config).toEqual(defaultRunConfig);
  await expect(readConfigText('{"trainin": {}}')).rejects.toMatchObject({ code: 'run-config-unknown-key' });
  for (const broken of ['{"a": ', 'a: [1', '- 1', 'x'])
    await expect(readConfigText(broken), broken).rejects.toMatchObject({ code: 'settings-unreadable' });
});

test.each([
  ['{"training":{"learning_rate":NaN}}', 'at line 1, column 30 stands NaN, which JSON does not have'],
  ['{"training":{\n"learning_rate": -Infinity}}', 'at line 2, column 18 stands -Infinity, which JSON does not have'],
  ['{"note":"NaN","a":1', 'it ends before its last bracket is closed'],
  ['{"training":{"epochs":1,\n"epochs":2}}', 'the key "epochs" stands twice, again at line 2, column 1'],
  ['{"training":{"epochs":1,"\\u0065pochs":2}}', 'the key "epochs" stands twice'],
])('%s is not read: %s', async (text, reason) => {
  await expect(readConfigText(text)).rejects.toThrow(reason);
});

test('a key may stand in several objects, and in texts', async () => {
  const { config: read } = await readConfigText(
    '{"environment":{"experiment_name":"{\\"seed\\":1,\\"seed\\":2"},"training":{"epochs":2},"prediction":{}}',
  );
  expect(read.training.epochs).toBe(2);
  expect(read.environment.experiment_name).toBe('{"seed":1,"seed":2');
});

test('what is no name is told, and a number as it was written', async () => {
  const { config: read, notes } = await readConfigText(
    'base_model: a/b\nadapter: lora\nlora_target_modules: {a: b}\nnum_epochs: .inf\nlora_alpha: .nan\ndatasets: [{path: a.csv, type: alpaca}]',
  );
  expect(read.tuning.lora_target_modules).toBe('');
  const refused = notes.flatMap(({ key, reason }) =>
    typeof reason === 'object' && 'value' in reason ? [[key, reason.value]] : [],
  );
  expect(Object.fromEntries(refused)).toEqual({
    lora_target_modules: { a: 'b' },
    num_epochs: Number.POSITIVE_INFINITY,
    lora_alpha: Number.NaN,
  });
  const h2o = await readConfigText(
    'llm_backbone: a/b\ntraining: {lora: false, freeze_layers: {a: b}, lora_target_modules: [{a: b}]}\ndataset: {prompt_column: {a: b}, answer_column: [[x]]}\ntokenizer: {}',
  );
  expect(h2o.config).toMatchObject({ tuning: { lora_target_modules: '', train_parameters: [] } });
  for (const key of ['training.freeze_layers', 'training.lora_target_modules', 'dataset.prompt_column'])
    expect(h2o.notes.find((note) => note.key === key)?.reason, key).toHaveProperty('value');
});
