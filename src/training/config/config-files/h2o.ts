/**
 * H2O LLM Studio's `cfg.yaml`, of its current release and of older ones. Most keys bear the same names as here; this
 * file lists those that do not.
 */

import { comparesAnswers } from '../../../tasks/preference/losses.ts';
import type { RunConfig } from '../run-config.ts';
import { settings } from '../settings.ts';
import { changes, type EffectOf } from './effects.ts';
import { exportFlat, type Flat, type Imported, importFlat, type Row, renamed, type Vocabulary } from './foreign.ts';
import { namesFrom, namesIn } from './values.ts';

/** Empty cells are the text None. */
const orEmpty = (value: unknown): unknown => (value === 'None' || value === null ? '' : value);
const orNone = (value: string): string => (value === '' ? 'None' : value);

/** Texts are kept with their escapes: a line break is a backslash and an n. */
const unescaped = (value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('\\n', '\n').replaceAll('\\t', '\t') : orEmpty(value);
const escaped = (value: string): string => value.replaceAll('\n', '\\n').replaceAll('\t', '\\t');

const joined = (value: string | readonly string[]): string => (typeof value === 'string' ? value : value.join(','));

const problems = {
  text_causal_language_modeling: 'instruction',
  text_causal_classification_modeling: 'classification',
  text_causal_regression_modeling: 'regression',
  text_dpo_modeling: 'preference',
};
const losses = {
  CrossEntropyLoss: 'CrossEntropy',
  BinaryCrossEntropyLoss: 'BinaryCrossEntropy',
  MSELoss: 'MSE',
  DPOLoss: 'DPO',
  DPOHingeLoss: 'DPOHinge',
  DPOIPOLoss: 'DPOIPO',
  SimPOLoss: 'SimPO',
};
const labelTypes = ['text_causal_classification_modeling', 'text_causal_regression_modeling'];
const isDpo = (file: Flat): boolean => file.problem_type === 'text_dpo_modeling';

/** Of one column that says yes or no H2O learns one logit; here that is a choice between two classes. */
const isYesOrNo = (file: Flat): boolean =>
  file.problem_type === 'text_causal_classification_modeling' &&
  file['training.loss_function'] === 'BinaryCrossEntropyLoss' &&
  namesIn(file['dataset.answer_column']).length <= 1;
const heads = ['score', 'classifier'];
const escapedRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Layers that are frozen by a part of their name, in full fine-tuning; beside LoRA the base is frozen anyway. */
function notFrozen(value: unknown, file: Flat): unknown {
  const names = namesFrom(value);
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
    readElsewhere: true,
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
  {
    foreign: 'dataset.answer_column',
    ours: 'dataset.answer_column',
    read: (value) => {
      const names = Array.isArray(value) ? value.map(String) : [String(orEmpty(value))];
      return names.length === 1 ? names[0] : undefined;
    },
  },
  {
    foreign: 'dataset.num_classes',
    ours: 'dataset.num_classes',
    read: (value, file) => (isYesOrNo(file) ? 2 : value),
  },
  { foreign: 'dataset.prompt_column', ours: 'dataset.prompt_column', read: namesFrom },
  ...[
    ...['system_column', 'parent_id_column', 'id_column', 'validation_dataframe'],
    ...['rejected_prompt_column', 'rejected_answer_column'],
  ].map((key): Row => ({ foreign: `dataset.${key}`, ours: `dataset.${key}`, read: orEmpty, write: orNone })),
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
      const names = namesFrom(value);
      return names.length === 0 ? '' : String(names) === 'all-linear' ? 'all-linear' : names;
    },
    write: joined,
  },
  { foreign: 'training.lora_unfreeze_layers', ours: 'tuning.modules_to_save', read: namesFrom },
  {
    foreign: 'training.differential_learning_rate_layers',
    ours: 'tuning.differential_learning_rate_layers',
    // The head of a classifier is called score or classifier by transformers.
    read: (value) => namesFrom(value).flatMap((name) => (name === 'classification_head' ? heads : name)),
  },
  { foreign: 'training.freeze_layers', ours: 'tuning.train_parameters', read: notFrozen, write: () => undefined },
  {
    foreign: 'training.loss_function',
    ours: 'training.loss_function',
    read: (value, file) => (isYesOrNo(file) ? 'CrossEntropy' : renamed(losses).read(value, file)),
    write: (value: string, config: RunConfig) =>
      comparesAnswers(config) && value === settings.training.loss_function.default
        ? 'DPOLoss'
        : Object.keys(losses).find((name) => losses[name as keyof typeof losses] === value),
  },
  {
    foreign: 'training.save_best_checkpoint',
    ours: 'training.save_checkpoint',
    read: (value) => (value === true ? 'best' : 'last'),
    write: () => undefined,
  },
  { foreign: 'prediction.stop_tokens', ours: 'prediction.stop_tokens', read: namesFrom, write: joined },
  {
    foreign: 'prediction.metric',
    ours: 'prediction.metric',
    // Labels are scored by everything there is.
    read: (value, { problem_type }) =>
      labelTypes.includes(String(problem_type)) ? undefined : ({ GPT: 'judge' }[String(value)] ?? value),
    // The others' scores are unknown there.
    write: (value: string) => ({ Perplexity: value, BLEU: value, judge: 'GPT' })[value],
  },
  {
    foreign: 'prediction.metric_gpt_model',
    ours: 'prediction.judge_model',
    read: (value, file) => (file['prediction.metric'] === 'GPT' ? value : undefined),
    write: (value: string) => value || undefined,
  },
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
  'dataset.label_column',
  'tokenizer.packing',
  'training.label_smoothing',
  'training.cpo_alpha',
  'training.desirable_weight',
  'training.undesirable_weight',
  'training.max_steps',
  'training.shuffle',
  'training.warmup_steps',
  'training.warmup_ratio',
  'training.early_stopping_patience',
  'training.adam_beta1',
  'training.adam_beta2',
  'training.adam_epsilon',
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

