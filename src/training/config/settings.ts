import { metricNames } from '../../metrics/metrics.ts';
import { augmentation, dataset, tokenizer } from './data-settings.ts';
import { choice, names, number, text, toggle, whole } from './setting.ts';
import { training } from './training-settings.ts';
import { tuning } from './tuning-settings.ts';

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
    meaning:
      'How frozen weights are kept on the GPU: as published loses nothing; int8, int4 and nf4 (QLoRA) keep the matrices of frozen linear layers in blocks of 64 values, of 8.5 or 4.5 bits each. Embeddings, the head, norms and whatever is trained stay whole; beside int4 the head, and the table that it is tied to, takes 8.5 bits.',
    elsewhere: 'backbone_dtype (H2O), load_in_4bit (HF)',
  }),
};

const architecture = {
  gradient_checkpointing: choice(['auto', 'on', 'off'], 'auto', {
    meaning:
      'Compute parts of the forward pass again in the backward pass to save memory: everything inside a layer (on), nothing (off), or only what is large and cheap, the gated activations and dropout (auto, which takes whole layers where the run would not fit the memory otherwise).',
  }),
  intermediate_dropout: number(0, {
    form: [0, 0.5, 0.05],
    valid: [0, 0.99],
    meaning: 'Share of values dropped, in training, of what attention and MLP add to the residual.',
  }),
  force_embedding_gradients: toggle(false, { meaning: 'Train the token embedding too (older H2O).' }),
};

const prediction = {
  metric: choice(['Perplexity', ...metricNames, 'judge'], 'Perplexity', {
    meaning:
      'How validation answers are scored: Perplexity needs no answers; BLEU and chrF (sacreBLEU), ROUGE-L (rouge-score), exact-match and F1 (SQuAD), each the mean of the rows, 0 to 100, and judge (another model, 1 to 10) have every validation row answered at each evaluation.',
  }),
  judge_endpoint: text('', {
    meaning:
      'OpenAI-compatible endpoint of the judge, such as http://localhost:11434/v1. Prompts, expected answers and answers of the validation rows are sent there.',
  }),
  judge_model: text('', {
    meaning: 'Model that the judge endpoint is asked for.',
    elsewhere: 'metric_gpt_model (H2O)',
  }),
  min_length_inference: whole(2, {
    form: [0, 1024, 1],
    valid: [0, 131072],
    meaning: 'Fewest new tokens of an answer.',
    elsewhere: 'min_new_tokens (HF)',
  }),
  max_length_inference: whole(256, {
    form: [1, 4096, 1],
    valid: [1, 131072],
    meaning: 'Most new tokens of an answer.',
    elsewhere: 'max_new_tokens (HF)',
  }),
  max_time: number(0, { form: [0, 600, 1], meaning: 'Time limit of an answer in seconds; 0 = none.' }),
  batch_size_inference: whole(0, {
    form: [0, 512, 1],
    valid: [0, 4096],
    meaning: 'Answers generated side by side; 0 = batch_size.',
  }),
  do_sample: toggle(false, { meaning: 'Sample tokens; off always picks the most likely one.' }),
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
  stop_tokens: names([], { meaning: 'Stop sequences: an answer ends where one of them is written.' }),
  num_history: whole(4, { form: [1, 50, 1], meaning: 'Earlier turns a chat keeps in its prompt.' }),
};

const environment = {
  executor: choice(['auto', 'webgpu', 'tfjs-webgpu', 'tfjs-wasm', 'tfjs-cpu'], 'auto', {
    meaning: 'What computes: our WebGPU kernels, or TensorFlow.js; auto takes the fastest there is.',
  }),
  mixed_precision: choice(['auto', 'f16', 'f32'], 'auto', {
    meaning:
      'What products of training multiply in: f16 rounds what goes in and adds up in f32, and needs a GPU with 16-bit arithmetic; auto is f32.',
    elsewhere: 'mixed_precision_dtype (H2O), fp16 (HF)',
  }),
  number_of_workers: whole(1, {
    form: [1, 16, 1],
    valid: [1, 256],
    meaning: 'Workers that tokenise; no more than there are cores, and at least two for 100,000 rows or more.',
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
  number_of_texts: whole(1, {
    form: [0, 10, 1],
    valid: [0, 1000],
    meaning: 'Validation rows whose answers are shown at each evaluation, base beside now; 0 = none.',
  }),
  sample_prompts: names([], { meaning: 'Further prompts that are answered at each evaluation.' }),
  logging_steps: whole(1, {
    form: [1, 1000, 1],
    valid: [1, 1e6],
    meaning: 'Log every so many updates.',
  }),
  eval_batch_size: whole(0, {
    form: [0, 256, 1],
    valid: [0, 4096],
    meaning: 'Rows a batch in evaluation; 0 = batch_size.',
    elsewhere: 'per_device_eval_batch_size (HF)',
  }),
  forgetting_check: toggle(false, {
    meaning:
      'Of models that write: at each evaluation, see on general texts how far the model has moved from the published one (KL a token) and how well it still predicts them (perplexity). With model.weights in 8 or 4 bits the published one is taken with its weights quantised so, too: what quantising costs is not counted.',
  }),
  general_texts: names([], {
    meaning:
      'Texts for forgetting_check, at most 256; of each the first 129 tokens are read and those after the first are predicted, 128 at most; empty = 24 short texts in English and 24 in Japanese that come with the studio.',
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
