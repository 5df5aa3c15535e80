import { because, type Reason } from '../../errors.ts';
import { type Probability, probabilityOf, saysLabels, writerOf } from '../../models/heads.ts';
import type { Model, TextModel } from '../../models/model.ts';
import { bert, modernBert, roberta } from './families/encoders.ts';
import { gemma, gemma2, gemma3 } from './families/gemma.ts';
import { gemma4 } from './families/gemma4.ts';
import { gpt2, gptNeox } from './families/gpt.ts';
import { lfm2, lfm2Moe } from './families/lfm2.ts';
import {
  ernie45,
  granite,
  graniteHybrid,
  graniteMoe,
  hunYuan,
  llama,
  ministral3,
  mistral,
  qwen2,
  qwen3,
  qwen3Classes,
  smolLm3,
} from './families/llama.ts';
import { exaone4, olmo2, olmo3, olmoe, stableLm, starCoder2 } from './families/others.ts';
import { phi, phi3 } from './families/phi.ts';
import { qwen35 } from './families/qwen35.ts';
import { type GgufFamily, unfit } from './family.ts';

/** By `model_type`. llama.cpp has no OPT; it has Gemma 3n, which is not laid out for it here. */
const families: Readonly<Record<string, GgufFamily>> = {
  llama,
  mistral,
  ministral3,
  mistral3: ministral3,
  qwen2,
  qwen3,
  qwen3_5_text: qwen35,
  qwen3_5: qwen35,
  ernie4_5: ernie45,
  hunyuan_v1_dense: hunYuan,
  gemma,
  gemma2,
  gemma3_text: gemma3,
  gemma3,
  gemma4_text: gemma4,
  gemma4,
  phi,
  phi3,
  gpt2,
  gpt_neox: gptNeox,
  stablelm: stableLm,
  olmo2,
  olmo3,
  olmoe,
  exaone4,
  granite,
  granitemoehybrid: graniteHybrid,
  granitemoe: graniteMoe,
  smollm3: smolLm3,
  lfm2,
  lfm2_moe: lfm2Moe,
  starcoder2: starCoder2,
};

/** The same of models that say labels of a whole text. */
const labelFamilies: Readonly<Record<string, GgufFamily>> = {
  bert,
  roberta,
  'xlm-roberta': roberta,
  camembert: roberta,
  modernbert: modernBert,
  qwen3: qwen3Classes,
};

/** Types of models that are written for llama.cpp, of those that write text and of those that say labels of it. */
export const ggufModelTypes: ReadonlySet<string> = new Set(Object.keys(families));

/** Whether llama.cpp puts the scores of models of the type through a softmax, whatever they mean. */
export const givesProbabilities = (modelType: string): boolean => modelType === 'qwen3';

/** Why a model of a type that says labels, or numbers, of a text is not written for llama.cpp; undefined where it is. */
export function labelsUnfit(modelType: string, probability: Probability): Reason | undefined {
  if (!Object.hasOwn(labelFamilies, modelType)) return withoutHead(modelType);
  if (probability !== 'softmax' && givesProbabilities(modelType))
    return because`llama.cpp makes probabilities that add up to 1 of its scores`;
  return undefined;
}

export interface GgufModel {
  readonly model: TextModel;
  readonly family: GgufFamily;
}

/**
 * @throws AppError 'gguf-unfit' for a type that is not written for llama.cpp, and for a model that neither writes text nor
 * says labels of a whole one
 */
export function ggufModel(model: Model): GgufModel {
  const labelled = saysLabels(model);
  const reason = labelled && labelsUnfit(model.modelType, probabilityOf(labelled));
  if (reason) throw unfit(reason);
  const family = (labelled ? labelFamilies : families)[model.modelType];
  if (!family) throw unfit(notWritten(model.modelType));
  const read = labelled ?? writerOf(model);
  if (!read) throw unfit(writesNoText);
  return { model: read, family };
}

export const notWritten = (modelType: string): Reason =>
  because`models of the type ${modelType} are not written for llama.cpp`;
const withoutHead = (modelType: string): Reason =>
  because`llama.cpp has no such head of labels for models of the type ${modelType}`;
const writesNoText = because`it neither writes text nor says labels of a whole one`;

/** The family of a file's architecture, with a head of labels or without: of several model types the first. */
export const familyOfArchitecture = (architecture: string, saysLabels: boolean): GgufFamily | undefined =>
  Object.values(saysLabels ? labelFamilies : families).find((family) => family.architecture === architecture);
