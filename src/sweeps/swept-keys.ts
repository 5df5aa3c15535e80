/** Which settings a sweep may try. */
import { type Setting, settings } from '../training/config/run-config.ts';

/** The setting of a dotted key; undefined where there is none. */
export function settingAt(key: string): Setting<unknown> | undefined {
  const [section = '', name = '', ...rest] = key.split('.');
  const keys = Object.hasOwn(settings, section) ? settings[section as keyof typeof settings] : {};
  return rest.length === 0 && Object.hasOwn(keys, name) ? (keys as Record<string, Setting<unknown>>)[name] : undefined;
}

/** What names files, hosts and places, and what is kept of a run: the runs of a sweep share it. */
const shared: ReadonlySet<string> = new Set([
  ...(['model.llm_backbone', 'model.revision', 'tuning.init_from', 'training.recipe'] as const),
  ...(['training.save_checkpoint', 'prediction.metric', 'prediction.judge_endpoint'] as const),
  ...(['prediction.judge_model', 'environment.executor', 'environment.number_of_workers'] as const),
  ...(['environment.experiment_name', 'environment.output_directory'] as const),
]);

/** Of the dataset what says how its rows are learned from: what they are, and where, is the same for all. */
const ofRows: ReadonlySet<string> = new Set([
  ...(['dataset.prompt_template', 'dataset.prompt_column_separator', 'dataset.mask_prompt_labels'] as const),
  ...(['dataset.text_system_start', 'dataset.text_prompt_start', 'dataset.text_answer_separator'] as const),
  ...(['dataset.add_eos_token_to_system', 'dataset.add_eos_token_to_prompt'] as const),
  ...(['dataset.add_eos_token_to_answer', 'dataset.only_last_answer', 'dataset.limit_chained_samples'] as const),
  ...(['dataset.drop_duplicates', 'dataset.validation_size', 'dataset.data_sample'] as const),
]);

export const mayBeTried = (key: string): boolean => (key.startsWith('dataset.') ? ofRows.has(key) : !shared.has(key));

/** The keys that a sweep may try, in the order of the run config. */
export const sweptKeys: readonly string[] = Object.entries(settings).flatMap(([section, names]) =>
  Object.keys(names)
    .map((name) => `${section}.${name}`)
    .filter(mayBeTried),
);

/**
 * Whether runs that differ in a setting are scored on other rows, on other tokens of them, or by another formula: then
 * their scores say little beside each other.
 */
export const changesScore = (key: string): boolean =>
  /^(dataset|tokenizer|logging)\./.test(key) ||
  /^(training\.(loss_function|beta|label_smoothing|simpo_gamma|cpo_alpha|(un)?desirable_weight)|environment\.seed|augmentation\.mlm_probability)$/.test(
    key,
  );
