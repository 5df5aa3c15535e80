import { describe, expect, test } from 'vitest';
import { parseRunConfig, type RunConfig } from '../run-config.ts';
import defaults from './golden/defaults.json' with { type: 'json' };
import { toH2o } from './h2o.ts';
import { toHuggingFace } from './hugging-face.ts';
import { readConfigText } from './read.ts';

const read = async (file: unknown) => {
  const found = await readConfigText(typeof file === 'string' ? file : JSON.stringify(file), 'settings');
  const left = Object.fromEntries(found.notes.flatMap(({ key, reason }) => (reason ? [[key, reason]] : [])));
  return { ...found, left };
};

/** Files that say nothing, and the same with every default of the other program written out as it writes them. */
const spelledOut = {
  'transformers TrainingArguments': [{ model_name_or_path: 'm' }, [defaults.TrainingArguments]],
  'TRL SFTConfig and ModelConfig': [
    { model_name_or_path: 'm', use_peft: true },
    [defaults.TrainingArguments, defaults.SFTConfig, defaults.ModelConfig],
  ],
  'LLaMA-Factory': [
    { model_name_or_path: 'm', cutoff_len: 2048 },
    [
      defaults.TrainingArguments,
      defaults['LLaMA-Factory data'],
      defaults['LLaMA-Factory LoRA'],
      defaults['LLaMA-Factory freeze'],
      defaults['LLaMA-Factory'],
    ],
  ],
  axolotl: [
    { base_model: 'm', learning_rate: 1e-4, adapter: 'lora', lora_r: 8, lora_alpha: 16 },
    [defaults.axolotl, defaults['axolotl training'], defaults['axolotl LoRA']],
  ],
} as const;

/** Without what decides memory and charts only. */
const learned = ({ logging, architecture, ...config }: RunConfig) => ({
  ...config,
  architecture: { ...architecture, gradient_checkpointing: '' },
});

describe.each(Object.entries(spelledOut))('a file of %s', (_, [short, written]) => {
  const whole = { ...Object.assign({}, ...written), ...short };

  test('means the same with every default written out as with none', async () => {
    expect(learned((await read(whole)).config)).toEqual(learned((await read(short)).config));
  });

  test('has no key that is unknown here, and no default that is said to change something', async () => {
    const left = Object.entries((await read(whole)).left);
    expect(left.filter(([, reason]) => reason === 'unknown')).toEqual([]);
    const allowed = ['excess_length_strategy', 'completion_only_loss'];
    expect(left.filter(([key, reason]) => typeof reason === 'object' && !allowed.includes(key))).toEqual([]);
  });
});

