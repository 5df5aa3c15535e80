import * as v from 'valibot';
import { AppError, because } from '../../errors.ts';
import { isNear, nearestName } from './nearest-name.ts';
import type { Setting } from './setting.ts';
import { settings } from './settings.ts';

export { textPairColumn } from '../../data/columns.ts';
export { type JudgedLossSettings, judgedLosses, judgedReads } from '../../tasks/judged/losses.ts';
export { lossOf, type PairLossSettings, pairLosses, preferenceLosses } from '../../tasks/preference/losses.ts';
export type { FormBounds, Setting } from './setting.ts';
export type { TrainSelector } from './tuning-settings.ts';
/** Every key with its default, form bounds, choices and meaning: `settings.training.learning_rate.form`. */
export { settings };

type Settings = typeof settings;
export type SectionName = keyof Settings;
type ValueOf<S> = S extends Setting<infer T> ? T : never;

/** A whole run config: every section and key is there. Its JSON is what the page and the CLI save and load. */
export type RunConfig = {
  readonly [S in SectionName]: { readonly [K in keyof Settings[S]]: ValueOf<Settings[S][K]> };
};

const sections = Object.entries(settings) as [SectionName, Record<string, Setting<unknown>>][];
const dottedKeys = sections.flatMap(([section, keys]) => Object.keys(keys).map((key) => `${section}.${key}`));
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A run config from the JSON of a file or form; keys left out get their defaults. `-1` stays in `seed`: see `withSeed`.
 * @throws AppError 'run-config-unknown-key' with the nearest known key, 'run-config-strange-key' where none is near; 'run-config-invalid' with the dotted key and
 * what is allowed.
 */
export function parseRunConfig(json: unknown): RunConfig {
  if (!isObject(json))
    throw new AppError('run-config-invalid', { key: '(whole file)', reason: because`must be an object` });
  const sectionNames = sections.map(([name]) => name as string);
  for (const key of Object.keys(json)) {
    if (!sectionNames.includes(key)) throw unknownKey(key, [...sectionNames, ...dottedKeys]);
  }
  const config: Record<string, unknown> = {};
  for (const [section, keys] of sections) {
    config[section] = parseSection(section, keys, json[section] === undefined ? {} : json[section]);
  }
  return withEmbeddingTrained(config as RunConfig);
}

/** What older H2O LLM Studio calls `force_embedding_gradients` is a selector here. */
function withEmbeddingTrained(config: RunConfig): RunConfig {
  const { architecture, tuning } = config;
  if (!architecture.force_embedding_gradients) return config;
  const isThere = tuning.train_parameters.some((entry) => typeof entry === 'object' && 'input_embedding' in entry);
  const train_parameters = isThere ? tuning.train_parameters : [...tuning.train_parameters, { input_embedding: true }];
  return { ...config, tuning: { ...tuning, train_parameters } };
}

/** The defaults alone. `model.llm_backbone` and `dataset.train_dataframe` are empty in it. */
export const defaultRunConfig: RunConfig = parseRunConfig({});

/** Replaces seed −1 by a fresh one, so that what is shown and saved can be repeated. */
export function withSeed(config: RunConfig): RunConfig {
  if (config.environment.seed >= 0) return config;
  const fresh = crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
  return { ...config, environment: { ...config.environment, seed: fresh } };
}

function parseSection(section: SectionName, keys: Record<string, Setting<unknown>>, json: unknown) {
  if (!isObject(json)) throw new AppError('run-config-invalid', { key: section, reason: because`must be an object` });
  for (const key of Object.keys(json)) {
    if (!Object.hasOwn(keys, key)) throw unknownKey(`${section}.${key}`, dottedKeys);
  }
  const parsed: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(keys)) {
    const given = json[key];
    parsed[key] = given === undefined ? setting.default : parseValue(`${section}.${key}`, setting, given);
  }
  return parsed;
}

function parseValue(key: string, setting: Setting<unknown>, given: unknown): unknown {
  const result = v.safeParse(setting.schema, given);
  if (!result.success) {
    throw new AppError('run-config-invalid', {
      key,
      reason: setting.wrong ?? { text: result.issues[0].message, values: [] },
    });
  }
  return result.output;
}

function unknownKey(key: string, known: readonly string[]): AppError {
  const nearest = nearestName(key, known);
  return isNear(key, nearest)
    ? new AppError('run-config-unknown-key', { key, nearest })
    : new AppError('run-config-strange-key', { key });
}

/** A value of a setting, or of a file of settings, in words: its JSON, and numbers that JSON does not have as Python writes them. */
export const valueInWords = (value: unknown): string =>
  typeof value === 'number' && !Number.isFinite(value)
    ? ({ Infinity: 'inf', '-Infinity': '-inf' }[String(value)] ?? 'nan')
    : JSON.stringify(value);
