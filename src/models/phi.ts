/**
 * Phi (1, 1.5 and 2): attention and MLP side by side after one layer norm, biases everywhere, in the head too, rotation
 * of a part of each head.
 * Reference: transformers `models/phi/modeling_phi.py`.
 */
import type { Activation, Value } from '../graph/types.ts';
import { type ModelSizes, modelOf, readSizes } from './architecture.ts';
import { layerNorm, layerStack, perHead, plainMlp, type Rotary, rotate, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, type JsonObject } from './config-reader.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { readPartialRope } from './rope-config.ts';

// Config

export interface PhiConfig extends ModelSizes {
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  /** Layer norm of each head of q and k. */
  readonly qkNorm: boolean;
  readonly rotary: Rotary;
}

export function readPhiConfig(json: JsonObject): PhiConfig {
  const read = new ConfigReader(json);
  const sizes = readSizes(json, { maxPositions: 2048 });
  return {
    ...sizes,
    intermediateSize: read.size('intermediate_size'),
    normEpsilon: read.positive('layer_norm_eps', 1e-5),
    activation: read.activation('hidden_act', 'gelu_new'),
    tiedHead: read.flag('tie_word_embeddings', false),
    qkNorm: read.flag('qk_layernorm', false),
    rotary: { table: 'table/rope', ...readPartialRope(json, sizes.headDim, { share: 0.5 }) },
  };
}

function parametersOf(config: PhiConfig): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, intermediateSize, headDim, tiedHead } = config;
  const list = new ParameterList('model.');
  list.embedding('model.embed_tokens', vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    list.projections(`${path}.self_attn`, config, { qkvBias: true, outputBias: true, output: 'dense' });
    if (config.qkNorm) list.layerNorm(`${path}.self_attn.q_layernorm`, headDim);
    if (config.qkNorm) list.layerNorm(`${path}.self_attn.k_layernorm`, headDim);
    list.linear(`${path}.mlp.fc1`, intermediateSize, hiddenSize, { bias: true });
    list.linear(`${path}.mlp.fc2`, hiddenSize, intermediateSize, { bias: true });
    list.layerNorm(`${path}.input_layernorm`, hiddenSize);
  }
  list.layerNorm('model.final_layernorm', hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  list.bias('lm_head.bias', vocabularySize);
  return list.all;
}

// Attention

function attention(tools: Tools, config: PhiConfig, layer: number, path: string, x: Value): Value {
  const { heads, kvHeads, headDim, qkNorm } = config;
  const headNorm = perHead(tools, headDim, layerNorm(tools, config.normEpsilon));
  const prepare = (name: string, y: Value): Value =>
    rotate(tools, config.rotary, headDim, qkNorm ? headNorm(`${path}.${name}_layernorm`, y) : y);
  return selfAttention(tools, { layer, path, heads, kvHeads, headDim, prepare, output: 'dense' }, x);
}

// Layer

function layer(tools: Tools, config: PhiConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `model.layers.${index}`;
  const normed = layerNorm(tools, config.normEpsilon)(`${path}.input_layernorm`, hidden);
  const attended = seams.sublayer(index, 'attention', normed, hidden, (x) =>
    builder.within('self_attn', () => attention(tools, config, index, `${path}.self_attn`, x)),
  );
  return seams.sublayer(index, 'mlp', normed, attended, (x) =>
    builder.within('mlp', () => plainMlp(tools, [`${path}.mlp.fc1`, `${path}.mlp.fc2`], config.activation, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: PhiConfig, ids: Value): Value {
  const hidden = layerStack(tools, config.layers, ids, (index, x) => layer(tools, config, index, x));
  return tools.builder.within('model', () => layerNorm(tools, config.normEpsilon)('model.final_layernorm', hidden));
}

/** @throws AppError 'config-invalid' */
export function phiModel(json: JsonObject): TextModel {
  const config = readPhiConfig(json);
  return modelOf(json, {
    ...config,
    modelType: 'phi',
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    headBias: 'lm_head.bias',
    rotaries: [config.rotary],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
