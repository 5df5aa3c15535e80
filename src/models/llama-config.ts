import type { Activation } from '../graph/types.ts';
import { type ModelSizes, readSizes, requirePairs } from './architecture.ts';
import { ConfigReader, type JsonObject } from './config-reader.ts';
import { type RopeConfig, readRopeConfig } from './rope-config.ts';

export type LlamaType = 'llama' | 'mistral' | 'ministral3' | 'qwen2' | 'qwen3' | 'ernie4_5' | 'hunyuan_v1_dense';

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
  /** RMS norm of each head of q and k: before they are turned (Qwen3) or after (HunYuan). */
  readonly qkNorm: 'before' | 'after' | undefined;
  readonly rope: RopeConfig;
  /** The pairs that are turned are neighbours (ERNIE). */
  readonly neighbours: boolean;
  /** Queries grow with their position (Ministral 3). */
  readonly queryGrowth?: { readonly beta: number; readonly every: number };
  readonly slidingWindow?: number;
  /** Which layers use the window, by index. */
  readonly slidingLayers: readonly boolean[];
}

interface Defaults {
  readonly kvHeads?: number;
  readonly headDim?: number;
  readonly maxPositions: number;
  readonly epsilon?: number;
  readonly theta?: number;
  readonly tied?: true;
}

/** Defaults that differ within the family (transformers' configuration classes). */
const defaults: Readonly<Record<LlamaType, Defaults>> = {
  llama: { maxPositions: 2048 },
  mistral: { kvHeads: 8, maxPositions: 131072 },
  ministral3: { kvHeads: 8, headDim: 128, maxPositions: 262144, epsilon: 1e-5 },
  qwen2: { kvHeads: 32, maxPositions: 32768 },
  qwen3: { kvHeads: 32, headDim: 128, maxPositions: 32768 },
  ernie4_5: { kvHeads: 2, headDim: 128, maxPositions: 131072, epsilon: 1e-5, theta: 500_000, tied: true },
  hunyuan_v1_dense: { maxPositions: 2048, epsilon: 1e-5 },
};

const qkNorms: Readonly<Partial<Record<LlamaType, 'before' | 'after'>>> = {
  qwen3: 'before',
  hunyuan_v1_dense: 'after',
};

/**
 * Reads config.json in either dialect. `attention_dropout` is not applied: the published models of the family have 0.
 * @throws AppError 'config-invalid' naming the field and what is wrong with it
 */
export function readLlamaConfig(json: JsonObject, modelType: LlamaType): LlamaConfig {
  const read = new ConfigReader(json);
  const usual = defaults[modelType];
  const sizes = readSizes(json, usual);
  requirePairs(sizes.headDim);
  const biases = readBiases(read, modelType);
  return {
    ...sizes,
    modelType,
    intermediateSize: read.size('intermediate_size'),
    normEpsilon: read.positive('rms_norm_eps', usual.epsilon ?? 1e-6),
    activation: read.activation('hidden_act', 'silu'),
    tiedHead: read.flag('tie_word_embeddings', usual.tied ?? false),
    ...biases,
    qkNorm: qkNorms[modelType],
    neighbours: modelType === 'ernie4_5',
    ...readRope(json, modelType, sizes),
    ...readSliding(read, modelType, sizes.layers),
  };
}

/** Of q, k and v, of the output projection, and of the MLP. */
function readBiases(read: ConfigReader, modelType: LlamaType): Pick<LlamaConfig, 'qkvBias' | 'outputBias' | 'mlpBias'> {
  const of = (qkvBias: boolean, outputBias: boolean, mlpBias = false) => ({ qkvBias, outputBias, mlpBias });
  switch (modelType) {
    case 'mistral':
    case 'ministral3':
      return of(false, false);
    case 'qwen2':
      return of(true, false);
    case 'ernie4_5': {
      const all = read.flag('use_bias', false);
      return of(all, all, all);
    }
    default: {
      const attention = read.flag('attention_bias', false);
      return of(attention, attention, modelType === 'llama' && read.flag('mlp_bias', false));
    }
  }
}

function readRope(
  json: JsonObject,
  modelType: LlamaType,
  { headDim, maxPositions }: ModelSizes,
): Pick<LlamaConfig, 'rope' | 'queryGrowth'> {
  if (modelType === 'hunyuan_v1_dense') return { rope: readAlphaRope(json, headDim, maxPositions) };
  const { theta } = defaults[modelType];
  if (modelType !== 'ministral3') return { rope: readRopeConfig(json, theta === undefined ? {} : { theta }) };
  const read = new ConfigReader(json);
  const parameters = read.object('rope_parameters') ?? read.object('rope_scaling') ?? ministral3Rope;
  const rope = readRopeConfig(
    { max_position_embeddings: maxPositions, rope_theta: json.rope_theta, rope_parameters: parameters },
    { ownKeys: ['llama_4_scaling_beta'] },
  );
  const own = new ConfigReader(parameters);
  const beta = own.json.llama_4_scaling_beta === 0 ? 0 : own.positive('llama_4_scaling_beta');
  return { rope, queryGrowth: { beta, every: own.size('original_max_position_embeddings', maxPositions) } };
}

/** transformers' own where the config is silent. */
const ministral3Rope = {
  ...{ rope_type: 'yarn', rope_theta: 1_000_000, factor: 16, original_max_position_embeddings: 16384 },
  ...{ beta_fast: 32, beta_slow: 1, mscale: 1, mscale_all_dim: 1, llama_4_scaling_beta: 0.1 },
};

/** HunYuan scales by `alpha`, whatever the length, where others do by the length of the text. */
function readAlphaRope(json: JsonObject, headDim: number, maxPositions: number): RopeConfig {
  const rope = readRopeConfig({ max_position_embeddings: maxPositions, ...json }, { ownKeys: ['alpha'] });
  const read = new ConfigReader(json);
  const inner = new ConfigReader(read.object('rope_scaling') ?? read.object('rope_parameters') ?? {});
  const alpha = inner.json.alpha ? inner.positive('alpha') : undefined;
  if (rope.scaling.type !== 'dynamic' || alpha === undefined) return rope;
  return { ...rope, theta: rope.theta * alpha ** (headDim / (headDim - 2)) };
}

/** Mistral slides in every layer, or by `layer_types`; Qwen, where `use_sliding_window` says so, from `max_window_layers` on or by `layer_types`. */
function readSliding(
  read: ConfigReader,
  modelType: LlamaType,
  layers: number,
): Pick<LlamaConfig, 'slidingWindow' | 'slidingLayers'> {
  const none = { slidingLayers: new Array<boolean>(layers).fill(false) };
  if (modelType === 'llama' || modelType === 'ernie4_5' || modelType === 'hunyuan_v1_dense') return none;
  if (modelType === 'mistral' || modelType === 'ministral3') {
    const usual = modelType === 'mistral' ? 4096 : undefined;
    const slidingWindow = 'sliding_window' in read.json ? read.optionalSize('sliding_window') : usual;
    // transformers' AutoModel makes a Ministral of a mistral that lists its layers.
    const listed = modelType === 'mistral' ? read.slidingLayers(layers) : undefined;
    if (slidingWindow === undefined || listed?.includes(true) === false) return none;
    return { slidingWindow, slidingLayers: listed ?? new Array<boolean>(layers).fill(true) };
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
