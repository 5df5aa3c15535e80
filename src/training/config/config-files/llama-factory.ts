/** LLaMA-Factory's YAML or JSON: transformers' arguments, and its own for model, data, template and adapter. */
import { changes } from './effects.ts';
import { type Flat, type Imported, importFlat, type Row, sameIn, type Vocabulary } from './foreign.ts';
import { targetModules } from './hugging-face.ts';
import { argumentDefaults, argumentEffects, argumentRows, argumentsElsewhere, onlyIf } from './training-arguments.ts';
import { namesFrom, namesIn } from './values.ts';

/** The templates that are a few fixed words; `default` ends its prompt with the end token, too. */
const fixedTexts: Readonly<Record<string, { readonly start: string; readonly separator: string }>> = {
  default: { start: 'Human: ', separator: '\nAssistant:' },
  empty: { start: '', separator: '' },
};
const fixedText = (template: unknown) => fixedTexts[String(template)];

const rows: readonly Row[] = [
  { foreign: 'model_name_or_path', ours: 'model.llm_backbone' },
  { foreign: 'model_revision', ours: 'model.revision' },
  {
    foreign: 'quantization_bit',
    ours: 'model.weights',
    read: (bits) => ({ 4: 'nf4', 8: 'int8' })[String(bits)] ?? (bits === null ? undefined : bits),
  },
  {
    foreign: 'adapter_name_or_path',
    ours: 'tuning.init_from',
    read: (paths) => (namesFrom(paths).length === 1 ? namesFrom(paths)[0] : undefined),
  },
  {
    foreign: 'stage',
    ours: 'dataset.problem_type',
    read: (stage) => ({ sft: 'instruction', pt: 'text' })[String(stage)],
  },
  { foreign: 'stage', ours: 'dataset.answer_column', read: (stage) => (stage === 'pt' ? 'text' : undefined) },
  {
    foreign: 'dataset',
    ours: 'dataset.prompt_column',
    // The columns of a data set in Alpaca's form, which is the usual one, and what joins them.
    read: (_, { stage }) => (stage === 'pt' ? undefined : ['instruction', 'input']),
  },
  { foreign: 'dataset', ours: 'dataset.prompt_column_separator', read: () => '\n' },
  {
    foreign: 'template',
    ours: 'dataset.prompt_template',
    read: (name) => (fixedText(name) ? 'custom' : name === 'alpaca' ? 'alpaca' : 'chat'),
  },
  { foreign: 'template', ours: 'dataset.text_prompt_start', read: (name) => fixedText(name)?.start },
  { foreign: 'template', ours: 'dataset.text_answer_separator', read: (name) => fixedText(name)?.separator },
  { foreign: 'template', ours: 'dataset.add_eos_token_to_prompt', read: (name) => onlyIf(name === 'default', true) },
  { foreign: 'train_on_prompt', ours: 'dataset.mask_prompt_labels', read: (value) => value !== true },
  { foreign: 'mask_history', ours: 'dataset.only_last_answer' },
  {
    foreign: 'val_size',
    ours: 'dataset.validation_strategy',
    read: (size) => (Number(size) > 0 ? 'automatic' : 'none'),
  },
  {
    foreign: 'val_size',
    ours: 'dataset.validation_size',
    read: (size) => (Number(size) > 0 && Number(size) < 1 ? size : undefined),
  },
  { foreign: 'cutoff_len', ours: 'tokenizer.max_length' },
  { foreign: 'packing', ours: 'tokenizer.packing', read: (value) => onlyIf(value, true) },
  { foreign: 'neat_packing', ours: 'tokenizer.packing', read: (value) => onlyIf(value, true) },
  {
    foreign: 'disable_gradient_checkpointing',
    ours: 'architecture.gradient_checkpointing',
    read: (value) => onlyIf(value, 'off'),
  },
  {
    foreign: 'finetuning_type',
    ours: 'tuning.method',
    read: (type) => (type === 'freeze' ? 'full' : type),
  },
  {
    foreign: 'freeze_trainable_layers',
    ours: 'tuning.train_parameters',
    read: (layers, { finetuning_type }) =>
      finetuning_type === 'freeze' && Number(layers) > 0 ? [{ last_layers: layers }] : undefined,
  },
  { foreign: 'lora_rank', ours: 'tuning.lora_r' },
  {
    foreign: 'lora_target',
    ours: 'tuning.lora_target_modules',
    read: (value) => (value === 'all' ? 'all-linear' : targetModules(value)),
  },
  { foreign: 'additional_target', ours: 'tuning.modules_to_save' },
  { foreign: 'loraplus_lr_ratio', ours: 'tuning.lora_plus_ratio' },
  ...sameIn('tuning', 'lora_alpha', 'lora_dropout', 'use_rslora', 'use_dora'),
  { foreign: 'disable_shuffling', ours: 'training.shuffle', read: (value) => value !== true },
  { foreign: 'early_stopping_steps', ours: 'training.early_stopping_patience' },
  ...argumentRows,
];

