import { AppError } from '../errors.ts';
import { bertModel } from './bert.ts';
import { invalidConfig, isObject, type JsonObject } from './config-reader.ts';
import { distilBertModel } from './distilbert.ts';
import { gemmaModel } from './gemma.ts';
import { gptNeoxModel } from './gpt-neox.ts';
import { gpt2Model } from './gpt2.ts';
import { graniteModel } from './granite.ts';
import { llamaModel } from './llama.ts';
import type { ClassifierTask, Model, Task } from './model.ts';
import { olmo2Model } from './olmo2.ts';
import { optModel } from './opt.ts';
import { phiModel } from './phi.ts';
import { phi3Model } from './phi3.ts';
import { resNetArchitectures, resNetModel } from './resnet.ts';
import { robertaModel } from './roberta.ts';
import { decoderClassifier, labelledTask, namedTask } from './sequence-classifier.ts';
import { smolLm3Model } from './smollm3.ts';
import { stableLmModel } from './stablelm.ts';

/** A maker for each `model_type` of a causal language model. */
const decoders: Readonly<Record<string, (config: JsonObject) => Model>> = {
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

/** A maker for each `model_type` that attends both ways, and so can only classify. */
const encoders: Readonly<Record<string, (config: JsonObject, task: ClassifierTask) => Model>> = {
  bert: bertModel,
  distilbert: distilBertModel,
  roberta: (config, task) => robertaModel(config, 'roberta', task),
  'xlm-roberta': (config, task) => robertaModel(config, 'xlm-roberta', task),
};

/** Types for which transformers has no …ForSequenceClassification that could load what is trained. */
const withoutClassifier: ReadonlySet<string> = new Set(['granite']);

/** Every `model_type` that can be opened. */
export const supportedModelTypes: readonly string[] = [...Object.keys(decoders), ...Object.keys(encoders)];

/**
 * The model that a parsed config.json describes; no weights are needed. Without a task it is the one that the config
 * names; of an encoder, always a classifier.
 * @throws AppError 'config-invalid'; 'model-type-unsupported' with the supported types listed; 'task-unsupported' for a
 * task that the type is not made for
 */
export function modelFromConfig(config: unknown, task?: Task): Model {
  if (!isObject(config)) throw invalidConfig('it is not a JSON object');
  if (config.model_type === undefined && typeof config.architecture === 'string') return pictureModel(config, task);
  const modelType = config.model_type;
  if (typeof modelType !== 'string') throw invalidConfig('model_type is missing');
  const known = <T>(makers: Readonly<Record<string, T>>) =>
    Object.hasOwn(makers, modelType) ? makers[modelType] : undefined;
  const [makeEncoder, makeDecoder] = [known(encoders), known(decoders)];
  if (makeEncoder) {
    if (task === 'causal') throw new AppError('task-unsupported', { modelType, task: 'causal' });
    return makeEncoder(config, task ?? labelledTask(config));
  }
  if (makeDecoder === undefined)
    throw new AppError('model-type-unsupported', { modelType, supported: supportedModelTypes.join(', ') });
  const wanted = task ?? namedTask(config) ?? 'causal';
  if (wanted === 'causal') return makeDecoder(config);
  if (withoutClassifier.has(modelType)) throw new AppError('task-unsupported', { modelType, task: 'classification' });
  return decoderClassifier(makeDecoder(config), config, wanted);
}

/** A model of timm, whose config.json says `architecture` where transformers' say `model_type`. */
function pictureModel(config: JsonObject, task: Task | undefined): Model {
  const modelType = String(config.architecture);
  if (!resNetArchitectures.includes(modelType))
    throw new AppError('model-type-unsupported', { modelType, supported: resNetArchitectures.join(', ') });
  if (task === 'causal') throw new AppError('task-unsupported', { modelType, task });
  return resNetModel(config, task);
}
