import type { RunConfig, SectionName } from '../../../training/config/run-config.ts';
import type { Studio } from '../../store.ts';
import { mayLearnPrompts, readsOfAnswers, taskFacts } from '../../tasks/facts.ts';
import type { Messages } from '../../text/en.ts';

/** A field of the form. One that would change nothing under the present choices is not shown. */
export type Field = {
  readonly [S in SectionName]: {
    readonly section: S;
    readonly name: keyof Messages['settings'] & keyof RunConfig[S] & string;
    readonly useful?: (config: RunConfig, state: Studio) => boolean;
  };
}[SectionName];

export interface FieldGroup {
  readonly id: keyof Messages['settingGroups'];
  readonly fields: readonly Field[];
}

const validates = ({ dataset }: RunConfig) => dataset.validation_strategy !== 'none';
const hasAdapter = ({ tuning }: RunConfig) => tuning.method !== 'full';
const onModules = (_: RunConfig, { tuning }: Studio) => (tuning.value?.adapterModules.length ?? 0) > 0;
const usesLora = (config: RunConfig, state: Studio) => config.tuning.method === 'lora' && onModules(config, state);
const writesText = ({ dataset }: RunConfig) => taskFacts(dataset).writes;
const readsText = ({ dataset }: RunConfig) => taskFacts(dataset).readsText;
const freezesNorms = (config: RunConfig) => !readsText(config) && config.tuning.train_parameters.length > 0;
const packs = ({ tokenizer }: RunConfig) => tokenizer.packing;
/** Pairs take one value alone: another is shown, to be put back. */
const unlessPairs = ({ dataset }: RunConfig, isTaken: boolean) => !(taskFacts(dataset).comparesAnswers && isTaken);
const masksTokens = ({ dataset }: RunConfig) => taskFacts(dataset).masksTokens;
const hidesTokens = ({ augmentation }: RunConfig) => augmentation.token_mask_probability > 0;
const cutsBatches = (config: RunConfig) =>
  writesText(config) && !packs(config) && unlessPairs(config, config.tokenizer.padding_quantile === 1);
const scoresAnswers = (config: RunConfig) => writesText(config) && validates(config);
const isJudged = (config: RunConfig) => scoresAnswers(config) && config.prediction.metric === 'judge';
const writesAnswers = (config: RunConfig) =>
  scoresAnswers(config) && (config.prediction.metric !== 'Perplexity' || config.logging.number_of_texts > 0);
const checksForgetting = (config: RunConfig) => writesText(config) && config.logging.forgetting_check;
const hasOwnRates = ({ tuning }: RunConfig) => tuning.differential_learning_rate_layers.length > 0;
const usesAdam = ({ training }: RunConfig) => training.optimizer.startsWith('Adam');
const draws = (config: RunConfig) => writesAnswers(config) && config.prediction.do_sample;