const severalAnswers: EffectOf = (value) => (Array.isArray(value) && value.length > 1 ? 'several-answers' : undefined);
const isLearned = (file: Flat): boolean => labelTypes.includes(String(file.problem_type));

const effects: Vocabulary['effects'] = [
  [/^problem_type$/, changes('objective', ...Object.keys(problems))],
  [/^training\.use_rlhf$/, changes('objective')],
  [
    /^training\.(reward_model|adaptive_kl|initial_kl|kl_|advantages_|ppo_|scaling_factor|offload_reward)/,
    (value, file) =>
      file['training.use_rlhf'] === true || /rlhf/.test(String(file.problem_type))
        ? changes('objective')(value, file)
        : undefined,
  ],
  // There, of means over tokens.
  [/^training\.loss_function$/, (value) => (value === 'DPOHingeLoss' ? 'loss' : undefined)],
  [/^dataset\.answer_column$/, severalAnswers],
  [
    /^dataset\.(text_prompt_start|text_answer_separator)$/,
    (value, file) => (isLearned(file) ? changes('label-template')(value, file) : undefined),
  ],
  [/^dataset\.personalize$/, changes('personalised')],
  [
    /^dataset\.(chatbot_name|chatbot_author)$/,
    (_, file) => (file['dataset.personalize'] === true ? 'personalised' : undefined),
  ],
  [/^(dataset|tokenizer)\.add_prompt_answer_tokens$/, changes('new-tokens')],
  [/^tokenizer\.add_prefix_space$/, changes('tokeniser')],
  [
    /^tokenizer\.tokenizer_kwargs$/,
    (value) =>
      /^\{?("use_fast": ?(true|false),? ?|"add_prefix_space": ?false,? ?)*\}?$/.test(String(value))
        ? undefined
        : 'tokeniser',
  ],
  [/^architecture\.pretrained$/, (value) => (value === false ? 'start-weights' : undefined)],
  [/^architecture\.pretrained_weights$/, changes('start-weights')],
  [
    /^training\.differential_learning_rate_layers$/,
    (value) => (namesIn(value).includes('backbone') ? 'rates-by-part' : undefined),
  ],
  [/^prediction\.metric$/, (value, file) => (isLearned(file) ? changes('scores')(value, file) : undefined)],
  [
    /^prediction\.metric_gpt_template$/,
    (_, file) => (file['prediction.metric'] === 'GPT' ? 'judge-prompt' : undefined),
  ],
];

/** What H2O takes in all its releases where a file leaves a key out, and we would take something else. */
function defaults(file: Flat): Flat {
  const { problem_type } = file;
  const columns = { 'dataset.prompt_column': ['instruction', 'input'] };
  if (problem_type === 'text_causal_classification_modeling') {
    const loss = { 'dataset.num_classes': 1, 'training.loss_function': 'BinaryCrossEntropyLoss' };
    return { ...columns, 'dataset.answer_column': 'label', ...loss };
  }
  if (problem_type === 'text_causal_regression_modeling') {
    return { ...columns, 'dataset.answer_column': 'label', 'training.loss_function': 'MSELoss' };
  }
  return {
    ...columns,
    'dataset.text_prompt_start': '<|prompt|>',
    'dataset.add_eos_token_to_system': true,
    'dataset.add_eos_token_to_prompt': true,
    ...(isDpo(file) ? ofPairs : {}),
  };
}

const ofPairs: Flat = {
  'dataset.answer_column': 'chosen_response',
  'dataset.rejected_answer_column': 'rejected_response',
  'dataset.limit_chained_samples': true,
  'training.loss_function': 'DPOLoss',
  'training.beta': 0.2,
  'training.simpo_gamma': 1,
  'training.gradient_clip': 10,
  'training.lora': true,
};

const vocabulary: Vocabulary = {
  rows: [...differing, ...same],
  elsewhere:
    /^(logging\.|_|environment\.(_|gpus|compile_model|deepspeed|use_deepspeed|use_fsdp|find_unused|trust_remote|openai)|tokenizer\.(use_fast|padding_side)|prediction\.(prompt_lookup|metric_class)|\w+\.\w+_class$|training\.(attention_implementation|use_flash))/,
  effects,
  defaults,
};

export function fromH2o(parsed: Flat): Imported {
  const flat: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(parsed)) {
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
