/** axolotl's YAML. */
import { changes } from './effects.ts';
import { type Flat, type Imported, importFlat, type Row, sameIn, type Vocabulary } from './foreign.ts';
import { isDataFile, targetModules } from './hugging-face.ts';
import {
  argumentEffects,
  argumentRows,
  argumentsElsewhere,
  leastRate,
  onlyIf,
  optimizerOf,
  scheduleOf,
} from './training-arguments.ts';

/** The first of the data sets, which is the only one that is taken over. */
function firstOf(value: unknown): Flat {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === 'object' && first !== null ? (first as Flat) : {};
}
const formOf = (value: unknown): string =>
  String(firstOf(value).type ?? '')
    .split(':')[0]!
    .split('.')[0]!;
const fileOf = (value: unknown): unknown => {
  const { path, data_files } = firstOf(value);
  const files = Array.isArray(data_files) ? data_files : [data_files ?? path];
  return files.length === 1 && isDataFile(files[0]) ? files[0] : undefined;
};
/** Columns that a form of prompt of the user's own names. */
const ownForm = (value: unknown): Flat | undefined => {
  const { type } = firstOf(value);
  return typeof type === 'object' && type !== null ? (type as Flat) : undefined;
};

interface Form {
  readonly problem_type?: string;
  readonly prompt_template?: string;
  readonly prompt_column?: readonly string[];
  readonly answer_column?: string;
  readonly messages_column?: string;
}
const forms: Readonly<Record<string, (set: Flat) => Form>> = {
  alpaca: () => ({ prompt_template: 'alpaca', prompt_column: ['instruction', 'input'], answer_column: 'output' }),
  chat_template: ({ field_messages }) => ({
    prompt_template: 'chat',
    messages_column: String(field_messages ?? 'messages'),
  }),
  sharegpt: ({ field_messages }) => ({
    prompt_template: 'chat',
    messages_column: String(field_messages ?? 'conversations'),
  }),
  completion: ({ field }) => ({ problem_type: 'text', answer_column: String(field ?? 'text') }),
};

function formed(value: unknown): Form {
  const own = ownForm(value);
  if (!own) return forms[formOf(value)]?.(firstOf(value)) ?? {};
  const { field_instruction = 'instruction', field_input = 'input', field_output = 'output' } = own;
  return { prompt_column: [String(field_instruction), String(field_input)], answer_column: String(field_output) };
}

