import { because } from '../errors.ts';
import type { Activation } from '../graph/types.ts';
import { type ModelSizes, readSizes, requirePairs } from './architecture.ts';
import type { Rotary } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { readRopeByLayerType, readRopeConfig } from './rope-config.ts';

export type GemmaType = 'gemma' | 'gemma2' | 'gemma3_text';

/** What the three generations differ in, read from config.json with transformers' defaults. */
export interface GemmaConfig extends ModelSizes {
  readonly modelType: GemmaType;
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly attentionBias: boolean;
  /** Norms after attention and MLP too (Gemma 2 and 3). */
  readonly postNorms: boolean;
  /** RMS norm of each head of q and k (Gemma 3). */
  readonly qkNorm: boolean;
  readonly attentionScale: number;
  readonly attentionSoftCap: number | undefined;
  readonly logitSoftCap: number | undefined;
  readonly slidingWindow: number | undefined;
  readonly slidingLayers: readonly boolean[];
  /** Of layers that look at everything, and of those that slide. */
  readonly rotary: Rotary;
  readonly slidingRotary: Rotary;
}

/** Defaults of transformers' configuration classes. */
const defaults = {
  gemma: { kvHeads: 16, headDim: 256, maxPositions: 8192 },
  gemma2: { kvHeads: 4, headDim: 256, maxPositions: 8192 },
  gemma3_text: { kvHeads: 4, headDim: 256, maxPositions: 131072 },
} as const;

/** Sizes of transformers' Gemma3TextConfig, which the config.json of the 4B model leaves unsaid in part. */
export const gemma3Sizes: JsonObject = {
  ...{ vocab_size: 262_208, hidden_size: 2304, intermediate_size: 9216, num_hidden_layers: 26 },
  ...{ num_attention_heads: 8, num_key_value_heads: 4 },
};

/** @throws AppError 'config-invalid' naming the field and what is wrong with it */
export function readGemmaConfig(json: JsonObject, modelType: GemmaType): GemmaConfig {
  const read = new ConfigReader(json);
  if (read.flag('use_bidirectional_attention', false))
    throw invalidConfig(because`use_bidirectional_attention is not supported`);
  const sizes = readSizes(json, defaults[modelType]);
  requirePairs(sizes.headDim);
  const first = modelType === 'gemma';
  return {
    ...sizes,
    modelType,
    intermediateSize: read.size('intermediate_size'),
    normEpsilon: read.positive('rms_norm_eps', 1e-6),
    activation: readActivation(read, first),
    tiedHead: read.flag('tie_word_embeddings', true),
    attentionBias: read.flag('attention_bias', false),
    postNorms: !first,
    qkNorm: modelType === 'gemma3_text',
    attentionScale: (first ? sizes.headDim : read.positive('query_pre_attn_scalar', 256)) ** -0.5,
    attentionSoftCap: modelType === 'gemma2' ? capOf(read, 'attn_logit_softcapping', 50) : undefined,
    logitSoftCap: first ? undefined : capOf(read, 'final_logit_softcapping', modelType === 'gemma2' ? 30 : undefined),
    ...readSliding(read, modelType, sizes.layers),
    ...readRotaries(json, modelType, sizes.headDim),
  };
}

/** The first configs say gelu and mean its tanh form. */
function readActivation(read: ConfigReader, first: boolean): Activation {
  const activation = read.activation(first ? 'hidden_act' : 'hidden_activation', 'gelu_pytorch_tanh');
  return first && activation === 'gelu' ? 'gelu_tanh' : activation;
}

/** A cap that is there but null is none. */
const capOf = (read: ConfigReader, key: string, usual: number | undefined): number | undefined =>
  key in read.json ? read.optionalPositive(key) : usual;

function readSliding(
  read: ConfigReader,
  modelType: GemmaType,
  layers: number,
): Pick<GemmaConfig, 'slidingWindow' | 'slidingLayers'> {
  const none = { slidingWindow: undefined, slidingLayers: Array<boolean>(layers).fill(false) };
  const slidingWindow = 'sliding_window' in read.json ? read.optionalSize('sliding_window') : 4096;
  if (modelType === 'gemma' || slidingWindow === undefined) return none;
  // Every second layer looks at everything, or every sixth.
  const period = modelType === 'gemma2' ? 2 : read.size('sliding_window_pattern', 6);
  const usual = Array.from({ length: layers }, (_, layer) => (layer + 1) % period !== 0);
  const slidingLayers = read.slidingLayers(layers) ?? usual;
  return slidingLayers.includes(true) ? { slidingWindow, slidingLayers } : none;
}

function readRotaries(
  json: JsonObject,
  modelType: GemmaType,
  width: number,
): Pick<GemmaConfig, 'rotary' | 'slidingRotary'> {
  if (modelType !== 'gemma3_text') {
    const rotary = { table: 'table/rope', rope: readRopeConfig(json), width };
    return { rotary, slidingRotary: rotary };
  }
  const { full, sliding } = readRopeByLayerType(json, {
    full: 1_000_000,
    sliding: 10_000,
    slidingKey: 'rope_local_base_freq',
  });
  return {
    rotary: { table: 'table/rope', rope: full, width },
    slidingRotary: { table: 'table/sliding-rope', rope: sliding, width },
  };
}
