/** transformers' `TrainingArguments` (5.x, and names of 4.x), which several programs' files hold. */
import type { RunConfig } from '../run-config.ts';
import { changes, type EffectOf } from './effects.ts';
import { type Flat, type Row, sameIn } from './foreign.ts';
import { memberName } from './values.ts';

export const silent = () => undefined;
export const onlyIf = <T>(condition: unknown, value: T): T | undefined => (condition === true ? value : undefined);

/** Several spellings are read, the first is written. */
const optimizers: Readonly<Record<string, string>> = {
  adamw_torch: 'AdamW',
  adamw_torch_fused: 'AdamW',
  adamw_torch_xla: 'AdamW',
  adamw_torch_npu_fused: 'AdamW',
  adamw_apex_fused: 'AdamW',
  adamw_hf: 'AdamW',
  paged_adamw: 'AdamW',
  paged_adamw_32bit: 'AdamW',
  adamw_8bit: 'AdamW8bit',
  adamw_bnb_8bit: 'AdamW8bit',
  paged_adamw_8bit: 'AdamW8bit',
  sgd: 'SGD',
  rmsprop: 'RMSprop',
};
const written = { AdamW: 'adamw_torch', AdamW8bit: 'adamw_8bit', SGD: 'sgd', RMSprop: 'rmsprop' };
export const optimizerOf = (value: unknown): unknown => optimizers[memberName(value)] ?? value;

const schedules: Readonly<Record<string, string>> = {
  cosine: 'Cosine',
  cosine_with_restarts: 'Cosine',
  cosine_with_min_lr: 'Cosine',
  cosine_warmup_with_min_lr: 'Cosine',
  linear: 'Linear',
  polynomial: 'Linear',
  constant: 'Constant',
  constant_with_warmup: 'Constant',
};
/** A cosine that starts over once only, and a polynomial of the first degree, are the plain ones. */
export const scheduleOf = (value: unknown): unknown => schedules[memberName(value)] ?? value;
/** What is written: transformers' plain constant has no warm-up. */
const scheduleNames = { Cosine: 'cosine', Linear: 'linear', Constant: 'constant_with_warmup' };

const optionsOf = (value: unknown): Flat => {
  if (typeof value === 'object' && value !== null) return value as Flat;
  try {
    return typeof value === 'string' ? (JSON.parse(value) as Flat) : {};
  } catch {
    return {};
  }
};

/** The share of the learning rate that a schedule ends at: `min_lr`, `min_lr_rate`, and a polynomial's `lr_end`. */
export function leastRate(kind: unknown, options: unknown, rate: unknown): number | undefined {
  const { min_lr, min_lr_rate, lr_end = 1e-7 } = optionsOf(options);
  const share = (value: unknown) => (Number(rate) > 0 ? Number(value) / Number(rate) : 0);
  if (memberName(kind) === 'polynomial') return share(lr_end);
  if (!/min_lr/.test(memberName(kind))) return undefined;
  return min_lr_rate === undefined ? (min_lr === undefined ? undefined : share(min_lr)) : Number(min_lr_rate);
}

const scheduleEffect: EffectOf = (value) => {
  const { num_cycles = 1, power = 1, min_lr, min_lr_rate, lr_end, ...rest } = optionsOf(value);
  const isKnown = (num_cycles === 1 || num_cycles === 0.5) && power === 1 && Object.keys(rest).length === 0;
  return isKnown ? undefined : 'schedule';
};

/** From 1 on a number of updates; below 1 a share of them. A constant schedule has no warm-up. */
const warmup = (value: unknown, { lr_scheduler_type: kind }: Flat): { steps: number; ratio: number } => {
  const amount =
    memberName(kind) === 'constant' ? 0 : typeof value === 'object' && value !== null ? Number.NaN : Number(value);
  return amount >= 1 ? { steps: Math.trunc(amount), ratio: 0 } : { steps: 0, ratio: amount };
};

const isStepped = (value: unknown): boolean => !['no', 'false', 'null'].includes(memberName(value));

