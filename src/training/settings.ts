import * as v from 'valibot';
import { choice, names, number, other, text, toggle, whole } from './setting.ts';

/**
 * Every key of the run config, by section: names and spellings of H2O LLM Studio, and of Hugging Face and PEFT where
 * H2O has none. The schema, the defaults, the forms and docs/run-config.md all come from here.
 */

const model = {
  llm_backbone: text('', {
    meaning: 'The base model: a Hub id (owner/model), or a folder.',
    elsewhere: 'model_name_or_path',
  }),
  revision: text('main', { meaning: 'Branch, tag or commit of a Hub model.' }),
  weights: choice(['as-published', 'int8', 'int4', 'nf4'], 'as-published', {
    meaning: 'How frozen weights are kept on the GPU; as published loses nothing.',
    elsewhere: 'backbone_dtype (H2O), load_in_4bit (HF)',
  }),
};

const problemTypes = ['instruction', 'text', 'classification', 'regression', 'image-classification'] as const;

const dataset = {
  problem_type: choice(problemTypes, 'instruction', {
    meaning: 'Instruction: prompt and answer. Text: one column, every token learned.',
  }),
  train_dataframe: text('', { meaning: 'The table of training rows.', elsewhere: 'train_file (HF)' }),
  prompt_column: names(['instruction'], { meaning: 'Columns that make up the prompt, in this order.' }),
  prompt_column_separator: text('\n\n', { meaning: 'Stands between the prompt columns; empty cells are left out.' }),
  answer_column: text('output', { meaning: 'The column to be learned.' }),
  system_column: text('', { meaning: 'Column with the system text; empty for none.' }),
  parent_id_column: text('', { meaning: "Column with the id of a row's parent turn; empty for single turns." }),
  id_column: text('', { meaning: 'Column with the id that parent_id_column points to.' }),
  prompt_template: choice(['chat', 'alpaca', 'h2o', 'custom'], 'chat', {
    meaning: "How prompt and answer become one text: the model's own chat template, or a fixed one.",
  }),
  text_system_start: text('<|system|>', { meaning: 'Written before the system text (template custom).' }),
  text_prompt_start: text('<|prompt|>', { meaning: 'Written before the prompt (template custom).' }),
  text_answer_separator: text('<|answer|>', { meaning: 'Written between prompt and answer (template custom).' }),
  add_eos_token_to_system: toggle(false, { meaning: 'End-of-text token after the system text.' }),
  add_eos_token_to_prompt: toggle(false, { meaning: 'End-of-text token after the prompt.' }),
  add_eos_token_to_answer: toggle(true, { meaning: 'End-of-text token after the answer, so that the model stops.' }),
  mask_prompt_labels: toggle(true, {
    meaning: 'Learn the answer only; off learns the prompt too.',
    elsewhere: 'completion_only_loss (TRL)',
  }),
  only_last_answer: toggle(false, { meaning: 'In conversations, learn the last answer only.' }),
  limit_chained_samples: toggle(false, { meaning: 'In conversations, use only the longest chain of each.' }),
  validation_strategy: choice(['automatic', 'custom', 'none'], 'automatic', {
    meaning: 'Validation rows: a share of the table, a table of their own, or none.',
    elsewhere: 'eval_strategy (HF)',
  }),
  validation_size: number(0.01, {
    form: [0.01, 0.95, 0.01],
    valid: [0, 0.99],
    meaning: 'Share of the rows kept for validation (automatic); at least one row.',
  }),
  validation_dataframe: text('', {
    meaning: 'The table of validation rows (custom).',
    elsewhere: 'validation_file (HF)',
  }),
  data_sample: number(1, { form: [0.01, 1, 0.01], valid: [0, 1], meaning: 'Share of the rows used at all.' }),
  data_sample_choice: names(['Train', 'Validation'], { meaning: 'Which rows data_sample thins out.' }),
};

const tokenizer = {
  max_length: whole(512, {
    form: [32, 16384, 32],
    valid: [2, 131072],
    meaning: 'Most tokens of a row, prompt and answer together.',
    elsewhere: 'max_length (TRL), cutoff_len',
  }),
  max_length_prompt: whole(0, {
    form: [0, 16384, 32],
    meaning: 'Most tokens of a prompt, cut from the left; 0 = no limit.',
  }),
  max_length_answer: whole(0, {
    form: [0, 16384, 32],
    meaning: 'Most tokens of an answer, cut from the right; 0 = no limit.',
  }),
  padding_quantile: number(1, {
    form: [0, 1, 0.01],
    valid: [0, 1],
    meaning: 'A batch is padded to this quantile of its lengths; longer rows are cut. 0 pads to max_length.',
  }),
  packing: toggle(false, { meaning: 'Put several rows into one sequence.' }),
};

