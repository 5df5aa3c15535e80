import type { Activation } from '../graph/types.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { type RopeConfig, readRopeConfig } from './rope-config.ts';

export type LlamaType = 'llama' | 'mistral' | 'qwen2' | 'qwen3';

/** What the members of the family differ in, read from config.json with transformers' defaults. */
export interface LlamaConfig {
  readonly modelType: LlamaType;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly maxPositions: number;
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

const activations = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
} as const;

/** Defaults that differ within the family (transformers' configuration classes). */
const defaults = {
  llama: { kvHeads: undefined, maxPositions: 2048 },
  mistral: { kvHeads: 8, maxPositions: 131072 },
  qwen2: { kvHeads: 32, maxPositions: 32768 },
  qwen3: { kvHeads: 32, maxPositions: 32768 },
} as const;

/**
 * Reads config.json in either dialect. `attention_dropout` is not applied: the published models of the family have 0.
 * @throws AppError 'config-invalid' naming the field and what is wrong with it
 */
export function readLlamaConfig(json: JsonObject, modelType: LlamaType): LlamaConfig {
  const read = new ConfigReader(json);
  if (read.object('quantization_config') !== undefined)
    throw invalidConfig('the weights are quantised (quantization_config); only float checkpoints are supported');
  const hiddenSize = read.size('hidden_size');
  const heads = read.size('num_attention_heads');
  const layers = read.size('num_hidden_layers');
  // A key that is there but null means "as many as query heads", whatever the type's own default.
  const kvHeads = read.size(
    'num_key_value_heads',
    'num_key_value_heads' in json ? heads : (defaults[modelType].kvHeads ?? heads),
  );
  const headDim = readHeadDim(read, modelType, hiddenSize, heads);
  if (heads % kvHeads !== 0)
    throw invalidConfig(`num_attention_heads ${heads} is not a multiple of num_key_value_heads ${kvHeads}`);
  const attentionBias = modelType !== 'mistral' && modelType !== 'qwen2' && read.flag('attention_bias', false);
  return {
    modelType,
    vocabularySize: read.size('vocab_size'),
    hiddenSize,
    intermediateSize: read.size('intermediate_size'),
    layers,
    heads,
    kvHeads,
    headDim,
    maxPositions: read.size('max_position_embeddings', defaults[modelType].maxPositions),
    normEpsilon: read.positive('rms_norm_eps', 1e-6),
    activation: read.choice<Activation>('hidden_act', activations, 'silu'),
    tiedHead: read.flag('tie_word_embeddings', false),
    qkvBias: modelType === 'qwen2' || attentionBias,
    outputBias: attentionBias,
    mlpBias: modelType === 'llama' && read.flag('mlp_bias', false),
    qkNorm: modelType === 'qwen3',
    rope: readRopeConfig(json),
    ...readSliding(read, modelType, layers),
  };
}

function readHeadDim(read: ConfigReader, modelType: LlamaType, hiddenSize: number, heads: number): number {
  const given = read.optionalSize('head_dim') ?? (modelType === 'qwen3' ? 128 : undefined);
  if (given === undefined && hiddenSize % heads !== 0)
    throw invalidConfig(`hidden_size ${hiddenSize} is not a multiple of num_attention_heads ${heads}`);
  const headDim = given ?? hiddenSize / heads;
  if (headDim % 2 !== 0) throw invalidConfig(`the head size ${headDim} is odd, and rotary embeddings turn pairs`);
  return headDim;
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
  const slidingLayers = readLayerTypes(read, layers);
  return slidingWindow === undefined || !slidingLayers.includes(true) ? none : { slidingWindow, slidingLayers };
}

function readLayerTypes(read: ConfigReader, layers: number): boolean[] {
  const types = read.json.layer_types;
  if (types === undefined || types === null) {
    const first = read.json.max_window_layers === 0 ? 0 : read.size('max_window_layers', 28);
    return Array.from({ length: layers }, (_, layer) => layer >= first);
  }
  const known: unknown[] = ['full_attention', 'sliding_attention'];
  if (!Array.isArray(types) || types.length !== layers || !types.every((type) => known.includes(type)))
    throw invalidConfig(`layer_types does not name full_attention or sliding_attention for each of ${layers} layers`);
  return types.map((type) => type === 'sliding_attention');
}