export const argumentRows: readonly Row[] = [
  ...sameIn('augmentation', 'mlm_probability'),
  {
    foreign: 'neftune_noise_alpha',
    ours: 'augmentation.neftune_noise_alpha',
    write: (value: number) => (value === 0 ? null : value),
  },
  {
    foreign: 'gradient_checkpointing',
    ours: 'architecture.gradient_checkpointing',
    read: (value) => (value === true ? 'on' : 'off'),
    write: (value: string) => value !== 'off',
  },
  {
    foreign: 'optim',
    ours: 'training.optimizer',
    read: optimizerOf,
    write: (value: keyof typeof written) => written[value],
  },
  ...sameIn('training', 'adam_beta1', 'adam_beta2', 'adam_epsilon'),
  { foreign: 'learning_rate', ours: 'training.learning_rate' },
  { foreign: 'per_device_train_batch_size', ours: 'training.batch_size' },
  { foreign: 'gradient_accumulation_steps', ours: 'training.grad_accumulation' },
  { foreign: 'num_train_epochs', ours: 'training.epochs' },
  {
    foreign: 'max_steps',
    ours: 'training.max_steps',
    read: (value) => Math.max(0, Number(value)),
    write: (value: number) => value || -1,
  },
  { foreign: 'dataloader_drop_last', ours: 'training.drop_last_batch' },
  {
    foreign: 'train_sampling_strategy',
    ours: 'training.shuffle',
    read: (value) => memberName(value) !== 'sequential',
    write: (value: boolean) => (value ? undefined : 'sequential'),
  },
  {
    foreign: 'lr_scheduler_type',
    ours: 'training.schedule',
    read: scheduleOf,
    write: (value: keyof typeof scheduleNames) => scheduleNames[value],
  },
  {
    foreign: 'lr_scheduler_type',
    ours: 'training.min_learning_rate_ratio',
    read: (kind, file) => leastRate(kind, file.lr_scheduler_kwargs, file.learning_rate),
    write: silent,
  },
  { foreign: 'lr_scheduler_kwargs', ours: 'training.min_learning_rate_ratio', readElsewhere: true, write: silent },
  {
    foreign: 'warmup_ratio',
    ours: 'training.warmup_ratio',
    read: (value, file) => (Number(file.warmup_steps ?? 0) > 0 ? undefined : warmup(value, file).ratio),
    write: silent,
  },
  {
    foreign: 'warmup_steps',
    ours: 'training.warmup_steps',
    read: (value, file) => warmup(value, file).steps,
    write: (value: number, { training }: RunConfig) => (value > 0 ? value : training.warmup_ratio),
  },
  {
    foreign: 'warmup_steps',
    ours: 'training.warmup_ratio',
    read: (value, file) => (Number(value) > 0 ? warmup(value, file).ratio : undefined),
    write: silent,
  },
  { foreign: 'weight_decay', ours: 'training.weight_decay' },
  { foreign: 'max_grad_norm', ours: 'training.gradient_clip', readsNull: true, read: (value) => value ?? 0 },
  {
    foreign: 'fp16',
    ours: 'environment.mixed_precision',
    read: (value) => onlyIf(value, 'f16'),
    write: (value: string) => value === 'f16',
  },
  {
    foreign: 'bf16',
    ours: 'environment.mixed_precision',
    read: (value, { fp16 }) => onlyIf(value === true && fp16 !== true, 'auto'),
    write: (value: string) => value === 'auto',
  },
  {
    foreign: 'dataloader_num_workers',
    ours: 'environment.number_of_workers',
    read: (value) => Math.max(1, Number(value)),
  },
  { foreign: 'seed', ours: 'environment.seed', write: (value: number) => (value < 0 ? undefined : value) },
  { foreign: 'run_name', ours: 'environment.experiment_name' },
  { foreign: 'output_dir', ours: 'environment.output_directory' },
  {
    foreign: 'logging_steps',
    ours: 'logging.logging_steps',
    read: (value) => (Number(value) >= 1 ? Math.trunc(Number(value)) : undefined),
  },
  {
    foreign: 'per_device_eval_batch_size',
    ours: 'logging.eval_batch_size',
    write: (value: number) => value || undefined,
  },
  { foreign: 'eval_on_start', ours: 'training.evaluate_before_training' },
  {
    foreign: 'save_strategy',
    ours: 'training.save_checkpoint',
    read: (value) => ({ no: 'disable', false: 'disable', best: 'best' })[memberName(value)],
    write: (value: string) => (value === 'disable' ? 'no' : 'epoch'),
  },
  {
    foreign: 'load_best_model_at_end',
    ours: 'training.save_checkpoint',
    read: (value) => onlyIf(value, 'best'),
    write: (value: string) => value === 'best',
  },
];

