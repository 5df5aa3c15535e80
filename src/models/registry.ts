import { AppError } from '../errors.ts';
import { invalidConfig, isObject, type JsonObject } from './config-reader.ts';
import { gemmaModel } from './gemma.ts';
import { gptNeoxModel } from './gpt-neox.ts';
import { gpt2Model } from './gpt2.ts';
import { graniteModel } from './granite.ts';
import { llamaModel } from './llama.ts';
import type { Model } from './model.ts';
import { olmo2Model } from './olmo2.ts';
import { optModel } from './opt.ts';
import { phiModel } from './phi.ts';
import { phi3Model } from './phi3.ts';
import { smolLm3Model } from './smollm3.ts';
import { stableLmModel } from './stablelm.ts';

/** A maker for each `model_type`. */
const makers: Readonly<Record<string, (config: JsonObject) => Model>> = {
  llama: (config) => llamaModel(config, 'llama'),
  mistral: (config) => llamaModel(config, 'mistral'),
  qwen2: (config) => llamaModel(config, 'qwen2'),
  qwen3: (config) => llamaModel(config, 'qwen3'),
  gemma: (config) => gemmaModel(config, 'gemma'),
  gemma2: (config) => gemmaModel(config, 'gemma2'),
  gemma3_text: (config) => gemmaModel(config, 'gemma3_text'),
  phi: phiModel,
  phi3: phi3Model,
  gpt2: gpt2Model,
  gpt_neox: gptNeoxModel,
  opt: optModel,
  stablelm: stableLmModel,
  olmo2: olmo2Model,
  granite: graniteModel,
  smollm3: smolLm3Model,
};

/** Every `model_type` that can be opened. */
export const supportedModelTypes: readonly string[] = Object.keys(makers);

/**
 * The model that a parsed config.json describes; no weights are needed.
 * @throws AppError 'config-invalid', or 'model-type-unsupported' with the supported types listed
 */
export function modelFromConfig(config: unknown): Model {
  if (!isObject(config)) throw invalidConfig('it is not a JSON object');
  const modelType = config.model_type;
  if (typeof modelType !== 'string') throw invalidConfig('model_type is missing');
  const make = Object.hasOwn(makers, modelType) ? makers[modelType] : undefined;
  if (make === undefined)
    throw new AppError('model-type-unsupported', { modelType, supported: supportedModelTypes.join(', ') });
  return make(config);
}
