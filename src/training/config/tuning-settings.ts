import * as v from 'valibot';
import { methodNames } from '../../tuning/method-names.ts';
import { choice, modules, names, number, other, text, toggle, whole } from './setting.ts';

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

export const tuning = {
  method: choice(['full', ...methodNames], 'lora', {
    meaning: 'What is trained: an adapter, or the weights themselves (full).',
  }),
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
  exclude_modules: modules({ meaning: 'Modules that get no adapter, whatever the target modules say.' }),
  layers_to_transform: other<readonly number[]>(
    [],
    'a list of layer numbers, from 0; empty = all',
    v.array(v.pipe(v.number(), v.integer(), v.minValue(0)), 'must be a list of layer numbers'),
    { meaning: 'Layers whose modules get LoRA.' },
  ),
  layers_pattern: names([], {
    meaning: 'Name that the layer number follows in a module path, such as "layers"; empty = any.',
  }),
  init_lora_weights: choice(['lora', 'pissa', 'olora'], 'lora', {
    meaning:
      'What A and B of a continued adapter started from: pissa and olora took that out of the base. A fresh adapter starts as lora.',
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
    meaning: 'Modules trained in full and saved with the adapter.',
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
  prompt_tuning_init_text: text('', {
    meaning: 'The text a learned prompt starts from (TEXT), repeated or cut to its length.',
  }),
  encoder_hidden_size: whole(0, {
    form: [0, 4096, 1],
    valid: [0, 65536],
    meaning: "Inner width of P-tuning's encoder; 0 = the width of the model.",
  }),
  d_initial: number(0.1, {
    form: [0.001, 1, 0.001],
    valid: [0, 1e3],
    meaning: "What VeRA's vector between its two matrices starts from.",
  }),
  feedforward_modules: names([], { meaning: 'IA3 modules scaled at their input.' }),
  reduction_factor: number(0, {
    form: [0, 64, 1],
    valid: [0, 4096],
    meaning: "Width of the model over width of a bottleneck adapter; 0 = AdapterHub's: 16 in series, 2 in parallel.",
  }),
  adapter_placement: choice(['mlp', 'both'], 'mlp', {
    meaning: 'Bottleneck adapters after the MLP of each layer (Pfeiffer), or after attention and MLP (Houlsby).',
    elsewhere: 'seq_bn, double_seq_bn (AdapterHub)',
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
  keep_frozen_statistics: toggle(false, {
    meaning:
      'Batch norms with frozen weights keep their published statistics; off, these move with the batches, as in PyTorch.',
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
  init_from: text('', {
    meaning:
      'An adapter folder to continue from; empty = a fresh adapter. The page takes its settings over; a run config has to say them, and is refused where it would train something else.',
  }),
};