const augmentation = {
  token_mask_probability: number(0, {
    form: [0, 0.9, 0.05],
    valid: [0, 0.9],
    meaning: 'Share of input tokens masked at random.',
  }),
  neftune_noise_alpha: number(0, { form: [0, 15, 0.05], meaning: 'Noise on embeddings while training (NEFTune).' }),
  skip_parent_probability: number(0, {
    form: [0, 1, 0.05],
    valid: [0, 1],
    meaning: 'Chance that earlier turns are left out.',
  }),
  random_parent_probability: number(0, {
    form: [0, 1, 0.05],
    valid: [0, 1],
    meaning: "Chance of another row's earlier turns.",
  }),
};

const architecture = {
  gradient_checkpointing: choice(['auto', 'on', 'off'], 'auto', {
    meaning: 'Compute activations twice to save memory; auto asks the plan.',
  }),
  intermediate_dropout: number(0, {
    form: [0, 0.5, 0.05],
    valid: [0, 0.99],
    meaning: 'Dropout inside the base model.',
  }),
  force_embedding_gradients: toggle(false, { meaning: 'Train the token embedding too (older H2O).' }),
};

const methods = [
  'full',
  'lora',
  'prefix',
  'prompt',
  'p-tuning',
  'ia3',
  'series-adapter',
  'parallel-adapter',
  'llama-adapter',
  'vera',
] as const;

/** A selector of parameters: one key, such as `{ "contains": "layers.2." }`, or a parameter's whole name. */
export type TrainSelector = string | Readonly<Record<string, unknown>>;

const targets = v.union(
  [v.string(), v.array(v.string())],
  'must be a list of names, a regular expression or "all-linear"',
);
const selectors = v.array(
  v.union(
    [v.string(), v.record(v.string(), v.unknown())],
    'must be a name or a selector such as {"contains": "layers.2."}',
  ),
  'must be a list of names and selectors',
);
const patternOf = (words: string) => v.record(v.string(), v.number(words), words);
const ranks = patternOf('must be an object of module patterns and numbers');

const tuning = {
  method: choice(methods, 'lora', { meaning: 'What is trained: an adapter, or the weights themselves (full).' }),
  lora_r: whole(4, {
    form: [1, 256, 1],
    valid: [1, 4096],
    meaning: 'Rank of the LoRA matrices.',
    elsewhere: 'r (PEFT)',
  }),
  lora_alpha: number(16, {
    form: [1, 512, 1],
    valid: [0, 1e6],
    meaning: 'LoRA scale: the update is multiplied by alpha / r.',
  }),
  lora_dropout: number(0.05, {
    form: [0, 0.5, 0.01],
    valid: [0, 0.99],
    meaning: "Dropout on LoRA's input while training.",
  }),
  lora_target_modules: other<string | readonly string[]>(
    '',
    'a list of module names, one regular expression, or "all-linear"; empty = the usual ones of the architecture',
    targets,
    { meaning: 'Which modules get LoRA.', elsewhere: 'target_modules (PEFT)' },
  ),
  layers_to_transform: other<readonly number[]>(
    [],
    'a list of layer numbers, from 0; empty = all',
    v.array(v.pipe(v.number(), v.integer(), v.minValue(0)), 'must be a list of layer numbers'),
    { meaning: 'Layers whose modules get LoRA.' },
  ),
  layers_pattern: names([], {
    meaning: 'Name that the layer number follows in a module path, such as "layers"; empty = any.',
  }),
  use_rslora: toggle(false, { meaning: 'Scale by alpha / √r instead of alpha / r (rsLoRA).' }),
  use_dora: toggle(false, { meaning: 'Train magnitude and direction apart (DoRA).' }),
  lora_plus_ratio: number(1, {
    form: [1, 32, 1],
    meaning: 'Learning rate of the B matrices over that of A (LoRA+).',
    elsewhere: 'loraplus_lr_ratio (PEFT)',
  }),
  rank_pattern: other<Readonly<Record<string, number>>>({}, 'an object of module pattern and rank', ranks, {
    meaning: 'Ranks that differ from lora_r, by module.',
  }),
  alpha_pattern: other<Readonly<Record<string, number>>>({}, 'an object of module pattern and alpha', ranks, {
    meaning: 'Alphas that differ from lora_alpha, by module.',
  }),
  modules_to_save: names([], {
    meaning: 'Modules trained whole and saved with the adapter.',
    elsewhere: 'lora_unfreeze_layers (H2O)',
  }),
  bias: choice(['none', 'all', 'lora_only'], 'none', { meaning: 'Biases trained beside LoRA.' }),
  num_virtual_tokens: whole(20, {
    form: [1, 256, 1],
    valid: [1, 4096],
    meaning: 'Length of the learned prompt or prefix.',
  }),
  prompt_tuning_init: choice(['RANDOM', 'SAMPLE_VOCAB', 'TEXT'], 'RANDOM', {
    meaning: 'What a learned prompt starts from.',
  }),
  prompt_tuning_init_text: text('', { meaning: 'The text a learned prompt starts from.' }),
  feedforward_modules: names([], { meaning: 'IA3 modules scaled at their input.' }),
  reduction_factor: number(16, {
    form: [1, 64, 1],
    valid: [1, 4096],
    meaning: 'Width of the model over width of a bottleneck.',
  }),
  adapter_len: whole(10, { form: [1, 256, 1], valid: [1, 4096], meaning: 'LLaMA-Adapter: learned tokens a layer.' }),
  adapter_layers: whole(30, {
    form: [1, 128, 1],
    valid: [1, 4096],
    meaning: 'LLaMA-Adapter: top layers that get them.',
  }),
  train_parameters: other<readonly TrainSelector[]>([], 'a list of parameter names and selectors', selectors, {
    meaning: 'Parameters of the base model that are trained, as selectors and names.',
  }),
  differential_learning_rate_layers: names([], {
    meaning: 'Parameters (by part of name) with a learning rate of their own.',
  }),
  differential_learning_rate: number(1e-5, { form: [0, 0.01, 1e-6], meaning: 'Their learning rate.' }),
  layer_wise_lr_decay: number(1, {
    form: [0.1, 1, 0.05],
    valid: [0, 1],
    meaning: 'Learning-rate factor from each layer to the one below.',
  }),
  init_from: text('', { meaning: 'An adapter folder to continue from; empty = a fresh adapter.' }),
};

