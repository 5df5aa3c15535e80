/**
 * Decoders whose norms come after attention and MLP instead of before them, with RMS norms of q and k: OLMo 2, over the
 * whole width; OLMo 3, whose layers slide but for every fourth, with a rotation of their own; EXAONE 4, of each head,
 * where layers that do not slide are without rotation.
 * Reference: transformers `models/olmo2/modeling_olmo2.py`, and `olmo3`, `exaone4` beside it.
 */
import { because } from '../errors.ts';
import type { Activation, Value } from '../graph/types.ts';
import { type ModelSizes, modelOf, readSizes, requirePairs } from './architecture.ts';
import { gatedMlp, layerStack, perHead, type Rotary, rmsNorm, rotate, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { readRopeByLayerType, readRopeConfig } from './rope-config.ts';

// Config

export type Olmo2Type = 'olmo2' | 'olmo3' | 'exaone4';

export interface Olmo2Config extends ModelSizes {
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly attentionBias: boolean;
  /** Norms of q and k are of each head. */
  readonly headNorms: boolean;
  readonly slidingWindow: number | undefined;
  readonly slidingLayers: readonly boolean[];
  readonly rotary: Rotary;
  /** Of layers that slide. */
  readonly slidingRotary: Rotary;
  /** Which layers turn q and k, by index. */
  readonly rotatedLayers: readonly boolean[];
}

export function readOlmo2Config(json: JsonObject, modelType: Olmo2Type = 'olmo2'): Olmo2Config {
  const read = new ConfigReader(json);
  const sizes = readSizes(json, modelType === 'exaone4' ? { kvHeads: 32, maxPositions: 2048 } : { maxPositions: 2048 });
  const sliding = modelType === 'olmo2' ? noneSlides(sizes.layers) : readSliding(read, modelType, sizes.layers);
  requirePairs(sizes.headDim);
  return {
    ...sizes,
    intermediateSize: read.size('intermediate_size'),
    normEpsilon: read.positive('rms_norm_eps', 1e-5),
    activation: read.activation('hidden_act', 'silu'),
    tiedHead: read.flag('tie_word_embeddings', false),
    attentionBias: modelType !== 'exaone4' && read.flag('attention_bias', false),
    headNorms: modelType === 'exaone4',
    ...sliding,
    ...readRotaries(json, modelType, sizes.headDim),
    rotatedLayers: sliding.slidingLayers.map(
      (slides) => modelType !== 'exaone4' || sliding.slidingWindow === undefined || slides,
    ),
  };
}

const noneSlides = (layers: number): Pick<Olmo2Config, 'slidingWindow' | 'slidingLayers'> => ({
  slidingWindow: undefined,
  slidingLayers: new Array<boolean>(layers).fill(false),
});

/** `layer_types`, or all but every fourth layer; without a window none slides. */
function readSliding(read: ConfigReader, modelType: Olmo2Type, layers: number) {
  const slidingWindow = 'sliding_window' in read.json ? read.optionalSize('sliding_window') : 4096;
  const listed = read.slidingLayers(layers);
  if (slidingWindow === undefined) return noneSlides(layers);
  const pattern = read.json.sliding_window_pattern ?? 4;
  if (!listed && modelType === 'exaone4' && typeof pattern !== 'number')
    throw invalidConfig(because`sliding_window_pattern ${JSON.stringify(pattern)} is without layer_types`);
  const period = modelType === 'exaone4' && !listed ? read.size('sliding_window_pattern', 4) : 4;
  const usual = Array.from({ length: layers }, (_, layer) => (layer + 1) % period !== 0);
  return { slidingWindow, slidingLayers: listed ?? usual };
}

function readRotaries(
  json: JsonObject,
  modelType: Olmo2Type,
  width: number,
): Pick<Olmo2Config, 'rotary' | 'slidingRotary'> {
  if (modelType !== 'olmo3') {
    const rotary = { table: 'table/rope', rope: readRopeConfig(json), width };
    return { rotary, slidingRotary: rotary };
  }
  const { full, sliding } = readRopeByLayerType(json, { full: 500_000, sliding: 500_000 });
  return {
    rotary: { table: 'table/rope', rope: full, width },
    slidingRotary: { table: 'table/sliding-rope', rope: sliding, width },
  };
}

function parametersOf(config: Olmo2Config): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, headDim, tiedHead, attentionBias: bias } = config;
  const list = new ParameterList('model.');
  list.embedding('model.embed_tokens', vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    list.projections(`${path}.self_attn`, config, { qkvBias: bias, outputBias: bias });
    list.rmsNorm(`${path}.self_attn.q_norm`, config.headNorms ? headDim : config.heads * headDim);
    list.rmsNorm(`${path}.self_attn.k_norm`, config.headNorms ? headDim : config.kvHeads * headDim);
    list.gatedMlp(`${path}.mlp`, hiddenSize, config.intermediateSize);
    list.rmsNorm(`${path}.post_attention_layernorm`, hiddenSize);
    list.rmsNorm(`${path}.post_feedforward_layernorm`, hiddenSize);
  }
  list.rmsNorm('model.norm', hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list.all;
}

// Attention

function attention(tools: Tools, config: Olmo2Config, layer: number, path: string, x: Value): Value {
  const { heads, kvHeads, headDim } = config;
  const rotary = config.slidingLayers[layer] ? config.slidingRotary : config.rotary;
  const whole = rmsNorm(tools, config.normEpsilon);
  const norm = config.headNorms ? perHead(tools, headDim, whole) : whole;
  const prepare = (name: string, y: Value): Value => {
    const normed = norm(`${path}.${name}_norm`, y);
    return config.rotatedLayers[layer] ? rotate(tools, rotary, headDim, normed) : normed;
  };
  return selfAttention(tools, { layer, path, heads, kvHeads, headDim, prepare }, x);
}

// Layer

function layer(tools: Tools, config: Olmo2Config, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `model.layers.${index}`;
  const norm = rmsNorm(tools, config.normEpsilon);
  const attended = seams.sublayer(index, 'attention', hidden, hidden, (x) => {
    const y = builder.within('self_attn', () => attention(tools, config, index, `${path}.self_attn`, x));
    return norm(`${path}.post_attention_layernorm`, y);
  });
  return seams.sublayer(index, 'mlp', attended, attended, (x) => {
    const y = builder.within('mlp', () => gatedMlp(tools, `${path}.mlp`, config.activation, x));
    return norm(`${path}.post_feedforward_layernorm`, y);
  });
}

// Model

function buildHidden(tools: Tools, config: Olmo2Config, ids: Value): Value {
  const hidden = layerStack(tools, config.layers, ids, (index, x) => layer(tools, config, index, x));
  return tools.builder.within('model', () => rmsNorm(tools, config.normEpsilon)('model.norm', hidden));
}

/** @throws AppError 'config-invalid' */
export function olmo2Model(json: JsonObject, modelType: Olmo2Type): TextModel {
  const config = readOlmo2Config(json, modelType);
  const { rotary, slidingRotary, rotatedLayers } = config;
  return modelOf(json, {
    ...config,
    modelType,
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    rotaries: !rotatedLayers.includes(true) ? [] : rotary === slidingRotary ? [rotary] : [rotary, slidingRotary],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