describe('Hugging Face arguments', () => {
  test('without use_peft and lora_r mean full fine-tuning, and a warm-up below 1 is a share', async () => {
    const { config } = await read({
      model_name_or_path: 'm',
      output_dir: 'o',
      learning_rate: 2e-5,
      warmup_steps: 0.1,
      num_train_epochs: 2,
    });
    expect(config.tuning).toMatchObject({ method: 'full', train_parameters: [] });
    expect(config.training).toMatchObject({ learning_rate: 2e-5, warmup_steps: 0, warmup_ratio: 0.1, epochs: 2 });
    expect(config.dataset.validation_strategy).toBe('none');
  });

  test("with use_peft mean TRL's LoRA, and its supervised trainer's learning rate", async () => {
    const { config, left } = await read({
      model_name_or_path: 'm',
      output_dir: 'o',
      use_peft: true,
      dataset_name: 'd',
    });
    const { lora_r, lora_alpha, lora_dropout } = defaults.ModelConfig;
    expect(config.tuning).toMatchObject({ method: 'lora', lora_r, lora_alpha, lora_dropout, lora_target_modules: '' });
    expect(config.training.learning_rate).toBe(defaults.SFTConfig.learning_rate);
    expect(config.tokenizer.max_length).toBe(defaults.SFTConfig.max_length);
    expect(left.dataset_name).toEqual({ effect: 'data-not-here' });
  });

  test('of pairs read label smoothing where the loss does', async () => {
    const smoothed = (loss_type: string) =>
      read({ model_name_or_path: 'm', loss_type, beta: 0.2, label_smoothing: 0.1 });
    const [robust, hinge] = [await smoothed('robust'), await smoothed('hinge')];
    expect(robust.config.training).toMatchObject({ loss_function: 'DPORobust', label_smoothing: 0.1 });
    expect(hinge.config.training).toMatchObject({ loss_function: 'DPOHinge', label_smoothing: 0 });
    expect(hinge.left.label_smoothing).toBe('no-effect');
    const { dataset, tokenizer } = hinge.config;
    expect(dataset).toMatchObject({ problem_type: 'preference', mask_prompt_labels: true });
    expect(tokenizer.padding_quantile).toBe(1);
  });

  test('of ORPO and SimPO are those of their own trainers, and are written as such', async () => {
    const shared = { model_name_or_path: 'm', beta: 0.2, is_encoder_decoder: null, generate_during_eval: false };
    const orpo = await read({ ...shared, padding_value: null, max_completion_length: null });
    expect(orpo.config.training).toMatchObject({ loss_function: 'ORPO', beta: 0.2, learning_rate: 1e-6 });
    expect(orpo.config.dataset).toMatchObject({ problem_type: 'preference', answer_column: 'chosen' });
    const simpo = await read({ ...shared, loss_type: 'simpo', cpo_alpha: 0, label_smoothing: 0.1, alpha: 0 });
    expect(simpo.config.training).toMatchObject({
      ...{ loss_function: 'SimPO', beta: 0.2, simpo_gamma: 0.5, cpo_alpha: 0, label_smoothing: 0.1 },
    });
    const withLikelihood = await read({ ...shared, loss_type: 'simpo' });
    expect(withLikelihood.config.training.cpo_alpha, "CPOConfig's default").toBe(1);
    const alpha = await read({ ...shared, loss_type: 'simpo', cpo_alpha: 1, alpha: 0.5 });
    expect(alpha.left.alpha).toMatchObject({ effect: 'loss' });
    for (const { config } of [orpo, simpo, withLikelihood]) {
      const { file } = toHuggingFace(config);
      expect((await read(file)).config.training).toEqual(config.training);
    }
    expect(toHuggingFace(orpo.config).file).not.toHaveProperty('loss_type');
  });

  test('of KTO are read and written with its weights', async () => {
    const shared = { model_name_or_path: 'm', beta: 0.2, precompute_ref_log_probs: false };
    for (const file of [{ loss_type: 'kto' }, { desirable_weight: 1.5 }, { undesirable_weight: 0.5 }]) {
      const { config, left } = await read({ ...shared, ...file });
      const { loss_type: _, ...weights } = file as Record<string, unknown>;
      expect(config.training).toMatchObject({
        ...{ loss_function: 'KTO', beta: 0.2, learning_rate: 1e-6, shuffle: false, desirable_weight: 1, ...weights },
      });
      const columns = { prompt_column: ['prompt'], answer_column: 'completion', label_column: 'label' };
      expect(config.dataset).toMatchObject({ problem_type: 'judged-answers', ...columns });
      expect(left).toEqual({ precompute_ref_log_probs: 'elsewhere' });
      const written = toHuggingFace(config).file;
      expect(written).toMatchObject({ loss_type: 'kto', beta: 0.2, train_sampling_strategy: 'sequential', ...weights });
      const { config: again } = await read(written);
      expect([again.dataset, again.training]).toEqual([config.dataset, config.training]);
    }
    const apo = await read({ ...shared, loss_type: 'apo_zero_unpaired', desirable_weight: 1.5 });
    expect(apo.config.dataset).toMatchObject({ problem_type: 'judged-answers', label_column: 'label' });
    expect(apo.config.training).toMatchObject({ loss_function: 'APOZero', desirable_weight: 1.5, shuffle: false });
    const written = toHuggingFace(apo.config).file;
    expect(written).toMatchObject({ loss_type: 'apo_zero_unpaired', desirable_weight: 1.5 });
    expect((await read(written)).config.training).toEqual(apo.config.training);
    const other = await read({ ...shared, loss_type: 'bco', desirable_weight: 1.5 });
    expect(other.config.dataset.problem_type).toBe('instruction');
    expect(other.left).toMatchObject({ loss_type: { effect: 'loss' }, desirable_weight: { effect: 'objective' } });
  });

  test('of BCO, which knows no pairs, are not taken for ORPO', async () => {
    const shared = { model_name_or_path: 'm', beta: 0.2, precompute_ref_log_probs: false };
    const bco = { ...shared, generate_during_eval: false, prompt_sample_size: 1024, min_density_ratio: 0.5 };
    for (const file of [bco]) {
      const { config, left } = await read(file);
      expect(config.dataset.problem_type).toBe('instruction');
      expect(config.training).toMatchObject({ loss_function: 'TokenAveragedCrossEntropy', learning_rate: 5e-5 });
      expect(left.beta).toEqual({ effect: 'objective' });
      expect(Object.values(left)).not.toContain('unknown');
    }
    expect((await read(bco)).left).toMatchObject({
      ...{ prompt_sample_size: { effect: 'objective' }, min_density_ratio: { effect: 'objective' } },
    });
  });

  test('that speak of a reference are of DPO though they name no loss', async () => {
    const file = { model_name_or_path: 'm', beta: 0.2, generate_during_eval: false };
    for (const key of ['precompute_ref_log_probs', 'reference_free']) {
      const { config } = await read({ ...file, [key]: true });
      expect(config.training).toMatchObject({ loss_function: 'DPO', beta: 0.2, learning_rate: 1e-6 });
      expect(config.dataset.problem_type).toBe('preference');
    }
    const free = await read({ ...file, reference_free: true });
    expect(free.left.reference_free).toEqual({ effect: 'loss' });
  });

  test('with what is no name of a loss are of no pairs', async () => {
    for (const loss_type of ['constructor', ['sigmoid', 'nll'], { toString: 1 }]) {
      const { config } = await read({ model_name_or_path: 'm', beta: 0.2, loss_type });
      expect(config.dataset.problem_type).toBe('instruction');
    }
  });

  test("CPO's sigmoid is not DPO's", async () => {
    const { config, left } = await read({ model_name_or_path: 'm', beta: 0.2, loss_type: 'sigmoid', cpo_alpha: 1 });
    expect(config.dataset.problem_type).toBe('instruction');
    expect(left.loss_type).toMatchObject({ effect: 'loss' });
  });

  test('values may be text, in any case, or as Python prints them', async () => {
    const { config, left } = await read(
      [
        'model_name_or_path: "7"',
        'learning_rate: "1e-4"',
        'num_train_epochs: "2"',
        'bf16: "True"',
        'use_peft: "true"',
        `lora_target_modules: "['q_proj', 'v_proj']"`,
        'optim: OptimizerNames.ADAMW_BNB_8BIT',
        'lr_scheduler_type: SchedulerType.COSINE',
        'max_steps: -1',
        'eval_strategy: "NO"',
        'load_in_4bit: "False"',
      ].join('\n'),
    );
    expect(config.model).toMatchObject({ llm_backbone: '7', weights: 'as-published' });
    expect(config.training).toMatchObject({
      learning_rate: 1e-4,
      epochs: 2,
      optimizer: 'AdamW8bit',
      schedule: 'Cosine',
    });
    expect(config.tuning).toMatchObject({ method: 'lora', lora_target_modules: ['q_proj', 'v_proj'] });
    expect(config.training.max_steps).toBe(0);
    expect(config.dataset.validation_strategy).toBe('none');
    expect(left).toEqual({ load_in_4bit: 'no-effect' });
  });

  test.each([
    [
      { lr_scheduler_type: 'constant', warmup_steps: 50 },
      { schedule: 'Constant', warmup_steps: 0, warmup_ratio: 0 },
    ],
    [
      { lr_scheduler_type: 'constant_with_warmup', warmup_steps: 50 },
      { schedule: 'Constant', warmup_steps: 50 },
    ],
    [{ warmup_steps: 10.9 }, { warmup_steps: 10, warmup_ratio: 0 }],
    [
      { warmup_steps: 0, warmup_ratio: 0.03 },
      { warmup_steps: 0, warmup_ratio: 0.03 },
    ],
    [
      { warmup_steps: 5, warmup_ratio: 0.03 },
      { warmup_steps: 5, warmup_ratio: 0 },
    ],
    [
      { lr_scheduler_type: 'cosine_with_min_lr', learning_rate: 1e-3, lr_scheduler_kwargs: { min_lr: 1e-4 } },
      { schedule: 'Cosine', min_learning_rate_ratio: 0.1 },
    ],
    [
      { lr_scheduler_type: 'cosine_with_min_lr', lr_scheduler_kwargs: '{"min_lr_rate": 0.2}' },
      { schedule: 'Cosine', min_learning_rate_ratio: 0.2 },
    ],
    [
      { lr_scheduler_type: 'polynomial', learning_rate: 1e-4 },
      { schedule: 'Linear', min_learning_rate_ratio: expect.closeTo(1e-3, 9) },
    ],
    [{ max_grad_norm: 0 }, { gradient_clip: 0 }],
    [
      { adam_beta1: '0.8', adam_beta2: 0.95, adam_epsilon: '1e-6' },
      { adam_beta1: 0.8, adam_beta2: 0.95, adam_epsilon: 1e-6 },
    ],
    [{ train_sampling_strategy: 'sequential' }, { shuffle: false }],
    [{ save_strategy: 'no', load_best_model_at_end: true }, { save_checkpoint: 'best' }],
  ])('%j', async (file, training) => {
    expect((await read({ output_dir: 'o', ...file })).config.training).toMatchObject(training);
  });

  test('what has no counterpart is named with what it would have done', async () => {
    const { config, left } = await read({
      output_dir: 'o',
      optim: 'adafactor',
      lr_scheduler_type: 'inverse_sqrt',
      label_smoothing_factor: 0.1,
      optim_args: 'rank=64',
      group_by_length: true,
      eval_strategy: 'steps',
      eval_steps: 100,
      loss_type: 'dft',
      made_up: 1,
      report_to: 'wandb',
    });
    expect(config.training).toMatchObject({ optimizer: 'AdamW', schedule: 'Linear' });
    expect(left).toEqual({
      optim: expect.objectContaining({ value: 'adafactor', instead: 'AdamW' }),
      lr_scheduler_type: expect.objectContaining({ value: 'inverse_sqrt', instead: 'Linear' }),
      label_smoothing_factor: { effect: 'label-smoothing' },
      optim_args: { effect: 'adam-constants' },
      group_by_length: { effect: 'grouped-by-length' },
      eval_steps: { effect: 'evaluation-pace' },
      loss_type: { effect: 'loss' },
      made_up: 'unknown',
      report_to: 'elsewhere',
    });
  });

  test('no limit of length is none here, and one kept in a file of several programs stays', async () => {
    expect((await read({ output_dir: 'o', max_length: null })).config.tokenizer.max_length).toBe(131072);
    expect((await read({ output_dir: 'o', max_seq_length: 256 })).config.tokenizer.max_length).toBe(256);
  });

  test('beside a section of a run config are a mistake, not another program', async () => {
    await expect(read({ model: { llm_backbone: 'm' }, learning_rate: 1e-3 })).rejects.toMatchObject({
      code: 'run-config-unknown-key',
      params: { key: 'learning_rate', nearest: 'training.learning_rate' },
    });
  });
});

