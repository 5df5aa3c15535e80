/**
 * StableLM (2, 3B, Zephyr): the Llama layer with layer norms and rotation of a part of each head; attention and MLP one
 * after the other, or side by side after one norm.
 * Reference: transformers `models/stablelm/modeling_stablelm.py`.
 */
import { because } from '../errors.ts';
import type { Activation, Value } from '../graph/types.ts';
import { type ModelSizes, modelOf, readSizes } from './architecture.ts';
import { gatedMlp, layerNorm, layerStack, type Rotary, rotate, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { readPartialRope } from './rope-config.ts';

// Config

export interface StableLmConfig extends ModelSizes {
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly qkvBias: boolean;
  readonly parallel: boolean;
  readonly rotary: Rotary;
}

export function readStableLmConfig(json: JsonObject): StableLmConfig {
  const read = new ConfigReader(json);
  if (read.flag('qk_layernorm', false)) throw invalidConfig(because`qk_layernorm is not supported`);
  const sizes = readSizes(json, { kvHeads: 32, maxPositions: 4096 });
  return {
    ...sizes,
    intermediateSize: read.size('intermediate_size'),
    normEpsilon: read.positive('layer_norm_eps', 1e-5),
    activation: read.activation('hidden_act', 'silu'),
    tiedHead: read.flag('tie_word_embeddings', false),
    qkvBias: read.flag('use_qkv_bias', false),
    parallel: read.flag('use_parallel_residual', false),
    rotary: { table: 'table/rope', ...readPartialRope(json, sizes.headDim, { share: 0.25 }) },
  };
}

function parametersOf(config: StableLmConfig): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, tiedHead } = config;
  const list = new ParameterList('model.');
  list.embedding('model.embed_tokens', vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    list.projections(`${path}.self_attn`, config, { qkvBias: config.qkvBias });
    list.gatedMlp(`${path}.mlp`, hiddenSize, config.intermediateSize);
    list.layerNorm(`${path}.input_layernorm`, hiddenSize);
    if (!config.parallel) list.layerNorm(`${path}.post_attention_layernorm`, hiddenSize);
  }
  list.layerNorm('model.norm', hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list.all;
}

// Layer

function layer(tools: Tools, config: StableLmConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const { heads, kvHeads, headDim, parallel } = config;
  const path = `model.layers.${index}`;
  const norm = layerNorm(tools, config.normEpsilon);
  const normed = norm(`${path}.input_layernorm`, hidden);
  const prepare = (_: string, y: Value): Value => rotate(tools, config.rotary, headDim, y);
  const form = { layer: index, path: `${path}.self_attn`, heads, kvHeads, headDim, prepare };
  const attended = seams.sublayer(index, 'attention', normed, hidden, (x) =>
    builder.within('self_attn', () => selfAttention(tools, form, x)),
  );
  const input = parallel ? normed : norm(`${path}.post_attention_layernorm`, attended);
  return seams.sublayer(index, 'mlp', input, attended, (x) =>
    builder.within('mlp', () => gatedMlp(tools, `${path}.mlp`, config.activation, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: StableLmConfig, ids: Value): Value {
  const hidden = layerStack(tools, config.layers, ids, (index, x) => layer(tools, config, index, x));
  return tools.builder.within('model', () => layerNorm(tools, config.normEpsilon)('model.norm', hidden));
}

/** @throws AppError 'config-invalid' */
export function stableLmModel(json: JsonObject): TextModel {
  const config = readStableLmConfig(json);
  return modelOf(json, {
    ...config,
    modelType: 'stablelm',
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    rotaries: [config.rotary],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