const rows: readonly Row[] = [
  { foreign: 'base_model', ours: 'model.llm_backbone' },
  { foreign: 'revision_of_model', ours: 'model.revision' },
  { foreign: 'load_in_8bit', ours: 'model.weights', read: (value) => onlyIf(value, 'int8') },
  { foreign: 'load_in_4bit', ours: 'model.weights', read: (value) => onlyIf(value, 'nf4') },
  { foreign: 'datasets', ours: 'dataset.train_dataframe', read: fileOf },
  ...(['problem_type', 'prompt_template', 'prompt_column', 'answer_column', 'messages_column'] as const).map(
    (key): Row => ({ foreign: 'datasets', ours: `dataset.${key}`, read: (value) => formed(value)[key] }),
  ),
  { foreign: 'datasets', ours: 'dataset.prompt_column_separator', read: () => '\n' },
  {
    foreign: 'val_set_size',
    ours: 'dataset.validation_strategy',
    read: (size) => (Number(size) > 0 ? 'automatic' : 'none'),
  },
  {
    foreign: 'val_set_size',
    ours: 'dataset.validation_size',
    read: (size) => (Number(size) > 0 && Number(size) < 1 ? size : undefined),
  },
  { foreign: 'test_datasets', ours: 'dataset.validation_dataframe', read: fileOf },
  {
    foreign: 'test_datasets',
    ours: 'dataset.validation_strategy',
    read: (value) => onlyIf(fileOf(value) !== undefined, 'custom'),
  },
  { foreign: 'train_on_inputs', ours: 'dataset.mask_prompt_labels', read: (value) => value !== true },
  { foreign: 'sequence_len', ours: 'tokenizer.max_length' },
  { foreign: 'sample_packing', ours: 'tokenizer.packing' },
  {
    foreign: 'adapter',
    ours: 'tuning.method',
    readsNull: true,
    read: (name) => ({ lora: 'lora', qlora: 'lora', null: 'full', '': 'full' })[String(name)] ?? name,
  },
  { foreign: 'adapter', ours: 'model.weights', read: (name) => onlyIf(name === 'qlora', 'nf4') },
  { foreign: 'lora_model_dir', ours: 'tuning.init_from' },
  ...sameIn('tuning', 'lora_r', 'lora_alpha', 'lora_dropout'),
  { foreign: 'lora_target_modules', ours: 'tuning.lora_target_modules', read: targetModules },
  { foreign: 'lora_target_linear', ours: 'tuning.lora_target_modules', read: (value) => onlyIf(value, 'all-linear') },
  { foreign: 'lora_modules_to_save', ours: 'tuning.modules_to_save' },
  { foreign: 'lora_rank_pattern', ours: 'tuning.rank_pattern' },
  { foreign: 'lora_alpha_pattern', ours: 'tuning.alpha_pattern' },
  { foreign: 'peft_layers_to_transform', ours: 'tuning.layers_to_transform' },
  { foreign: 'peft_layers_pattern', ours: 'tuning.layers_pattern' },
  { foreign: 'peft_use_dora', ours: 'tuning.use_dora' },
  { foreign: 'peft_use_rslora', ours: 'tuning.use_rslora' },
  { foreign: 'loraplus_lr_ratio', ours: 'tuning.lora_plus_ratio' },
  {
    foreign: 'unfrozen_parameters',
    ours: 'tuning.train_parameters',
    read: (patterns) => (Array.isArray(patterns) ? patterns.map((regex) => ({ regex: String(regex) })) : undefined),
  },
  ...argumentRows.filter(
    ({ foreign }) => !/^(lr_scheduler_(type|kwargs)|warmup_|optim$|per_device|max_grad_norm)/.test(foreign),
  ),
  { foreign: 'max_grad_norm', ours: 'training.gradient_clip' },
  { foreign: 'optimizer', ours: 'training.optimizer', read: optimizerOf },
  { foreign: 'micro_batch_size', ours: 'training.batch_size' },
  { foreign: 'eval_batch_size', ours: 'logging.eval_batch_size' },
  { foreign: 'num_epochs', ours: 'training.epochs' },
  { foreign: 'lr_scheduler', ours: 'training.schedule', read: scheduleOf },
  {
    foreign: 'lr_scheduler',
    ours: 'training.min_learning_rate_ratio',
    read: (kind, file) => leastRate(kind, file.lr_scheduler_kwargs, file.learning_rate),
  },
  { foreign: 'lr_scheduler_kwargs', ours: 'training.min_learning_rate_ratio', readElsewhere: true },
  { foreign: 'cosine_min_lr_ratio', ours: 'training.min_learning_rate_ratio' },
  {
    foreign: 'warmup_ratio',
    ours: 'training.warmup_ratio',
    read: (ratio, file) => (hasWarmup(file) && file.warmup_steps === undefined ? ratio : undefined),
  },
  { foreign: 'warmup_steps', ours: 'training.warmup_steps', read: (steps, file) => (hasWarmup(file) ? steps : 0) },
  {
    foreign: 'evals_per_epoch',
    ours: 'training.evaluation_epochs',
    read: (times) => (Number(times) > 0 ? 1 / Number(times) : undefined),
  },
  { foreign: 'early_stopping_patience', ours: 'training.early_stopping_patience' },
];

/** transformers' plain constant has no warm-up. */
const hasWarmup = ({ lr_scheduler }: Flat): boolean => lr_scheduler !== 'constant';

