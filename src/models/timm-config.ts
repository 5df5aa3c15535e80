/** What the config.json files of timm's models have in common. */
import { because } from '../errors.ts';
import { ConfigReader, invalidConfig, isObject, type JsonObject } from './config-reader.ts';
import { timmInput } from './image-input.ts';
import type { ImageInput } from './image-model.ts';
import type { Classifier, ClassifierHead } from './model.ts';

/** Only say what is dropped in training, which is not applied, or what holds anyway. */
const harmless = ['num_classes', 'drop_rate', 'drop_path_rate'];

export interface TimmConfig {
  /** `model_args`. */
  readonly given: JsonObject;
  readonly input: ImageInput;
  readonly classifier: Classifier;
}

/**
 * @param known keys of `model_args` that the architecture reads
 * @throws AppError 'config-invalid' for any other key
 */
export function readTimmConfig(
  json: JsonObject,
  head: ClassifierHead | undefined,
  known: readonly string[],
): TimmConfig {
  const given = isObject(json.model_args) ? json.model_args : {};
  const usual: JsonObject = { in_chans: 3, global_pool: 'avg' };
  const unknown = Object.keys(given).find(
    (key) => ![...harmless, ...known].includes(key) && !(key in usual && given[key] === usual[key]),
  );
  if (unknown !== undefined) throw invalidConfig(because`model_args.${unknown} is not supported`);
  const { outputs, names } = head ?? namedClasses(json);
  return {
    given,
    input: timmInput(isObject(json.pretrained_cfg) ? json.pretrained_cfg : {}),
    classifier: { outputs, names, problem: 'single_label_classification', architecture: json.architecture as string },
  };
}

function namedClasses(json: JsonObject): Pick<ClassifierHead, 'outputs' | 'names'> {
  const outputs = new ConfigReader(json).size('num_classes', 1000);
  const { label_names: names } = json;
  const fits = Array.isArray(names) && names.length === outputs && names.every((name) => typeof name === 'string');
  return { outputs, names: fits ? names : [] };
}

/** config.json as timm reads it, for other classes. */
export function timmConfigFor(json: JsonObject, { outputs, names }: ClassifierHead): JsonObject {
  const classes = { num_classes: outputs };
  const pretrained = isObject(json.pretrained_cfg) ? { pretrained_cfg: { ...json.pretrained_cfg, ...classes } } : {};
  const { label_descriptions: _, label_names: __, ...kept } = json;
  return { ...kept, ...classes, ...pretrained, ...(names.length > 0 ? { label_names: names } : {}) };
}
