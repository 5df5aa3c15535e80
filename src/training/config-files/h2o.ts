/**
 * H2O LLM Studio's `cfg.yaml`, of its current release and of older ones. Most keys bear the same names as here; this
 * file lists those that do not.
 */

import type { RunConfig } from '../run-config.ts';
import { settings } from '../settings.ts';
import { exportFlat, type Flat, type Imported, importFlat, type Row, renamed, requireObject } from './foreign.ts';

/** Empty cells are the text None. */
const orEmpty = (value: unknown): unknown => (value === 'None' || value === null ? '' : value);
const orNone = (value: string): string => (value === '' ? 'None' : value);

/** Texts are kept with their escapes: a line break is a backslash and an n. */
const unescaped = (value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('\\n', '\n').replaceAll('\\t', '\t') : orEmpty(value);
const escaped = (value: string): string => value.replaceAll('\n', '\\n').replaceAll('\t', '\\t');

/** A list of names in one text. */
const listOf = (value: unknown): unknown =>
  typeof value === 'string'
    ? orEmpty(value) === ''
      ? []
      : value.split(',').map((name) => name.trim())
    : (value ?? []);
const joined = (value: string | readonly string[]): string => (typeof value === 'string' ? value : value.join(','));

const problems = {
  text_causal_language_modeling: 'instruction',
  text_causal_classification_modeling: 'classification',
  text_causal_regression_modeling: 'regression',
};
const losses = { CrossEntropyLoss: 'CrossEntropy', BinaryCrossEntropyLoss: 'BinaryCrossEntropy', MSELoss: 'MSE' };
const escapedRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Layers that are frozen by a part of their name, in full fine-tuning; beside LoRA the base is frozen anyway. */
function notFrozen(value: unknown, file: Flat): unknown {
  const names = listOf(value) as string[];
  if (names.length === 0 || file['training.lora'] === true) return undefined;
  if (names.length === 1) return [{ not_contains: names[0] }];
  return [{ regex: `^(?!.*(?:${names.map(escapedRegExp).join('|')}))` }];
}

const differing: readonly Row[] = [
  { foreign: 'llm_backbone', ours: 'model.llm_backbone' },
  { foreign: 'experiment_name', ours: 'environment.experiment_name' },
  { foreign: 'output_directory', ours: 'environment.output_directory' },
  {
    foreign: 'problem_type',
    ours: 'dataset.problem_type',
    read: renamed(problems).read,
    write: (value: string) => Object.entries(problems).find(([, ours]) => ours === value)?.[0],
  },
  { foreign: 'environment.huggingface_branch', ours: 'model.revision' },
  {
    foreign: 'architecture.backbone_dtype',
    ours: 'model.weights',
    // bitsandbytes keeps 4 bits as NF4. Other data types are those of the file, which are kept here as they are.
    read: (value) => ({ int4: 'nf4', int8: 'int8' })[String(value)] ?? 'as-published',
    write: (value: string) => ({ nf4: 'int4', int4: 'int4', int8: 'int8' })[value] ?? 'bfloat16',
  },
  {
    foreign: 'architecture.gradient_checkpointing',
    ours: 'architecture.gradient_checkpointing',
    read: (value) => (value === true ? 'on' : 'off'),
    write: (value: string) => value !== 'off',
  },
  {
    foreign: 'environment.mixed_precision',
    ours: 'environment.mixed_precision',
    read: (value, file) => {
      if (value !== true) return 'f32';
      return file['environment.mixed_precision_dtype'] === 'float16' ? 'f16' : 'auto';
    },
    write: (value: string) => value !== 'f32',
  },
  {
    foreign: 'environment.mixed_precision_dtype',
    ours: 'environment.mixed_precision',
    // Read with the key above.
    read: () => undefined,
    write: (value: string) => (value === 'f16' ? 'float16' : 'bfloat16'),
  },
  // There, prompts are always written with the texts of the file.
  ...['text_system_start', 'text_prompt_start', 'text_answer_separator', 'prompt_column_separator'].map(
    (key): Row => ({ foreign: `dataset.${key}`, ours: `dataset.${key}`, read: unescaped, write: escaped }),
  ),
  {
    foreign: 'dataset.text_prompt_start',
    ours: 'dataset.prompt_template',
    read: () => 'custom',
    write: () => undefined,
  },
  { foreign: 'dataset.prompt_column', ours: 'dataset.prompt_column', read: listOf },
  ...['system_column', 'parent_id_column', 'id_column', 'validation_dataframe'].map(
    (key): Row => ({ foreign: `dataset.${key}`, ours: `dataset.${key}`, read: orEmpty, write: orNone }),
  ),
  {
    foreign: 'training.lora',
    ours: 'tuning.method',
    read: (value) => (value === true ? 'lora' : 'full'),
    write: (value: string) => value === 'lora',
  },
  ...['lora_r', 'lora_alpha', 'lora_dropout', 'use_dora', 'use_rslora', 'differential_learning_rate'].map(
    (key): Row => ({ foreign: `training.${key}`, ours: `tuning.${key}` }),
  ),
  {
    foreign: 'training.lora_target_modules',
    ours: 'tuning.lora_target_modules',
    read: (value) => {
      const names = listOf(value) as string[];
      return names.length === 0 ? '' : String(names) === 'all-linear' ? 'all-linear' : names;
    },
    write: joined,
  },
  { foreign: 'training.lora_unfreeze_layers', ours: 'tuning.modules_to_save', read: listOf },
  {
    foreign: 'training.differential_learning_rate_layers',
    ours: 'tuning.differential_learning_rate_layers',
    read: listOf,
  },
  { foreign: 'training.freeze_layers', ours: 'tuning.train_parameters', read: notFrozen, write: () => undefined },
  { foreign: 'training.loss_function', ours: 'training.loss_function', ...renamed(losses) },
  {
    foreign: 'training.save_best_checkpoint',
    ours: 'training.save_checkpoint',
    read: (value) => (value === true ? 'best' : 'last'),
    write: () => undefined,
  },
  { foreign: 'prediction.stop_tokens', ours: 'prediction.stop_tokens', read: listOf, write: joined },
  { foreign: 'prediction.metric', ours: 'prediction.metric', ...renamed({ GPT: 'judge' }) },
];

const sections = [
  'dataset',
  'tokenizer',
  'augmentation',
  'architecture',
  'training',
  'prediction',
  'environment',
] as const;
/** Keys of these sections that only this program has, or that H2O keeps in another section. */
const own = new Set([
  'dataset.problem_type',
  'dataset.prompt_template',
  'tokenizer.packing',
  'training.max_steps',
  'training.shuffle',
  'training.warmup_steps',
  'training.warmup_ratio',
  'training.early_stopping_patience',
  'environment.executor',
  'environment.experiment_name',
  'environment.output_directory',
]);

const differs = new Set(differing.map(({ ours }) => ours));
const same: Row[] = sections.flatMap((section) =>
  Object.keys(settings[section])
    .map((key) => `${section}.${key}`)
    .filter((key) => !own.has(key) && (!differs.has(key) || key === 'training.save_checkpoint'))
    .map((key) => ({ foreign: key, ours: key })),
);

const vocabulary = {
  rows: [...differing, ...same],
  elsewhere:
    /^(logging\.|environment\.(gpus|compile_model|deepspeed|use_deepspeed|find_unused|trust_remote|openai)|architecture\.pretrained|dataset\.(chatbot|personalize)|tokenizer\.(tokenizer_kwargs|use_fast|add_prompt_answer)|dataset\.add_prompt_answer|prediction\.metric_gpt|training\.(attention_implementation|use_flash))/,
  defaults: {},
};

/** @throws AppError 'run-config-invalid' where it is no object of sections */
export function fromH2o(parsed: unknown): Imported {
  const flat: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(requireObject(parsed))) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) flat[key] = value;
    else for (const [inner, each] of Object.entries(value)) flat[`${key}.${inner}`] = each;
  }
  return importFlat(flat, vocabulary);
}

/** The sections of a `cfg.yaml`, keys in order, and the keys of ours that it cannot say. */
export function toH2o(config: RunConfig): { file: Record<string, unknown>; lost: readonly string[] } {
  const { file, lost } = exportFlat(config, vocabulary);
  const nested: Record<string, Record<string, unknown>> = {};
  for (const [key, value] of Object.entries(file)) {
    const [section, inner] = key.split('.') as [string, string | undefined];
    if (inner === undefined) continue;
    nested[section] = { ...nested[section], [inner]: value };
  }
  const tops = Object.entries(file).filter(([key]) => !key.includes('.'));
  return { file: { ...Object.fromEntries(tops), ...nested }, lost };
}

export const isH2o = (parsed: Readonly<Record<string, unknown>>): boolean =>
  'llm_backbone' in parsed || /^text_\w+_modeling$/.test(String(parsed.problem_type));
