/**
 * Hugging Face training arguments as JSON or YAML: `TrainingArguments`, TRL's `SFTConfig` and `ModelConfig`, and the
 * arguments that their scripts take for the data.
 */
import { aloneLoss, judgedLoss, judgedProblem, judgesAnswers } from '../../../tasks/judged/losses.ts';
import { comparesAnswers, ofPairs, smoothedLosses } from '../../../tasks/preference/losses.ts';
import type { RunConfig } from '../run-config.ts';
import { changes, type EffectOf } from './effects.ts';
import { exportFlat, type Flat, type Imported, importFlat, type Row, sameIn, type Vocabulary } from './foreign.ts';
import {
  argumentDefaults,
  argumentEffects,
  argumentRows,
  argumentsElsewhere,
  evaluationRows,
  onlyIf,
  silent,
} from './training-arguments.ts';
import { namesFrom } from './values.ts';

/** PEFT's `target_modules`: names, "all-linear", or one regular expression; TRL takes a list of one for its only text. */
export function targetModules(value: unknown): string | readonly string[] {
  if (typeof value === 'string' && !/^[\w.\s,-]*,[\w.\s,-]*$|^\s*[[(].*[\])]\s*$/s.test(value)) return value;
  const names = namesFrom(value);
  if (names.length === 0) return '';
  return names.length === 1 && /^all-linear$/i.test(names[0]!) ? 'all-linear' : names;
}

/** No limit is the most that a row may have; the model's own places bound it further. */
const noLimit = 131072;
const dataFile = /\.(csv|tsv|txt|jsonl?|ndjson|parquet|xlsx)$/i;
export const isDataFile = (path: unknown): path is string => typeof path === 'string' && dataFile.test(path);

/** `loss_type` of DPOConfig, which may be a list of one, and of CPOConfig. */
const pairLosses = { sigmoid: 'DPO', hinge: 'DPOHinge', ipo: 'DPOIPO', robust: 'DPORobust', simpo: 'SimPO' } as const;
const lossOf = ({ loss_type: value }: Flat): string | undefined => {
  const name: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof name === 'string' && Object.hasOwn(pairLosses, name)
    ? pairLosses[name as keyof typeof pairLosses]
    : undefined;
};
/** A file of CPOConfig, whose losses have the names of DPOConfig's without being them. */
const isCpo = (file: Flat): boolean => 'cpo_alpha' in file || 'simpo_gamma' in file;

/** Keys of BCOConfig and of KTOConfig, which learn from answers that are good or bad by themselves. */
const ofBco = /^(prompt_sample_size|(min|max)_density_ratio)$/;
const ofKto = /^(un)?desirable_weight$/;
const unpaired = new RegExp(`${ofBco.source}|${ofKto.source}`);
/** The losses of KTOConfig. */
const ktoLosses = { kto: judgedLoss, apo_zero_unpaired: aloneLoss } as const;
const ktoLossOf = (file: Flat): string | undefined =>
  Object.entries(ktoLosses).find(([name]) => name === (file.loss_type ?? 'kto'))?.[1];
/** A file of KTOConfig. */
const isKto = (file: Flat): boolean =>
  (file.loss_type !== undefined && ktoLossOf(file) !== undefined) ||
  (file.loss_type === undefined && hasKey(file, ofKto) && !hasKey(file, ofBco));

/** Keys of DPOConfig that ORPOConfig lacks: most are about the model that answers are compared under. */
const ofReference = /^(precompute_ref_|ref_model|reference_free|ld_alpha|f_divergence_type)/;
const hasKey = (file: Flat, keys: RegExp): boolean => Object.keys(file).some((key) => keys.test(key));

/**
 * A file of ORPOConfig has `beta` and this key, as those of other trainers have, and no `loss_type`, which those may leave
 * out: it is told by what it lacks.
 */
const isOrpo = (file: Flat): boolean =>
  file.loss_type === undefined &&
  'beta' in file &&
  'generate_during_eval' in file &&
  !hasKey(file, unpaired) &&
  !hasKey(file, ofReference);

function pairLoss(file: Flat): string | undefined {
  if (isOrpo(file)) return 'ORPO';
  const found = lossOf(file);
  return isCpo(file) && found !== 'SimPO' ? undefined : found;
}

/** A file of pairs: by its loss, or by what it says of a reference, where it is not for answers by themselves. */
const isOfPairs = (file: Flat): boolean =>
  !hasKey(file, unpaired) &&
  (pairLoss(file) !== undefined || (file.loss_type === undefined && hasKey(file, ofReference)));

const ifPairs = <T>(file: Flat, value: T): T | undefined => (isOfPairs(file) ? value : undefined);

/** Keys of which one at least is in every file of pairs. */
const pairMarks = ['loss_type', 'generate_during_eval'] as const;

/** Keys of which one at least is in every file of KTOConfig that is told as such. */
const ktoMarks = ['loss_type', 'desirable_weight', 'undesirable_weight'] as const;

const ktoFacts: Readonly<Record<string, (file: Flat) => unknown>> = {
  [ofPairs.key]: () => judgedProblem,
  'training.loss_function': ktoLossOf,
  'dataset.prompt_column': () => ['prompt'],
  'dataset.answer_column': () => 'completion',
  'dataset.label_column': () => 'label',
};