describe('H2O LLM Studio', () => {
  const classification = [
    'llm_backbone: a/b',
    'problem_type: text_causal_classification_modeling',
    'dataset: {answer_column: [label], prompt_column: [text], num_classes: 1, personalize: false, add_prompt_answer_tokens: false}',
    'architecture: {pretrained: true, pretrained_weights: ""}',
    'training: {loss_function: BinaryCrossEntropyLoss, differential_learning_rate_layers: [classification_head]}',
    'prediction: {metric: AUC}',
    'tokenizer: {tokenizer_kwargs: \'{"use_fast": true, "add_prefix_space": false}\'}',
  ].join('\n');

  test('of a yes-or-no classification learns two classes from the one column of its list', async () => {
    const { format, config, left } = await read(classification);
    expect(format).toBe('h2o');
    expect(config.dataset).toMatchObject({
      problem_type: 'classification',
      answer_column: 'label',
      prompt_column: ['text'],
      num_classes: 2,
    });
    expect(config.training.loss_function).toBe('CrossEntropy');
    expect(config.tuning.differential_learning_rate_layers).toEqual(['score', 'classifier']);
    expect(left).toEqual({
      'dataset.personalize': 'no-effect',
      'dataset.add_prompt_answer_tokens': 'no-effect',
      'architecture.pretrained': 'no-effect',
      'architecture.pretrained_weights': 'no-effect',
      'tokenizer.tokenizer_kwargs': 'no-effect',
      'prediction.metric': { effect: 'scores' },
    });
  });

  test('of several classes keeps their number', async () => {
    const several = classification.replace('num_classes: 1', 'num_classes: 5').replace('Binary', '');
    const { config } = await read(several);
    expect(config.dataset.num_classes).toBe(5);
    expect(config.training.loss_function).toBe('CrossEntropy');
  });

  test('says what weights, names and tokens of its own would have changed', async () => {
    const { left } = await read(
      classification
        .replace('[label]', '[toxic, insult]')
        .replace('personalize: false', 'personalize: true, chatbot_name: Mia, text_prompt_start: "<|prompt|>"')
        .replace('tokens: false', 'tokens: true')
        .replace('weights: ""', 'weights: old.pth')
        .replace('"add_prefix_space": false', '"add_prefix_space": true'),
    );
    expect(left).toMatchObject({
      'dataset.answer_column': { effect: 'several-answers' },
      'dataset.personalize': { effect: 'personalised' },
      'dataset.chatbot_name': { effect: 'personalised' },
      'dataset.text_prompt_start': { effect: 'label-template' },
      'dataset.add_prompt_answer_tokens': { effect: 'new-tokens' },
      'architecture.pretrained_weights': { effect: 'start-weights' },
      'tokenizer.tokenizer_kwargs': { effect: 'tokeniser' },
    });
  });

  test('what a short file leaves out is as there: end tokens after prompts, two prompt columns', async () => {
    const { config } = await read('llm_backbone: a/b\n');
    expect(config.dataset).toMatchObject({
      prompt_column: ['instruction', 'input'],
      prompt_template: 'custom',
      add_eos_token_to_prompt: true,
      add_eos_token_to_system: true,
    });
  });

  test('cannot say that answers are judged: it says what is lost', () => {
    const judged = { problem_type: 'judged-answers', label_column: 'label' };
    const training = { loss_function: 'KTO', desirable_weight: 1.2, undesirable_weight: 0.8 };
    const { file, lost } = toH2o(parseRunConfig({ dataset: judged, training }));
    expect(lost).toEqual(
      expect.arrayContaining([
        ...['dataset.problem_type', 'dataset.label_column', 'training.loss_function'],
        ...['training.desirable_weight', 'training.undesirable_weight'],
      ]),
    );
    expect(JSON.stringify(file)).not.toMatch(/label_column|desirable/);
  });

  test.each([
    ['BLEU', 'BLEU'],
    ['judge', 'GPT'],
    ['chrF', undefined],
  ] as const)('the metric %s is %s there, and one that it has not is said to be lost', (metric, there) => {
    const { file, lost } = toH2o(parseRunConfig({ prediction: { metric } }));
    expect((file.prediction as { metric?: unknown }).metric).toBe(there);
    expect(lost.includes('prediction.metric')).toBe(there === undefined);
  });

  test('of preferences learns from pairs, with its own defaults', async () => {
    const yaml = `llm_backbone: a/b
problem_type: text_dpo_modeling
dataset: {rejected_prompt_column: None, rejected_answer_column: worse}
training: {loss_function: DPOIPOLoss, simpo_gamma: 1.0}
`;
    const { config, left } = await read(yaml);
    expect(left).toEqual({
      ...{ 'dataset.rejected_prompt_column': 'no-effect' },
    });
    expect(config.dataset).toMatchObject({
      ...{ problem_type: 'preference', answer_column: 'chosen_response' },
      ...{ rejected_answer_column: 'worse', rejected_prompt_column: '' },
    });
    expect(config.training).toMatchObject({ loss_function: 'DPOIPO', beta: 0.2, gradient_clip: 10 });
    expect(config.tuning.method).toBe('lora');
    expect([config.dataset.mask_prompt_labels, config.tokenizer.padding_quantile]).toEqual([true, 1]);
    const { file, lost } = toH2o(config);
    expect(file).toMatchObject({
      problem_type: 'text_dpo_modeling',
      training: { loss_function: 'DPOIPOLoss', beta: 0.2 },
    });
    expect(lost).toEqual(['architecture.gradient_checkpointing']);
    const other = await read(
      'llm_backbone: a/b\nproblem_type: text_dpo_modeling\ntraining: {loss_function: SimPOLoss}\n',
    );
    expect(other.config.training).toMatchObject({ loss_function: 'SimPO', simpo_gamma: 1, cpo_alpha: 0 });
    expect(toH2o(other.config).file).toMatchObject({ training: { loss_function: 'SimPOLoss', simpo_gamma: 1 } });
    const paired = await read(
      'llm_backbone: a/b\nproblem_type: text_dpo_modeling\ntraining: {loss_function: KTOPairLoss}\n',
    );
    expect(paired.left['training.loss_function']).toMatchObject({ value: 'KTOPairLoss' });
  });
});

