import { because } from '../../errors.ts';
import { writerOf } from '../../models/heads.ts';
import type { Model, TextModel } from '../../models/model.ts';
import { gemma, gemma2, gemma3 } from './families/gemma.ts';
import { gpt2, gptNeox } from './families/gpt.ts';
import { lfm2 } from './families/lfm2.ts';
import {
  ernie45,
  granite,
  graniteHybrid,
  hunYuan,
  llama,
  ministral3,
  mistral,
  qwen2,
  qwen3,
  smolLm3,
} from './families/llama.ts';
import { exaone4, olmo2, olmo3, stableLm, starCoder2 } from './families/others.ts';
import { phi, phi3 } from './families/phi.ts';
import { type GgufFamily, unfit } from './family.ts';

/** By `model_type`. llama.cpp has no OPT; its Qwen3.5 is not written yet. */
const families: Readonly<Record<string, GgufFamily>> = {
  llama,
  mistral,
  ministral3,
  mistral3: ministral3,
  qwen2,
  qwen3,
  ernie4_5: ernie45,
  hunyuan_v1_dense: hunYuan,
  gemma,
  gemma2,
  gemma3_text: gemma3,
  gemma3,
  phi,
  phi3,
  gpt2,
  gpt_neox: gptNeox,
  stablelm: stableLm,
  olmo2,
  olmo3,
  exaone4,
  granite,
  granitemoehybrid: graniteHybrid,
  smollm3: smolLm3,
  lfm2,
  starcoder2: starCoder2,
};

/** Types of models that are written for llama.cpp. */
export const ggufModelTypes: ReadonlySet<string> = new Set(Object.keys(families));

export interface GgufModel {
  readonly model: TextModel;
  readonly family: GgufFamily;
}

/** @throws AppError 'gguf-unfit' for a type that is not written for llama.cpp, and for a model that writes no text */
export function ggufModel(model: Model): GgufModel {
  const family = families[model.modelType];
  if (!family) throw unfit(because`models of the type ${model.modelType} are not written for llama.cpp`);
  const writer = writerOf(model);
  if (!writer) throw unfit(because`it writes no text`);
  return { model: writer, family };
}

/** The family of a file's architecture: of several model types the first. */
export const familyOfArchitecture = (architecture: string): GgufFamily | undefined =>
  Object.values(families).find((family) => family.architecture === architecture);