/** The default of the setting stands for the usual one. */
const ktoNameOf = (loss: string): string => Object.entries(ktoLosses).find(([, ours]) => ours === loss)?.[0] ?? 'kto';

const ktoRows: readonly Row[] = [
  ...ktoMarks.flatMap((foreign) =>
    Object.entries(ktoFacts).map(
      ([ours, value]): Row => ({
        foreign,
        ours,
        read: (_, file) => (isKto(file) ? value(file) : undefined),
        write: (_: unknown, config) =>
          foreign === 'loss_type' && ours === 'training.loss_function' && judgesAnswers(config)
            ? ktoNameOf(config.training.loss_function)
            : undefined,
      }),
    ),
  ),
  ...(['desirable_weight', 'undesirable_weight'] as const).map(
    (name): Row => ({
      foreign: name,
      ours: `training.${name}`,
      read: (value, file) => (isKto(file) ? value : undefined),
      write: (value: number, config) => (judgesAnswers(config) ? value : undefined),
    }),
  ),
];

const pairRows: readonly Row[] = [
  {
    foreign: 'loss_type',
    ours: 'training.loss_function',
    read: (_, file) => pairLoss(file),
    write(value: string, config) {
      if (!comparesAnswers(config)) return undefined;
      if (value === 'ORPO') return undefined;
      return Object.entries(pairLosses).find(([, ours]) => ours === value)?.[0] ?? 'sigmoid';
    },
  },
  {
    foreign: 'generate_during_eval',
    ours: 'training.loss_function',
    read: (_, file) => (isOrpo(file) ? 'ORPO' : undefined),
    // What tells a file of ORPOConfig.
    write: (value: string, config) => (comparesAnswers(config) && value === 'ORPO' ? false : undefined),
  },
  ...(['simpo_gamma', 'cpo_alpha'] as const).map(
    (name): Row => ({
      foreign: name,
      ours: `training.${name}`,
      read: (value, file) => (pairLoss(file) === 'SimPO' ? value : undefined),
      write: (value: number, config) =>
        comparesAnswers(config) && config.training.loss_function === 'SimPO' ? value : undefined,
    }),
  ),
  ...pairMarks.map(
    (foreign): Row => ({ foreign, ours: ofPairs.key, read: (_, file) => ifPairs(file, ofPairs.value), write: silent }),
  ),
  ...pairMarks.map(
    (foreign): Row => ({
      foreign,
      ours: 'dataset.prompt_column',
      read: (_, file) => ifPairs(file, ['prompt']),
      write: silent,
    }),
  ),
  ...pairMarks.map(
    (foreign): Row => ({
      foreign,
      ours: 'dataset.answer_column',
      read: (_, file) => ifPairs(file, 'chosen'),
      write: silent,
    }),
  ),
  {
    foreign: 'beta',
    ours: 'training.beta',
    read: (value, file) => (isKto(file) ? value : ifPairs(file, value)),
    write: (value: number, config) => (comparesAnswers(config) || judgesAnswers(config) ? value : undefined),
  },
  {
    foreign: 'label_smoothing',
    ours: 'training.label_smoothing',
    // The others do not read it there either.
    read: (value, file) => (smoothedLosses.some((loss) => loss === pairLoss(file)) ? value : undefined),
    write: (value: number, config) => (comparesAnswers(config) && value > 0 ? value : undefined),
  },
];

const modelRows: readonly Row[] = [
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
  {
    foreign: 'use_peft',
    ours: 'tuning.method',
    read: (value) => (value === true ? 'lora' : 'full'),
    write: (value: string) => value === 'lora',
  },
  ...sameIn('tuning', 'lora_r', 'lora_alpha', 'lora_dropout', 'use_rslora', 'use_dora'),
  { foreign: 'lora_target_modules', ours: 'tuning.lora_target_modules', read: targetModules },
  { foreign: 'lora_modules_to_save', ours: 'tuning.modules_to_save' },
];

const dataRows: readonly Row[] = [
  {
    foreign: 'dataset_name',
    ours: 'dataset.train_dataframe',
    read: (name) => (isDataFile(name) ? name : undefined),
    write: silent,
  },
  { foreign: 'train_file', ours: 'dataset.train_dataframe' },
  {
    foreign: 'assistant_only_loss',
    ours: 'dataset.mask_prompt_labels',
    read: (value) => onlyIf(value, true),
    write: silent,
  },
  // Nothing leaves it to the form of the data: of prompt and answer it is, as here, the answer.
  { foreign: 'completion_only_loss', ours: 'dataset.mask_prompt_labels' },
  {
    foreign: 'max_seq_length',
    ours: 'tokenizer.max_length',
    readsNull: true,
    read: (value) => value ?? noLimit,
    write: silent,
  },
  { foreign: 'max_length', ours: 'tokenizer.max_length', readsNull: true, read: (value) => value ?? noLimit },
  { foreign: 'packing', ours: 'tokenizer.packing' },
];

