/**
 * OLMo 2: the Llama layer with its norms after attention and MLP instead of before them, and RMS norms over the whole
 * width of q and k.
 * Reference: transformers `models/olmo2/modeling_olmo2.py`.
 */
import type { Activation, Value } from '../graph/types.ts';
import { type ModelSizes, modelOf, readSizes, requirePairs } from './architecture.ts';
import { gatedMlp, layerStack, type Rotary, rmsNorm, rotate, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, type JsonObject } from './config-reader.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { readRopeConfig } from './rope-config.ts';

// Config

export interface Olmo2Config extends ModelSizes {
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly attentionBias: boolean;
  readonly rotary: Rotary;
}

export function readOlmo2Config(json: JsonObject): Olmo2Config {
  const read = new ConfigReader(json);
  const sizes = readSizes(json, { maxPositions: 2048 });
  requirePairs(sizes.headDim);
  return {
    ...sizes,
    intermediateSize: read.size('intermediate_size'),
    normEpsilon: read.positive('rms_norm_eps', 1e-5),
    activation: read.activation('hidden_act', 'silu'),
    tiedHead: read.flag('tie_word_embeddings', false),
    attentionBias: read.flag('attention_bias', false),
    rotary: { table: 'table/rope', rope: readRopeConfig(json), width: sizes.headDim },
  };
}

function parametersOf(config: Olmo2Config): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, headDim, tiedHead, attentionBias: bias } = config;
  const list = new ParameterList('model.');
  list.embedding('model.embed_tokens', vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    list.projections(`${path}.self_attn`, config, { qkvBias: bias, outputBias: bias });
    list.rmsNorm(`${path}.self_attn.q_norm`, config.heads * headDim);
    list.rmsNorm(`${path}.self_attn.k_norm`, config.kvHeads * headDim);
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
  const { heads, kvHeads, headDim, rotary } = config;
  const norm = rmsNorm(tools, config.normEpsilon);
  const prepare = (name: string, y: Value): Value => rotate(tools, rotary, headDim, norm(`${path}.${name}_norm`, y));
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
export function olmo2Model(json: JsonObject): TextModel {
  const config = readOlmo2Config(json);
  return modelOf(json, {
    ...config,
    modelType: 'olmo2',
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    rotaries: [config.rotary],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
