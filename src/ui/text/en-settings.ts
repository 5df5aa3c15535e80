import { effectsEn } from './en-config-files.ts';

/** Labels and hints of the settings that stand in the fold of the form. */
export const settingsEn = {
  min_learning_rate_ratio: { label: 'Lowest rate', hint: 'Where the schedule ends, as a share of the learning rate.' },
  warmup_ratio: { label: 'Warm-up share', hint: 'Warm-up as a share of all updates, where no steps are given.' },
  warmup_epochs: { label: 'Warm-up epochs', hint: 'Warm-up in epochs, where neither steps nor a share is given.' },
  layer_wise_lr_decay: {
    label: 'Rate by layer',
    hint: 'Factor from each layer to the one below; 1 is the same for all.',
  },
  differential_learning_rate_layers: {
    label: 'Parameters with a rate of their own',
    hint: 'Parts of their names, with commas between.',
  },
  differential_learning_rate: { label: 'Their rate', hint: 'Learning rate of these parameters.' },
  shuffle: { label: 'Shuffle', hint: 'A new order of rows each epoch.' },
  drop_last_batch: { label: 'Drop a short last batch', hint: 'Off also trains on the rows that do not fill a batch.' },
  padding_quantile: { label: 'Padding quantile', hint: 'Longer rows than this share of a batch are cut to it.' },
  max_length_prompt: { label: 'Longest prompt', hint: 'In tokens, cut from the left; 0 sets no limit.' },
  max_length_answer: { label: 'Longest answer', hint: 'In tokens, cut from the right; 0 sets no limit.' },
  number_of_workers: { label: 'Tokenising threads', hint: 'Large tables are ready sooner with several.' },
  gradient_checkpointing: { label: 'Compute layers again', hint: 'Less memory for more time, the same result.' },
  mixed_precision: { label: 'Number format', hint: 'What products of training multiply in.' },
  neftune_noise_alpha: { label: 'NEFTune noise', hint: 'Noise on the embeddings while training; 0 for none.' },
  token_mask_probability: { label: 'Masked tokens', hint: 'Share of input tokens hidden at random while training.' },
  intermediate_dropout: { label: 'Dropout in the model', hint: 'Share of values dropped inside the base model.' },
  loss_function: { label: 'Loss', hint: 'What a wrong token costs, and over what the mean is taken.' },
  beta: { label: 'Beta', hint: 'How closely the model is kept to what it was before training.' },
  label_smoothing: {
    label: 'Label smoothing',
    hint: 'Share of pairs assumed to have the better and the worse answer swapped.',
  },
  evaluate_before_training: { label: 'Evaluate first', hint: 'One evaluation before the first step, to compare with.' },
  save_checkpoint: { label: 'Weights kept', hint: 'Of the last step, or of the best evaluation.' },
  early_stopping_patience: {
    label: 'Patience',
    hint: 'Evaluations without a better loss before the run stops; 0 never stops it.',
  },
  keep_frozen_statistics: {
    label: 'Keep the statistics of frozen batch norms',
    hint: 'Otherwise they move with the batches, as in PyTorch.',
  },
  train_validation_data: { label: 'Train on validation rows too', hint: 'Validation then says nothing of new rows.' },
  eval_batch_size: { label: 'Rows a batch in evaluation', hint: '0 takes the batch size of training.' },
  logging_steps: { label: 'Points of the charts', hint: 'Updates from one point to the next.' },
  metric: { label: 'Score of answers', hint: 'How validation answers are scored.' },
  judge_endpoint: { label: 'Address of the judge', hint: 'Prompts and answers of the validation rows are sent there.' },
  judge_model: { label: 'Model of the judge', hint: 'The name it has at that address.' },
  number_of_texts: { label: 'Sample answers', hint: 'Validation rows answered at each evaluation, to be read.' },
  max_length_inference: { label: 'Longest written answer', hint: 'Most new tokens.' },
  min_length_inference: { label: 'Shortest written answer', hint: 'Fewest new tokens.' },
  do_sample: { label: 'Draw tokens at random', hint: 'Off always takes the likeliest.' },
  stop_tokens: { label: 'Texts that end an answer', hint: 'With commas between.' },
  max_time: { label: 'Seconds for an answer', hint: 'Most it may take; 0 sets no limit.' },
  num_history: {
    label: 'Turns the chat remembers',
    hint: 'Earlier questions and answers that stand before a new one.',
  },
  batch_size_inference: { label: 'Answers side by side', hint: '0 takes the batch size of training.' },
  num_beams: { label: 'Beams', hint: 'Drafts kept side by side; 1 writes one.' },
  temperature: { label: 'Temperature', hint: 'Above 1 is bolder, below 1 safer.' },
  top_k: { label: 'top_k', hint: 'Draw from the k likeliest; 0 from all.' },
  top_p: { label: 'top_p', hint: 'Draw from the likeliest that make up this probability.' },
  repetition_penalty: { label: 'Repetition penalty', hint: 'Above 1 makes tokens already there less likely.' },
};

export const settingGroupsEn = {
  learning: 'Learning',
  batches: 'Rows and batches',
  memory: 'Memory and numbers',
  steadying: 'Against learning by heart',
  evaluation: 'Evaluation and what is kept',
  answers: 'Answers at evaluation',
  run: 'The run itself',
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
    `Read as ${format}: ${taken} settings taken over, ${left} left out.`,
  details: 'Each key',
  key: 'Key',
  became: 'What became of it',
  implied: '(its default, not in the file)',
  reasons: {
    elsewhere: 'left out: it says nothing about the training',
    unknown: 'left out: not known here',
    'no-effect': 'left out: this value changes nothing',
  },
  leftOut: (effect: string) => `left out: ${effect}`,
  effects: effectsEn,
  replaced: (value: string, ours: string, instead: string) =>
    `${value} is not available here; ${ours} is ${instead} instead`,
  lost: 'This format cannot say:',
};

/** Around the explanation of a setting. */
export const explainEn = {
  about: (label: string) => `About “${label}”`,
  effect: 'What it does',
  typical: 'Typical',
  standard: 'Default',
  range: 'Range',
  elsewhere: 'Elsewhere',
  key: 'In the run config',
};

/** What a value comes to, after an arrow. */
export const resolvedEn = {
  warmup: (steps: string, total: string) => `${steps} of ${total} steps`,
  cut: (rows: string) => (rows === '0' ? 'no row is cut' : `cuts ${rows} rows`),
  scale: (factor: string) => `counts × ${factor}`,
  every: (steps: string) => `every ${steps} steps`,
};

/** Choices by their name in the run config. */
export const choicesEn: Record<string, string> = {
  TokenAveragedCrossEntropy: 'Mean over tokens',
  SampleAveragedCrossEntropy: 'Mean over rows',
  DPO: 'DPO (sigmoid)',
  DPOHinge: 'Hinge (SLiC)',
  DPOIPO: 'IPO',
  DPORobust: 'Robust DPO',
  AdamW8bit: 'AdamW, 8 bits',
  last: 'The last',
  best: 'The best',
  each_evaluation_epoch: 'At each evaluation',
  disable: 'None',
  on: 'On',
  off: 'Off',
  f16: '16 bits (f16)',
  f32: '32 bits (f32)',
  Perplexity: 'Perplexity',
  judge: 'Another model judges',
};