/** The settings in the fold, in the order in which one thinks of them. */
export const fieldGroups: readonly FieldGroup[] = [
  {
    id: 'learning',
    fields: [
      { section: 'training', name: 'optimizer' },
      { section: 'training', name: 'adam_beta1', useful: usesAdam },
      { section: 'training', name: 'adam_beta2', useful: usesAdam },
      { section: 'training', name: 'adam_epsilon', useful: usesAdam },
      { section: 'training', name: 'loss_function', useful: writesText },
      { section: 'augmentation', name: 'mlm_probability', useful: masksTokens },
      { section: 'training', name: 'beta', useful: (config) => readsOfAnswers(config, 'beta') },
      { section: 'training', name: 'simpo_gamma', useful: (config) => readsOfAnswers(config, 'simpo_gamma') },
      { section: 'training', name: 'cpo_alpha', useful: (config) => readsOfAnswers(config, 'cpo_alpha') },
      { section: 'training', name: 'label_smoothing', useful: (config) => readsOfAnswers(config, 'label_smoothing') },
      ...(['desirable_weight', 'undesirable_weight'] as const).map(
        (name): Field => ({ section: 'training', name, useful: (config) => readsOfAnswers(config, name) }),
      ),
      { section: 'training', name: 'schedule' },
      {
        section: 'training',
        name: 'min_learning_rate_ratio',
        useful: ({ training }) => training.schedule !== 'Constant',
      },
      // Its field offers the other units of the warm-up, too.
      { section: 'training', name: 'warmup_steps' },
      { section: 'training', name: 'gradient_clip' },
      { section: 'tuning', name: 'lora_alpha', useful: usesLora },
      { section: 'tuning', name: 'layer_wise_lr_decay' },
      { section: 'tuning', name: 'differential_learning_rate_layers' },
      { section: 'tuning', name: 'differential_learning_rate', useful: hasOwnRates },
    ],
  },
  {
    id: 'batches',
    fields: [
      { section: 'training', name: 'grad_accumulation' },
      {
        section: 'tokenizer',
        name: 'packing',
        useful: (config) => readsText(config) && unlessPairs(config, !packs(config)),
      },
      { section: 'tokenizer', name: 'padding_quantile', useful: cutsBatches },
      { section: 'tokenizer', name: 'max_length_prompt', useful: writesText },
      { section: 'tokenizer', name: 'max_length_answer', useful: writesText },
      { section: 'tokenizer', name: 'allow_truncation', useful: readsText },
      { section: 'training', name: 'shuffle' },
      { section: 'training', name: 'drop_last_batch' },
      { section: 'environment', name: 'number_of_workers', useful: writesText },
      { section: 'dataset', name: 'mask_prompt_labels', useful: ({ dataset }) => mayLearnPrompts(dataset) },
      { section: 'dataset', name: 'add_eos_token_to_answer', useful: writesText },
    ],
  },
  {
    id: 'memory',
    fields: [
      {
        section: 'model',
        name: 'weights',
        useful: (config) => hasAdapter(config) || config.model.weights !== 'as-published',
      },
      { section: 'architecture', name: 'gradient_checkpointing' },
      { section: 'environment', name: 'mixed_precision' },
    ],
  },
  {
    id: 'steadying',
    fields: [
      { section: 'training', name: 'weight_decay' },
      { section: 'tuning', name: 'lora_dropout', useful: usesLora },
      { section: 'architecture', name: 'intermediate_dropout', useful: readsText },
      { section: 'augmentation', name: 'neftune_noise_alpha', useful: readsText },
      {
        section: 'augmentation',
        name: 'token_mask_probability',
        // What masks tokens itself, and pairs, take 0 alone: another is shown, to be put back.
        useful: (config) =>
          readsText(config) && (hidesTokens(config) || (!masksTokens(config) && unlessPairs(config, true))),
      },
      { section: 'tuning', name: 'keep_frozen_statistics', useful: freezesNorms },
    ],
  },
  {
    id: 'evaluation',
    fields: [
      { section: 'training', name: 'evaluation_epochs', useful: validates },
      { section: 'training', name: 'evaluate_before_training', useful: validates },
      { section: 'logging', name: 'eval_batch_size', useful: validates },
      { section: 'training', name: 'save_checkpoint' },
      { section: 'training', name: 'early_stopping_patience', useful: validates },
      { section: 'training', name: 'train_validation_data', useful: validates },
      { section: 'logging', name: 'forgetting_check', useful: writesText },
      { section: 'training', name: 'forgetting_limit', useful: checksForgetting },
    ],
  },
  {
    id: 'answers',
    fields: [
      { section: 'prediction', name: 'metric', useful: scoresAnswers },
      { section: 'prediction', name: 'judge_endpoint', useful: isJudged },
      { section: 'prediction', name: 'judge_model', useful: isJudged },
      { section: 'logging', name: 'number_of_texts', useful: scoresAnswers },
      { section: 'prediction', name: 'max_length_inference', useful: writesAnswers },
      { section: 'prediction', name: 'min_length_inference', useful: writesAnswers },
      { section: 'prediction', name: 'stop_tokens', useful: writesText },
      { section: 'prediction', name: 'max_time', useful: writesText },
      { section: 'prediction', name: 'num_history', useful: writesText },
      { section: 'prediction', name: 'batch_size_inference', useful: writesAnswers },
      { section: 'prediction', name: 'num_beams', useful: writesAnswers },
      { section: 'prediction', name: 'repetition_penalty', useful: writesAnswers },
      { section: 'prediction', name: 'do_sample', useful: writesAnswers },
      { section: 'prediction', name: 'temperature', useful: draws },
      { section: 'prediction', name: 'top_k', useful: draws },
      { section: 'prediction', name: 'top_p', useful: draws },
    ],
  },
  {
    id: 'run',
    fields: [
      { section: 'environment', name: 'experiment_name' },
      { section: 'environment', name: 'seed' },
      { section: 'environment', name: 'executor' },
      { section: 'logging', name: 'logging_steps' },
    ],
  },
];

/** Whether a field has something to change in this run. */
export const isShown = ({ useful }: Field, state: Studio): boolean => useful?.(state.config, state) ?? true;