/** Validation rows: a file of its own, a share of the table, or none. `eval_strategy` was `evaluation_strategy`. */
export const evaluationRows: readonly Row[] = [
  { foreign: 'validation_file', ours: 'dataset.validation_dataframe', write: (value: string) => value || undefined },
  {
    foreign: 'evaluation_strategy',
    ours: 'dataset.validation_strategy',
    read: (value, file) => strategyOf(value, file),
    write: silent,
  },
  {
    foreign: 'eval_strategy',
    ours: 'dataset.validation_strategy',
    read: (value, file) => strategyOf(value, file),
    write: (value: string) => (value === 'none' ? 'no' : 'epoch'),
  },
];

/** Without evaluations on the way `do_eval` still asks for one of the validation file. */
function strategyOf(value: unknown, file: Flat): string {
  if (!isStepped(value) && !(file.do_eval === true && file.validation_file)) return 'none';
  return file.validation_file ? 'custom' : 'automatic';
}

export const argumentEffects: readonly (readonly [RegExp, EffectOf])[] = [
  [/^optim_args$/, changes('adam-constants')],
  [/^optim_target_modules$/, changes('optimizer')],
  [/^lr_scheduler_kwargs$/, scheduleEffect],
  [/^label_smoothing_factor$/, changes('label-smoothing')],
  [/^group_by_length$/, changes('grouped-by-length')],
  [/^train_sampling_strategy$/, (value) => (memberName(value) === 'group_by_length' ? 'grouped-by-length' : undefined)],
  [/^data_seed$/, (value, { seed }) => (value === seed ? undefined : changes('data-seed')(value, {}))],
  [/^auto_find_batch_size$/, changes('batch-size-found')],
  [/^eval_(steps|delay)$/, (value, file) => changes('evaluation-pace')(value, file)],
  [
    /^(eval|evaluation)_strategy$/,
    (value, file) => (memberName(value) === 'steps' && !file.eval_steps ? 'evaluation-pace' : undefined),
  ],
  [/^metric_for_best_model$/, changes('best-by-metric', 'loss', 'eval_loss')],
  [/^(bf16|fp16)_full_eval$/, changes('precision')],
];

/** Of machines, logs, accounts and speed: nothing that decides what is learned. */
export const argumentsElsewhere =
  'accelerator|average_tokens|batch_eval|dataloader_|ddp|debug|deepspeed|disable_tqdm|do_|enable_jit|eval_(accumulation|do_concat|packing|use_gather)|fp16_|fp8|fsdp|full_determinism|gradient_checkpointing_kwargs|greater_|half_precision|hub_|ignore_data_skip|include_|jit_|label_names|length_column|liger|local_rank|log_|logging_|mp_|no_cuda|overwrite|parallelism|past_index|per_gpu|prediction_loss|predict_with|profile|project|push_to|ray_|remove_unused|report_to|restore_|resume_|save_|skip_memory|tf32|torch_compile|torch_empty|torchdynamo|tpu|trackio|use_cache|use_cpu|use_ipex|use_legacy|use_liger|use_mps|attn_implementation|trust_remote_code';

/** What transformers takes where a file says nothing, and we would take something else. */
export const argumentDefaults: Flat = {
  learning_rate: 5e-5,
  per_device_train_batch_size: 8,
  num_train_epochs: 3,
  lr_scheduler_type: 'linear',
  max_grad_norm: 1,
  dataloader_drop_last: false,
  seed: 42,
};
