/**
 * Hugging Face training arguments as JSON: `TrainingArguments`, TRL's `SFTConfig`, and the arguments that their scripts
 * take for the model, the data and PEFT.
 */
import type { RunConfig } from '../run-config.ts';
import { exportFlat, type Flat, type Imported, importFlat, type Row, renamed, requireObject } from './foreign.ts';

const onlyIf = <T>(condition: unknown, value: T): T | undefined => (condition === true ? value : undefined);
const silent = () => undefined;
/** Several spellings are read, the first is written. */
const optimizers = {
  adamw_torch: 'AdamW',
  adamw_torch_fused: 'AdamW',
  adamw_hf: 'AdamW',
  adamw_8bit: 'AdamW8bit',
  adamw_bnb_8bit: 'AdamW8bit',
  paged_adamw_8bit: 'AdamW8bit',
  sgd: 'SGD',
  rmsprop: 'RMSprop',
};
const written = { AdamW: 'adamw_torch', AdamW8bit: 'adamw_8bit', SGD: 'sgd', RMSprop: 'rmsprop' };
const schedules = { cosine: 'Cosine', linear: 'Linear', constant: 'Constant' };

const rows: readonly Row[] = [
  { foreign: 'model_name_or_path', ours: 'model.llm_backbone' },
  { foreign: 'model_revision', ours: 'model.revision' },
  {
    foreign: 'load_in_4bit',
    ours: 'model.weights',
    read: (value) => onlyIf(value, 'nf4'),
    write: (value: string) => value === 'nf4' || value === 'int4',
  },
  {
    foreign: 'load_in_8bit',
    ours: 'model.weights',
    read: (value) => onlyIf(value, 'int8'),
    write: (value: string) => value === 'int8',
  },
  { foreign: 'train_file', ours: 'dataset.train_dataframe' },
  { foreign: 'validation_file', ours: 'dataset.validation_dataframe', write: (value: string) => value || undefined },
  {
    foreign: 'validation_file',
    ours: 'dataset.validation_strategy',
    read: (value) => (typeof value === 'string' && value !== '' ? 'custom' : undefined),
    write: silent,
  },
  {
    foreign: 'completion_only_loss',
    ours: 'dataset.mask_prompt_labels',
    // null leaves it to the form of the data: prompt and answer, as here, learn the answer.
    read: (value) => value ?? undefined,
  },
  { foreign: 'max_seq_length', ours: 'tokenizer.max_length', write: silent },
  { foreign: 'max_length', ours: 'tokenizer.max_length' },
  { foreign: 'packing', ours: 'tokenizer.packing' },
  {
    foreign: 'neftune_noise_alpha',
    ours: 'augmentation.neftune_noise_alpha',
    read: (value) => value ?? 0,
    write: (value: number) => (value === 0 ? null : value),
  },
  {
    foreign: 'gradient_checkpointing',
    ours: 'architecture.gradient_checkpointing',
    read: (value) => (value === true ? 'on' : 'off'),
    write: (value: string) => value !== 'off',
  },
  {
    foreign: 'use_peft',
    ours: 'tuning.method',
    read: (value) => (value === true ? 'lora' : 'full'),
    write: (value: string) => value === 'lora',
  },
  ...['lora_r', 'lora_alpha', 'lora_dropout', 'use_rslora', 'use_dora'].map(
    (key): Row => ({ foreign: key, ours: `tuning.${key}` }),
  ),
  { foreign: 'lora_target_modules', ours: 'tuning.lora_target_modules', read: (value) => value ?? '' },
  { foreign: 'lora_modules_to_save', ours: 'tuning.modules_to_save', read: (value) => value ?? [] },
  {
    foreign: 'optim',
    ours: 'training.optimizer',
    read: renamed(optimizers).read,
    write: (value: keyof typeof written) => written[value],
  },
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
    foreign: 'lr_scheduler_type',
    ours: 'training.schedule',
    read: (value) => renamed(schedules).read(String(value).replace(/_with_(warmup|min_lr)$/, ''), {}),
    write: renamed(schedules).write,
  },
  { foreign: 'warmup_steps', ours: 'training.warmup_steps' },
  { foreign: 'warmup_ratio', ours: 'training.warmup_ratio' },
  { foreign: 'weight_decay', ours: 'training.weight_decay' },
  { foreign: 'max_grad_norm', ours: 'training.gradient_clip' },
  {
    foreign: 'eval_strategy',
    ours: 'dataset.validation_strategy',
    read: (value, file) => (value === 'no' ? 'none' : file.validation_file ? 'custom' : 'automatic'),
    write: (value: string) => (value === 'none' ? 'no' : 'epoch'),
  },
  {
    foreign: 'evaluation_strategy',
    ours: 'dataset.validation_strategy',
    read: (value) => onlyIf(value === 'no', 'none'),
    write: silent,
  },
  {
    foreign: 'load_best_model_at_end',
    ours: 'training.save_checkpoint',
    read: (value) => onlyIf(value, 'best'),
    write: (value: string) => value === 'best',
  },
  {
    foreign: 'save_strategy',
    ours: 'training.save_checkpoint',
    read: (value) => onlyIf(value === 'no', 'disable'),
    write: (value: string) => (value === 'disable' ? 'no' : 'epoch'),
  },
  {
    foreign: 'fp16',
    ours: 'environment.mixed_precision',
    read: (value) => onlyIf(value, 'f16'),
    write: (value: string) => value === 'f16',
  },
  {
    foreign: 'bf16',
    ours: 'environment.mixed_precision',
    read: (value) => onlyIf(value, 'auto'),
    write: (value: string) => value === 'auto',
  },
  {
    foreign: 'dataloader_num_workers',
    ours: 'environment.number_of_workers',
    read: (value) => Math.max(1, Number(value)),
  },
  { foreign: 'seed', ours: 'environment.seed', write: (value: number) => (value < 0 ? undefined : value) },
  { foreign: 'run_name', ours: 'environment.experiment_name', read: (value) => value ?? '' },
  { foreign: 'output_dir', ours: 'environment.output_directory' },
  { foreign: 'logging_steps', ours: 'logging.logging_steps' },
  {
    foreign: 'per_device_eval_batch_size',
    ours: 'logging.eval_batch_size',
    write: (value: number) => value || undefined,
  },
];

