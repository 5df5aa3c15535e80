import type { Activation } from '../graph/types.ts';
import { type ModelSizes, readSizes, requirePairs } from './architecture.ts';
import { ConfigReader, type JsonObject } from './config-reader.ts';
import { type RopeConfig, readRopeConfig } from './rope-config.ts';

export type LlamaType = 'llama' | 'mistral' | 'qwen2' | 'qwen3';

/** What the members of the family differ in, read from config.json with transformers' defaults. */
export interface LlamaConfig extends ModelSizes {
  readonly modelType: LlamaType;
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly qkvBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** RMS norm of each head of q and k (Qwen3). */
  readonly qkNorm: boolean;
  readonly rope: RopeConfig;
  readonly slidingWindow?: number;
  /** Which layers use the window, by index. */
  readonly slidingLayers: readonly boolean[];
}

/** Defaults that differ within the family (transformers' configuration classes). */
const defaults = {
  llama: { maxPositions: 2048 },
  mistral: { kvHeads: 8, maxPositions: 131072 },
  qwen2: { kvHeads: 32, maxPositions: 32768 },
  qwen3: { kvHeads: 32, headDim: 128, maxPositions: 32768 },
} as const;

/**
 * Reads config.json in either dialect. `attention_dropout` is not applied: the published models of the family have 0.
 * @throws AppError 'config-invalid' naming the field and what is wrong with it
 */
export function readLlamaConfig(json: JsonObject, modelType: LlamaType): LlamaConfig {
  const read = new ConfigReader(json);
  const sizes = readSizes(json, defaults[modelType]);
  requirePairs(sizes.headDim);
  const attentionBias = modelType !== 'mistral' && modelType !== 'qwen2' && read.flag('attention_bias', false);
  return {
    ...sizes,
    modelType,
    intermediateSize: read.size('intermediate_size'),
    normEpsilon: read.positive('rms_norm_eps', 1e-6),
    activation: read.activation('hidden_act', 'silu'),
    tiedHead: read.flag('tie_word_embeddings', false),
    qkvBias: modelType === 'qwen2' || attentionBias,
    outputBias: attentionBias,
    mlpBias: modelType === 'llama' && read.flag('mlp_bias', false),
    qkNorm: modelType === 'qwen3',
    rope: readRopeConfig(json),
    ...readSliding(read, modelType, sizes.layers),
  };
}

/** Mistral slides in every layer; Qwen, where `use_sliding_window` says so, from `max_window_layers` on or by `layer_types`. */
function readSliding(
  read: ConfigReader,
  modelType: LlamaType,
  layers: number,
): Pick<LlamaConfig, 'slidingWindow' | 'slidingLayers'> {
  const none = { slidingLayers: new Array<boolean>(layers).fill(false) };
  if (modelType === 'llama') return none;
  if (modelType === 'mistral') {
    const slidingWindow = 'sliding_window' in read.json ? read.optionalSize('sliding_window') : 4096;
    return slidingWindow === undefined ? none : { slidingWindow, slidingLayers: new Array<boolean>(layers).fill(true) };
  }
  if (!read.flag('use_sliding_window', false)) return none;
  const slidingWindow = 'sliding_window' in read.json ? read.optionalSize('sliding_window') : 4096;
  const slidingLayers = read.slidingLayers(layers) ?? slidingFrom(read, layers);
  return slidingWindow === undefined || !slidingLayers.includes(true) ? none : { slidingWindow, slidingLayers };
}

function slidingFrom(read: ConfigReader, layers: number): boolean[] {
  const first = read.json.max_window_layers === 0 ? 0 : read.size('max_window_layers', 28);
  return Array.from({ length: layers }, (_, layer) => layer >= first);
}