const isSupervised: EffectOf = (value, file) =>
  value === null && file.assistant_only_loss !== true ? 'learned-parts' : undefined;

const effects: Vocabulary['effects'] = [
  ...argumentEffects,
  [/^completion_only_loss$/, isSupervised],
  [
    /^packing_strategy$/,
    (value, { packing }) => (packing === true ? changes('packing-otherwise', 'bfd')(value, {}) : undefined),
  ],
  [/^truncation_mode$/, changes('long-rows', 'keep_start')],
  [
    /^loss_type$/,
    (value, file) => (pairLoss(file) || isKto(file) ? undefined : changes('loss', 'nll', 'chunked_nll')(value, file)),
  ],
  // In TRL 1 the plain loss of DPO does not read it; in older ones it did, as here.
  [
    /^label_smoothing$/,
    (value, file) => (pairLoss(file) === 'DPO' ? changes('label-smoothing')(value, file) : undefined),
  ],
  [/^alpha$/, (value, file) => (isCpo(file) ? changes('loss', 0)(value, file) : undefined)],
  [/^beta$/, (value, file) => (isOfPairs(file) || isKto(file) ? undefined : changes('objective')(value, file))],
  [unpaired, (value, file) => (isKto(file) ? undefined : changes('objective')(value, file))],
  [/^(f_divergence_type|ld_alpha|use_weighting|sync_ref_model|reference_free)$/, changes('loss', 'reverse_kl')],
  [/^(dataset_name|datasets)$/, (value) => (isDataFile(value) ? undefined : changes('data-not-here')(value, {}))],
  [/^dataset_text_field$/, changes('columns', 'text')],
  [/^(dataset_kwargs|formatting_func)$/, changes('data-format')],
  [/^(chat_template_path|chat_template|eos_token|pad_token)$/, changes('template')],
  [/^(dtype|torch_dtype)$/, changes('precision', 'auto', 'float32')],
  [/^bnb_4bit_quant_type$/, changes('quantisation', 'nf4')],
  [/^(use_bnb_nested_quant|bnb_4bit_use_double_quant)$/, changes('quantisation')],
  [/^lora_target_parameters$/, changes('adapter-otherwise')],
  [/^lora_task_type$/, changes('objective', 'CAUSAL_LM')],
  [/^(model_init_kwargs|config_overrides|rope_scaling)$/, changes('model-changed')],
  [/^max_completion_length$/, (value, file) => (isOfPairs(file) ? undefined : changes('objective')(value, file))],
  [/^(loss_weights|max_prompt_length|ref_model\w*|reward_\w+|num_generations)$/, changes('objective')],
  [/^max_(train|eval)_samples$/, changes('rows-chosen')],
];

/** Keys that only TRL's supervised trainer has, whose learning rate is another one by default. */
const ofSupervisedTrainer =
  /^(max_length|max_seq_length|packing\w*|completion_only_loss|assistant_only_loss|dataset_\w+|use_peft|lora_\w+|eos_token|padding_free|loss_type)$/;

/** A file that shapes LoRA matrices without saying `use_peft`, which is TRL's alone, means LoRA. */
function defaults(file: Flat): Flat {
  const shapes = Object.keys(file).some((key) => /^lora_(r|alpha|dropout|target_modules)$/.test(key));
  const usesLora = file.use_peft === undefined ? shapes : file.use_peft === true;
  const supervised = Object.keys(file).some((key) => ofSupervisedTrainer.test(key));
  const evaluates = 'evaluation_strategy' in file;
  return {
    ...argumentDefaults,
    ...(isOfPairs(file)
      ? { learning_rate: 1e-6, ...(isOrpo(file) ? {} : { loss_type: 'sigmoid' }) }
      : isKto(file)
        ? { learning_rate: 1e-6, loss_type: 'kto', train_sampling_strategy: 'sequential' }
        : supervised
          ? { learning_rate: 2e-5 }
          : {}),
    // Older TRL calls it max_seq_length.
    ...('max_seq_length' in file ? {} : { max_length: 1024 }),
    ...(pairLoss(file) === 'SimPO' ? { simpo_gamma: 0.5, cpo_alpha: 1 } : {}),
    use_peft: usesLora,
    ...(usesLora ? { lora_r: 16, lora_alpha: 32, lora_dropout: 0.05 } : {}),
    ...(evaluates ? {} : { eval_strategy: 'no' }),
  };
}

const vocabulary: Vocabulary = {
  rows: [...modelRows, ...dataRows, ...pairRows, ...ktoRows, ...argumentRows, ...evaluationRows],
  elsewhere: new RegExp(
    `^(_|${argumentsElsewhere}|activation_offloading|dataset_(config|num_proc|streaming|train_split|test_split)|gradient_checkpointing_|ignore_bias|pad_to|padding_free|generate_during_eval$|precompute_ref_log_probs|precompute_ref_batch_size|disable_dropout|padding_value$|is_encoder_decoder$|router_aux|shuffle_dataset|bnb_4bit_(compute_dtype|quant_storage))`,
  ),
  effects,
  defaults,
};

export const fromHuggingFace = (file: Flat): Imported => importFlat(file, vocabulary);

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
