import { effectsEn } from './en-config-files.ts';
import { plural } from './plural.ts';

/** Labels and hints of the settings that stand in the fold of the form. */
export const settingsEn = {
  min_learning_rate_ratio: {
    label: 'Final LR ratio',
    hint: 'Where the schedule ends, as a fraction of the learning rate.',
  },
  warmup_ratio: { label: 'Warm-up ratio', hint: 'Fraction of all steps over which the learning rate rises.' },
  warmup_epochs: { label: 'Warm-up epochs', hint: 'Epochs over which the learning rate rises.' },
  layer_wise_lr_decay: {
    label: 'Layer-wise LR decay',
    hint: 'Factor from each layer to the one below; 1: the same rate for all.',
  },
  differential_learning_rate_layers: {
    label: 'Custom-LR parameters',
    hint: 'Parts of their names, comma-separated.',
  },
  differential_learning_rate: { label: 'Custom LR', hint: 'Learning rate of these parameters.' },
  shuffle: { label: 'Shuffle', hint: 'A new order of rows each epoch.' },
  drop_last_batch: { label: 'Drop last batch', hint: 'Off: also train on the rows that do not fill a batch.' },
  padding_quantile: {
    label: 'Padding quantile',
    hint: 'Rows longer than this quantile of their batch are truncated to it.',
  },
  max_length_prompt: { label: 'Max prompt length', hint: 'In tokens, truncated from the left; 0: no limit.' },
  max_length_answer: { label: 'Max answer length', hint: 'In tokens, truncated from the right; 0: no limit.' },
  number_of_workers: { label: 'Tokenization threads', hint: 'More threads prepare large datasets faster.' },
  gradient_checkpointing: { label: 'Gradient checkpointing', hint: 'Less memory, more time, same result.' },
  mixed_precision: { label: 'Precision', hint: 'Number format of matrix products in training.' },
  neftune_noise_alpha: { label: 'NEFTune noise', hint: 'Noise added to the embeddings during training; 0: none.' },
  mlm_probability: { label: 'Masking rate', hint: 'Share of the tokens of a text that are masked and predicted.' },
  token_mask_probability: {
    label: 'Token masking',
    hint: 'Fraction of input tokens masked at random during training.',
  },
  intermediate_dropout: { label: 'Dropout in the model', hint: 'Fraction of values dropped inside the base model.' },
  loss_function: { label: 'Loss', hint: 'The training objective, and what it is averaged over.' },
  beta: {
    label: 'Beta',
    hint: 'DPO, KTO and APO-zero: how closely the model is kept to what it was. ORPO: weight of the preference. SimPO: scale.',
  },
  label_smoothing: {
    label: 'Label smoothing',
    hint: 'Share of pairs assumed to have the better and the worse answer swapped.',
  },
  simpo_gamma: { label: 'SimPO margin γ', hint: 'How far the reward of the chosen answer should be ahead.' },
  cpo_alpha: { label: 'Weight of the likelihood', hint: 'How much the chosen answer itself is learned beside it.' },
  desirable_weight: { label: 'Weight of good answers', hint: 'What the loss of an answer labelled good counts for.' },
  undesirable_weight: { label: 'Weight of bad answers', hint: 'What the loss of an answer labelled bad counts for.' },
  evaluate_before_training: {
    label: 'Evaluate before training',
    hint: 'One evaluation before the first step, for comparison.',
  },
  save_checkpoint: { label: 'Checkpoint to keep', hint: 'The last step, or the best evaluation.' },
  early_stopping_patience: {
    label: 'Early-stopping patience',
    hint: 'Evaluations without a better loss before training stops; 0: never.',
  },
  forgetting_check: {
    label: 'Check forgetting',
    hint: 'At each evaluation, see on general texts how much of its earlier knowledge the model keeps.',
  },
  forgetting_limit: {
    label: 'Stop when it forgets',
    hint: 'Nats a token between the model and its base on general texts; 0: never.',
  },
  keep_frozen_statistics: {
    label: 'Freeze batch-norm statistics',
    hint: 'Of frozen layers. Off: they follow the batches, as in PyTorch.',
  },
  train_validation_data: {
    label: 'Also train on the validation set',
    hint: 'Validation then says nothing about new rows.',
  },
  eval_batch_size: { label: 'Evaluation batch size', hint: '0: same as in training.' },
  logging_steps: { label: 'Log every', hint: 'Updates between two logged points.' },
  metric: { label: 'Metric', hint: 'How validation answers are scored.' },
  judge_endpoint: { label: 'Judge endpoint', hint: 'Prompts and answers of the validation set are sent there.' },
  judge_model: { label: 'Judge model', hint: 'Its name at that endpoint.' },
  number_of_texts: { label: 'Sample answers', hint: 'Validation rows answered at each evaluation, for you to read.' },
  max_length_inference: { label: 'Max new tokens', hint: 'Per answer.' },
  min_length_inference: { label: 'Min new tokens', hint: 'Per answer.' },
  do_sample: { label: 'Sampling', hint: 'Off: always picks the most likely token.' },
  stop_tokens: { label: 'Stop sequences', hint: 'Comma-separated.' },
  max_time: { label: 'Time limit (s)', hint: 'Per answer; 0: no limit.' },
  num_history: {
    label: 'Chat history',
    hint: 'Number of earlier turns included with a new message.',
  },
  batch_size_inference: { label: 'Generation batch size', hint: '0: same as in training.' },
  num_beams: { label: 'Beams', hint: 'Beam search width; 1: no beam search.' },
  temperature: { label: 'Temperature', hint: 'Above 1: more varied; below 1: more predictable.' },
  top_k: { label: 'top_k', hint: 'Sample from the k most likely tokens; 0: from all.' },
  top_p: { label: 'top_p', hint: 'Sample from the most likely tokens up to this total probability.' },
  repetition_penalty: { label: 'Repetition penalty', hint: 'Above 1: tokens already used become less likely.' },
};