const effects: Vocabulary['effects'] = [
  [/^use_eaft$/, changes('loss')],
  [/^rl$|^reward_model$|^process_reward_model$|^num_labels$/, changes('objective')],
  [
    /^datasets$/,
    (value) => {
      if (!Array.isArray(value)) return undefined;
      if (value.length > 1) return 'several-data-sets';
      if (fileOf(value) === undefined) return 'data-not-here';
      const { roles_to_train, message_property_mappings, train_on_eos, type } = firstOf(value);
      if (roles_to_train && String(roles_to_train) !== 'assistant') return 'learned-parts';
      if (ownForm(value)?.format || message_property_mappings) return 'data-format';
      return forms[formOf(value)] || type === undefined || train_on_eos ? undefined : 'data-format';
    },
  ],
  [/^test_datasets$/, (value) => (fileOf(value) === undefined ? changes('data-not-here')(value, {}) : undefined)],
  [/^pretraining_dataset$/, changes('data-not-here')],
  [/^val_set_size$/, (size) => (Number(size) >= 1 ? 'validation-count' : undefined)],
  [/^chat_template$/, changes('template', 'tokenizer_default', 'alpaca')],
  [/^chat_template_jinja$/, changes('template')],
  [/^default_system_message$/, changes('system-text')],
  [/^(special_tokens|tokens|added_tokens_overrides|resize_token_embeddings_to_32x)$/, changes('new-tokens')],
  [/^(tokenizer_type|tokenizer_config|tokenizer_use_mistral_common)$/, changes('tokeniser', 'AutoTokenizer')],
  [/^excess_length_strategy$/, changes('long-rows', 'truncate')],
  [/^(cosine_constant_lr_ratio|lr_quadratic_warmup|lr_div_factor|jagged_restart|relora)/, changes('schedule')],
  [/^(embedding_lr|embedding_lr_scale|lr_groups)$/, changes('rates-by-part')],
  [/^loraplus_lr_embedding$/, changes('rates-by-part', 1e-6)],
  [/^peft_init_lora_weights$/, changes('start-weights', true)],
  [
    /^(peft$|peft_layer_replication|peft_trainable_token|peft_ensure|lora_target_parameters|lora_exclude)/,
    changes('adapter-otherwise'),
  ],
  [/^(reinit_weights)$/, changes('start-weights')],
  [/^(overrides_of_model_config|overrides_of_model_kwargs|model_config|rope_scaling)/, changes('model-changed')],
  [/^(bnb_config_kwargs|gptq|qat|quantization)$/, changes('quantisation')],
  [/^(lisa_|dion_|qgalore_)/, changes('optimizer', 1, 256, 200, 0.25, 'std', 4, 0.4, 2, 5, true)],
  [/^(eval_causal_lm|do_causal_lm|do_bench)/, changes('scores')],
  [/^adam_(beta3|epsilon2)$/, changes('adam-constants')],
  [/^(shuffle_merged_datasets)$/, (value) => (value === false ? 'data-seed' : undefined)],
  [/^dataset_exact_deduplication$/, changes('rows-chosen')],
  [/^(torch_dtype|bfloat16|float16)$/, changes('precision')],
  ...argumentEffects.filter(([keys]) => !keys.test('lr_scheduler_kwargs') && !keys.test('eval_strategy')),
];

/** What axolotl takes; its warm-up is 3% of the updates and a hundred at most. */
function defaults(file: Flat): Flat {
  return {
    sequence_len: 512,
    micro_batch_size: 1,
    num_epochs: 1,
    lr_scheduler: 'cosine',
    max_grad_norm: 1,
    seed: 42,
    dataloader_drop_last: false,
    adapter: null,
    val_set_size: 0,
    excess_length_strategy: 'drop',
    ...('warmup_steps' in file || 'warmup_ratio' in file ? {} : { warmup_ratio: 0.03 }),
    ...(file.adapter ? { lora_dropout: 0 } : {}),
  };
}

const vocabulary: Vocabulary = {
  rows,
  elsewhere: new RegExp(
    `^(_|${argumentsElsewhere}|strict|device|world_size|wandb|mlflow|comet|use_(wandb|mlflow|comet|tensorboard|trackio)|xformers|flash_attention|sdp|eager_|s2_|flash_optimum|attn_|cut_cross|lora_(mlp|qkv|o|embedding)_kernel|unsloth_|dataset_(prepared|shard|processes|num_proc|keep)|eval_(strategy|sample_packing|sequence_len|table)|evals_|saves_per|pad_to|sample_packing_|activation_|layer_offloading|pretrain_multipack|streaming_multipack|ple_|quantize_moe|tiled_mlp|generat|num_generation|mean_resizing|eaft_|multipack|batch_flattening|model_type|is_|tokenizer_(use_fast|legacy|save)|low_cpu|gpu_memory|plugins|merge_|qlora_sharded|lora_(on_cpu|fan_in)|gc_|loss_watchdog|auto_resume|resume|trl$|vllm$|skip_prepare|shuffle_before|preprocess|group_|include_|torch_)`,
  ),
  effects,
  defaults,
};

export const fromAxolotl = (file: Flat): Imported => importFlat(file, vocabulary);

export const isAxolotl = (parsed: Readonly<Record<string, unknown>>): boolean =>
  'base_model' in parsed &&
  ['datasets', 'adapter', 'micro_batch_size', 'sequence_len', 'num_epochs', 'pretraining_dataset'].some(
    (key) => key in parsed,
  );