const effects: Vocabulary['effects'] = [
  [/^stage$/, changes('objective', 'sft', 'pt')],
  [
    /^(pref_|dpo_|kto_|simpo_|ppo_|ref_model|reward_model|ld_alpha)/,
    (value, { stage }) =>
      stage === undefined || stage === 'sft' || stage === 'pt' ? undefined : changes('objective')(value, {}),
  ],
  [/^use_(dft|asft|eaft)_loss$/, changes('loss')],
  [/^use_(galore|apollo|badam|muon|adam_mini)$/, changes('optimizer')],
  [/^loraplus_lr_embedding$/, changes('rates-by-part', 1e-6)],
  [/^(pissa_init|train_from_scratch)$/, changes('start-weights')],
  [/^(use_llama_pro|freeze_extra_modules)$/, changes('trained-layers')],
  [/^freeze_trainable_modules$/, changes('trained-layers', 'all')],
  [
    /^freeze_trainable_layers$/,
    (layers, { finetuning_type }) =>
      finetuning_type === 'freeze' && Number(layers) < 0 ? 'trained-layers' : undefined,
  ],
  [/^(oft_|module_dropout)/, (_, { finetuning_type }) => (finetuning_type === 'oft' ? 'adapter-otherwise' : undefined)],
  [/^adapter_name_or_path$/, (paths) => (namesIn(paths).length > 1 ? 'start-weights' : undefined)],
  [/^(resize_vocab|add_tokens|add_special_tokens|new_special_tokens_config)$/, changes('new-tokens')],
  [/^split_special_tokens$/, changes('tokeniser')],
  [/^(rope_scaling|shift_attn|mixture_of_depths|moe_aux_loss_coef)$/, changes('model-changed')],
  [/^(pure_bf16|fp8|quantization_device_map)$/, changes('precision')],
  [/^quantization_(type|method)$/, changes('quantisation', 'nf4', 'bnb', 'bitsandbytes')],
  [
    /^double_quantization$/,
    (value, file) => (file.quantization_bit === 4 ? changes('quantisation')(value, {}) : undefined),
  ],
  [/^(dataset|eval_dataset)$/, changes('data-not-here')],
  [/^(interleave_probs)$/, changes('rows-chosen')],
  [/^mix_strategy$/, changes('rows-chosen', 'concat')],
  [/^max_samples$/, changes('rows-chosen')],
  [/^val_size$/, (size) => (Number(size) >= 1 ? 'validation-count' : undefined)],
  [
    /^packing$/,
    (value, { neat_packing }) => (value === true && neat_packing !== true ? 'packing-otherwise' : undefined),
  ],
  [/^default_system$/, changes('system-text')],
  [/^(tool_format|enable_thinking|preserve_thinking)$/, changes('template', true)],
  [/^template$/, (name) => (fixedText(name) || name === 'alpaca' || name === null ? undefined : 'template')],
  ...argumentEffects,
];

function defaults(file: Flat): Flat {
  const usesLora = (file.finetuning_type ?? 'lora') === 'lora';
  const rank = Number(file.lora_rank ?? 8);
  return {
    ...argumentDefaults,
    stage: 'sft',
    finetuning_type: 'lora',
    cutoff_len: 2048,
    val_size: 0,
    ...(file.finetuning_type === 'freeze' ? { freeze_trainable_layers: 2 } : {}),
    ...(usesLora ? { lora_rank: 8, lora_alpha: 2 * rank, lora_dropout: 0, lora_target: 'all' } : {}),
  };
}

const vocabulary: Vocabulary = {
  rows,
  elsewhere: new RegExp(
    `^(_|${argumentsElsewhere}|cache_dir|dataset_dir|media_dir|eval_(num_beams|on_each)|(eval|evaluation)_strategy|image_|video_|audio_|flash_attn|use_(fast_tokenizer|unsloth|swanlab|reentrant|kv_cache|v1_kernels|mca|hyper)|swanlab_|enable_liger|infer_|offload_|low_cpu|streaming|buffer_size|tokenized_path|data_shared|preprocessing_|ignore_pad|plot_loss|compute_accuracy|create_new_adapter|print_param|upcast_|badam_|galore_|apollo_|asft_|eaft_|pissa_|freeze_(vision|multi|language)|hf_hub|ms_hub|om_hub|export_|do_sample|temperature|top_|num_beams|max_new_tokens|repetition_penalty|length_penalty|skip_special)`,
  ),
  effects,
  defaults,
};

export const fromLlamaFactory = (file: Flat): Imported => importFlat(file, vocabulary);

export const isLlamaFactory = (parsed: Readonly<Record<string, unknown>>): boolean =>
  ['finetuning_type', 'cutoff_len', 'lora_rank', 'lora_target'].some((key) => key in parsed) ||
  ('stage' in parsed && 'model_name_or_path' in parsed) ||
  ('template' in parsed && 'dataset' in parsed);