const training = {
  loss_function: choice(
    ['TokenAveragedCrossEntropy', 'SampleAveragedCrossEntropy', 'CrossEntropy', 'BinaryCrossEntropy', 'MSE'],
    'TokenAveragedCrossEntropy',
    { meaning: 'Mean over the learned tokens of an accumulation window, or of row means.' },
  ),
  optimizer: choice(['AdamW', 'Adam', 'AdamW8bit', 'SGD', 'RMSprop', 'Adadelta'], 'AdamW', {
    meaning: 'The update rule, as PyTorch defines it.',
    elsewhere: 'optim (HF)',
  }),
  learning_rate: number(1e-4, {
    form: [1e-7, 0.1, 1e-6],
    valid: [0, 10],
    meaning: 'Peak learning rate. LoRA: 1e-4 to 3e-3; full: 1e-5 to 1e-4.',
  }),
  batch_size: whole(2, {
    form: [1, 256, 1],
    valid: [1, 4096],
    meaning: 'Rows a micro-step.',
    elsewhere: 'per_device_train_batch_size (HF)',
  }),
  grad_accumulation: whole(1, {
    form: [1, 256, 1],
    valid: [1, 4096],
    meaning: 'Micro-steps an update.',
    elsewhere: 'gradient_accumulation_steps (HF)',
  }),
  epochs: number(1, {
    form: [0, 100, 1],
    meaning: 'Passes over the data; 0 evaluates only.',
    elsewhere: 'num_train_epochs (HF)',
  }),
  max_steps: whole(0, { form: [0, 100000, 1], meaning: 'Updates to do; above 0 it replaces epochs.' }),
  shuffle: toggle(true, { meaning: 'A new order of rows each epoch.' }),
  drop_last_batch: toggle(true, {
    meaning: 'Leave out the last batch of an epoch when it is short.',
    elsewhere: 'dataloader_drop_last (HF)',
  }),
  schedule: choice(['Cosine', 'Linear', 'Constant'], 'Cosine', {
    meaning: 'How the learning rate falls after the warm-up.',
    elsewhere: 'lr_scheduler_type (HF)',
  }),
  min_learning_rate_ratio: number(0, {
    form: [0, 1, 0.01],
    valid: [0, 1],
    meaning: 'The schedule ends at this share of learning_rate.',
  }),
  warmup_steps: whole(0, { form: [0, 10000, 1], meaning: 'Updates of linear warm-up; comes before the two below.' }),
  warmup_ratio: number(0, { form: [0, 1, 0.01], valid: [0, 1], meaning: 'Warm-up as a share of all updates.' }),
  warmup_epochs: number(0, { form: [0, 10, 0.05], meaning: 'Warm-up in epochs.' }),
  weight_decay: number(0, { form: [0, 1, 0.01], meaning: 'Decoupled weight decay; never on biases and norms.' }),
  gradient_clip: number(0, {
    form: [0, 100, 0.1],
    meaning: 'Largest global gradient norm; 0 = no clipping.',
    elsewhere: 'max_grad_norm (HF)',
  }),
  save_checkpoint: choice(['last', 'best', 'each_evaluation_epoch', 'disable'], 'last', {
    meaning: 'Which weights are kept: of the last step, or of the best validation loss.',
    elsewhere: 'save_best_checkpoint (H2O)',
  }),
  evaluation_epochs: number(1, { form: [0.01, 100, 0.01], valid: [0, 1e6], meaning: 'Epochs between evaluations.' }),
  evaluate_before_training: toggle(false, { meaning: 'Evaluate once before the first step.' }),
  train_validation_data: toggle(false, { meaning: 'Train on the validation rows as well.' }),
  early_stopping_patience: whole(0, {
    form: [0, 100, 1],
    meaning: 'Stop after so many evaluations without a better loss; 0 = never.',
  }),
};