export const settingGroupsEn = {
  learning: 'Optimization',
  batches: 'Rows and batches',
  memory: 'Memory & precision',
  steadying: 'Regularization',
  evaluation: 'Evaluation & checkpoints',
  answers: 'Generated answers',
  run: 'General',
};

/** Import and export of settings. */
export const configFileEn = {
  load: 'Load settings',
  save: 'Save settings',
  formats: {
    'run-config': 'Run config (JSON)',
    h2o: 'H2O LLM Studio (cfg.yaml)',
    'hugging-face': 'Hugging Face arguments (JSON)',
    'llama-factory': 'LLaMA-Factory settings',
    axolotl: 'axolotl settings',
  },
  read: 'Run config loaded.',
  converted: (format: string, taken: string, left: string) =>
    `Loaded as ${format}: ${plural(taken, 'setting', 'settings')} applied, ${left} ignored.`,
  details: 'Details by key',
  key: 'Key',
  became: 'Result',
  implied: '(its default, not in the file)',
  reasons: {
    elsewhere: 'Ignored: not a training setting',
    unknown: 'Ignored: not supported',
    'no-effect': 'Ignored: this value has no effect',
  },
  leftOut: (effect: string) => `Ignored: ${effect}`,
  effects: effectsEn,
  replaced: (value: string, ours: string, instead: string) =>
    `${value} is not available here; ${ours} is ${instead} instead`,
  lost: 'Not representable:',
};

/** Around the explanation of a setting. */
export const explainEn = {
  about: (label: string) => `About “${label}”`,
  effect: 'Effect',
  typical: 'Typical values',
  standard: 'Default',
  range: 'Range',
  elsewhere: 'In other tools',
  key: 'In the run config',
};

/** What a value comes to, after an arrow. */
export const resolvedEn = {
  warmup: (steps: string, total: string) => `${steps} of ${total} steps`,
  cut: (rows: string) => (rows === '0' ? 'no row is truncated' : `truncates ${plural(rows, 'row', 'rows')}`),
  scale: (factor: string) => `× ${factor}`,
  every: (steps: string) => `every ${plural(steps, 'step', 'steps')}`,
};

/** Choices by their name in the run config. */
export const choicesEn: Record<string, string> = {
  TokenAveragedCrossEntropy: 'Mean over tokens',
  SampleAveragedCrossEntropy: 'Mean over rows',
  DPO: 'DPO (sigmoid)',
  DPOHinge: 'Hinge (SLiC)',
  DPOIPO: 'IPO',
  DPORobust: 'Robust DPO',
  ORPO: 'ORPO (no reference)',
  SimPO: 'SimPO (no reference)',
  APOZero: 'APO-zero (single answers)',
  AdamW8bit: '8-bit AdamW',
  last: 'Last',
  best: 'Best',
  each_evaluation_epoch: 'At each evaluation',
  disable: 'None',
  on: 'On',
  off: 'Off',
  f16: '16 bits (f16)',
  f32: '32 bits (f32)',
  Perplexity: 'Perplexity',
  'exact-match': 'Exact match',
  judge: 'LLM as judge',
};
