/**
 * StarCoder 2: the Llama layer with layer norms, biases and an MLP without a gate; published models slide in every layer.
 * Their dropouts (0.1 at three places) are not applied.
 * Reference: transformers `models/starcoder2/modeling_starcoder2.py`.
 */
import type { Activation, Value } from '../graph/types.ts';
import { type ModelSizes, modelOf, readSizes, requirePairs } from './architecture.ts';
import { layerNorm, layerStack, plainMlp, type Rotary, rotate, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, type JsonObject } from './config-reader.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { readRopeConfig } from './rope-config.ts';

// Config

export interface StarCoder2Config extends ModelSizes {
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly bias: boolean;
  readonly slidingWindow: number | undefined;
  readonly rotary: Rotary;
}

export function readStarCoder2Config(json: JsonObject): StarCoder2Config {
  const read = new ConfigReader(json);
  const sizes = readSizes(json, { kvHeads: 2, maxPositions: 4096 });
  requirePairs(sizes.headDim);
  return {
    ...sizes,
    intermediateSize: read.size('intermediate_size', 12288),
    normEpsilon: read.positive('norm_epsilon', 1e-5),
    activation: read.activation('hidden_act', 'gelu_pytorch_tanh'),
    tiedHead: read.flag('tie_word_embeddings', true),
    bias: read.flag('use_bias', true),
    slidingWindow: read.optionalSize('sliding_window'),
    rotary: { table: 'table/rope', rope: readRopeConfig(json), width: sizes.headDim },
  };
}

function parametersOf(config: StarCoder2Config): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, intermediateSize, tiedHead, bias } = config;
  const list = new ParameterList('model.');
  list.embedding('model.embed_tokens', vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    list.projections(`${path}.self_attn`, config, { qkvBias: bias, outputBias: bias });
    list.linear(`${path}.mlp.c_fc`, intermediateSize, hiddenSize, { bias });
    list.linear(`${path}.mlp.c_proj`, hiddenSize, intermediateSize, { bias });
    list.layerNorm(`${path}.input_layernorm`, hiddenSize);
    list.layerNorm(`${path}.post_attention_layernorm`, hiddenSize);
  }
  list.layerNorm('model.norm', hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list.all;
}

// Layer

function layer(tools: Tools, config: StarCoder2Config, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const { heads, kvHeads, headDim, rotary, activation } = config;
  const path = `model.layers.${index}`;
  const norm = layerNorm(tools, config.normEpsilon);
  const prepare = (_: string, y: Value): Value => rotate(tools, rotary, headDim, y);
  const form = { layer: index, path: `${path}.self_attn`, heads, kvHeads, headDim, prepare };
  const attended = seams.sublayer(index, 'attention', norm(`${path}.input_layernorm`, hidden), hidden, (x) =>
    builder.within('self_attn', () => selfAttention(tools, form, x)),
  );
  const modules = [`${path}.mlp.c_fc`, `${path}.mlp.c_proj`] as const;
  return seams.sublayer(index, 'mlp', norm(`${path}.post_attention_layernorm`, attended), attended, (x) =>
    builder.within('mlp', () => plainMlp(tools, modules, activation, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: StarCoder2Config, ids: Value): Value {
  const hidden = layerStack(tools, config.layers, ids, (index, x) => layer(tools, config, index, x));
  return tools.builder.within('model', () => layerNorm(tools, config.normEpsilon)('model.norm', hidden));
}

/** @throws AppError 'config-invalid' */
export function starCoder2Model(json: JsonObject): TextModel {
  const config = readStarCoder2Config(json);
  return modelOf(json, {
    ...config,
    modelType: 'starcoder2',
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    slidingLayers: Array<boolean>(config.layers).fill(config.slidingWindow !== undefined),
    rotaries: [config.rotary],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