/** What transformers takes where a file says nothing, and we would take something else. */
const defaults: Flat = {
  learning_rate: 5e-5,
  per_device_train_batch_size: 8,
  num_train_epochs: 3,
  lr_scheduler_type: 'linear',
  max_grad_norm: 1,
  dataloader_drop_last: false,
  eval_strategy: 'no',
  seed: 42,
};

const vocabulary = {
  rows,
  elsewhere:
    /^(_|accelerator|auto_find|bf16_|data_seed|dataloader_|ddp|debug|deepspeed|disable_tqdm|do_|fp16_|fsdp|full_determinism|gradient_checkpointing_kwargs|greater_|hub_|ignore_data_skip|include_|jit_|label_names|length_column|liger|local_rank|log_|logging_|metric_for|mp_|no_cuda|optim_|overwrite|parallelism|past_index|prediction_loss|project|push_to|ray_|remove_unused|report_to|restore_|resume_|save_|skip_memory|tf32|torch_|torchdynamo|tpu|trackio|train_sampling|use_cpu|use_ipex|use_legacy|use_liger|use_mps|attn_implementation|trust_remote_code|dataset_|chat_template)/,
  defaults,
};

/** @throws AppError 'run-config-invalid' */
export const fromHuggingFace = (parsed: unknown): Imported => importFlat(requireObject(parsed), vocabulary);

export const toHuggingFace = (config: RunConfig) => exportFlat(config, vocabulary);

const telling = [
  'per_device_train_batch_size',
  'num_train_epochs',
  'learning_rate',
  'model_name_or_path',
  'output_dir',
];
export const isHuggingFace = (parsed: Readonly<Record<string, unknown>>): boolean =>
  telling.some((key) => key in parsed);