test.each([
  ['torchtune', { model: { _component_: 'torchtune.models.llama3_2.lora_llama3_2_1b' }, batch_size: 4 }],
  ['ms-swift', { model: 'Qwen/Qwen2.5-7B', tuner_type: 'lora', output_dir: 'o' }],
  ['Unsloth Studio', { model: 'm', training: { training_type: 'lora', learning_rate: 2e-4 }, lora: { lora_r: 64 } }],
])('a file of %s is refused under its name', async (program, file) => {
  await expect(read(file)).rejects.toMatchObject({
    code: 'settings-of-another',
    params: { program, file: 'settings' },
  });
});

test.each([
  { peft_type: 'LORA', r: 8, base_model_name_or_path: 'm' },
  { model_type: 'llama', architectures: ['LlamaForCausalLM'], hidden_size: 64 },
  { log_history: [], global_step: 4 },
])('%j holds no settings, and is said to be what it is', async (file) => {
  await expect(read(file)).rejects.toMatchObject({ code: 'not-settings' });
});

test.each([
  ['{\n  "training": {\n    "epochs": 2,\n  }\n}', 'a comma too many before the "}" of line 4, column 3'],
  ['{"training": {"epochs": 2}', 'it ends before its last bracket is closed'],
  ["{'training': {}}", `at line 1, column 2 stands "'"`],
  ['a: [1\nb: 2', 'line'],
  ['[1]', 'it holds a list'],
  ['', 'it holds nothing'],
])('a file that cannot be read names the place: %j', async (text, reason) => {
  await expect(read(text)).rejects.toMatchObject({
    code: 'settings-unreadable',
    message: expect.stringContaining(reason),
    params: { file: 'settings' },
  });
});