const prediction = {
  metric: choice(['Perplexity', 'BLEU', 'judge'], 'Perplexity', { meaning: 'How validation answers are scored.' }),
  min_length_inference: whole(2, {
    form: [0, 1024, 1],
    meaning: 'Fewest new tokens of an answer.',
    elsewhere: 'min_new_tokens (HF)',
  }),
  max_length_inference: whole(256, {
    form: [1, 4096, 1],
    valid: [1, 131072],
    meaning: 'Most new tokens of an answer.',
    elsewhere: 'max_new_tokens (HF)',
  }),
  max_time: number(0, { form: [0, 600, 1], meaning: 'Most seconds for an answer; 0 = no limit.' }),
  batch_size_inference: whole(0, { form: [0, 512, 1], meaning: 'Answers generated side by side; 0 = batch_size.' }),
  do_sample: toggle(false, { meaning: 'Draw tokens at random; off takes the likeliest.' }),
  num_beams: whole(1, { form: [1, 4, 1], valid: [1, 64], meaning: 'Beams of beam search; 1 = none.' }),
  temperature: number(1, {
    form: [0, 10, 0.05],
    meaning: 'Above 1 flattens, below 1 sharpens the choice (do_sample).',
  }),
  repetition_penalty: number(1, {
    form: [1, 10, 0.05],
    valid: [0.01, 100],
    meaning: 'Above 1 makes tokens already there less likely.',
  }),
  top_k: whole(0, { form: [0, 100, 1], meaning: 'Draw from the k likeliest tokens; 0 = all (do_sample).' }),
  top_p: number(1, {
    form: [0.01, 1, 0.01],
    valid: [0, 1],
    meaning: 'Draw from the likeliest tokens of this total probability (do_sample).',
  }),
  stop_tokens: names([], { meaning: 'Texts that end an answer.' }),
  num_history: whole(4, { form: [1, 50, 1], meaning: 'Earlier turns a chat keeps in its prompt.' }),
};

const environment = {
  executor: choice(['auto', 'webgpu', 'tfjs-webgpu', 'tfjs-wasm', 'tfjs-cpu'], 'auto', {
    meaning: 'What computes: our WebGPU kernels, or TensorFlow.js; auto takes the fastest there is.',
  }),
  mixed_precision: choice(['auto', 'f16', 'f32'], 'auto', {
    meaning: 'Number format of activations.',
    elsewhere: 'mixed_precision_dtype (H2O), fp16 (HF)',
  }),
  number_of_workers: whole(1, {
    form: [1, 16, 1],
    valid: [1, 256],
    meaning: 'Workers that tokenise.',
    elsewhere: 'dataloader_num_workers (HF)',
  }),
  seed: whole(-1, {
    form: [-1, 2147483647, 1],
    valid: [-1, 4294967295],
    meaning: 'Of shuffling, dropout and new weights; -1 = a fresh one, shown and saved.',
  }),
  experiment_name: text('', { meaning: 'Name of the run.' }),
  output_directory: text('', { meaning: "Where runs are kept; empty = the browser's own storage." }),
};

const logging = {
  logging_steps: whole(1, {
    form: [1, 1000, 1],
    valid: [1, 1e6],
    meaning: 'Updates between two points of the charts.',
  }),
  eval_batch_size: whole(0, {
    form: [0, 256, 1],
    meaning: 'Rows a batch in evaluation; 0 = batch_size.',
    elsewhere: 'per_device_eval_batch_size (HF)',
  }),
};

export const settings = {
  model,
  dataset,
  tokenizer,
  augmentation,
  architecture,
  tuning,
  training,
  prediction,
  environment,
  logging,
};
