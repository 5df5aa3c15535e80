import { AppError } from '../errors.ts';
import { invalidConfig, isObject, type JsonObject } from './config-reader.ts';
import { gpt2Model } from './gpt2.ts';
import { llamaModel } from './llama.ts';
import type { CausalModel } from './model.ts';

/** A maker for each `model_type`. */
const makers: Readonly<Record<string, (config: JsonObject) => CausalModel>> = {
  gpt2: gpt2Model,
  llama: (config) => llamaModel(config, 'llama'),
  mistral: (config) => llamaModel(config, 'mistral'),
  qwen2: (config) => llamaModel(config, 'qwen2'),
  qwen3: (config) => llamaModel(config, 'qwen3'),
};

/** Every `model_type` that can be opened. */
export const supportedModelTypes: readonly string[] = Object.keys(makers);

/**
 * The model that a parsed config.json describes; no weights are needed.
 * @throws AppError 'config-invalid', or 'model-type-unsupported' with the supported types listed
 */
export function modelFromConfig(config: unknown): CausalModel {
  if (!isObject(config)) throw invalidConfig('it is not a JSON object');
  const modelType = config.model_type;
  if (typeof modelType !== 'string') throw invalidConfig('model_type is missing');
  const make = Object.hasOwn(makers, modelType) ? makers[modelType] : undefined;
  if (make === undefined)
    throw new AppError('model-type-unsupported', { modelType, supported: supportedModelTypes.join(', ') });
  return make(config);
}
