/**
 * GPT-2 and the many models of its form: pre-norm blocks with biases and layer norms, learned positions, matrices stored
 * [in, out] (transformers' Conv1D), query, key and value in one of them, the head tied to the embedding. The published
 * dropouts (0.1 at three places) are not applied.
 * Reference: transformers `models/gpt2/modeling_gpt2.py`.
 */
import { because } from '../errors.ts';
import type { Activation, Value } from '../graph/types.ts';
import { headSize, type ModelSizes, modelOf } from './architecture.ts';
import { layerNorm, plainMlp, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';

// Config

export interface Gpt2Config extends ModelSizes {
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  /** 1/√headDim on q·k, or nothing. */
  readonly scalesAttention: boolean;
  /** Further divided by the number of the layer, from 1 on. */
  readonly scalesByLayer: boolean;
}

export function readGpt2Config(json: JsonObject): Gpt2Config {
  const read = new ConfigReader(json);
  if (read.flag('add_cross_attention', false)) throw invalidConfig(because`cross-attention is not supported`);
  const hiddenSize = read.size('n_embd', 768);
  const heads = read.size('n_head', 12);
  return {
    vocabularySize: read.size('vocab_size', 50257),
    hiddenSize,
    layers: read.layers('n_layer', 12),
    heads,
    kvHeads: heads,
    headDim: headSize(hiddenSize, heads),
    maxPositions: read.size('n_positions', 1024),
    intermediateSize: read.optionalSize('n_inner') ?? 4 * hiddenSize,
    normEpsilon: read.positive('layer_norm_epsilon', 1e-5),
    activation: read.activation('activation_function', 'gelu_new'),
    tiedHead: read.flag('tie_word_embeddings', true),
    scalesAttention: read.flag('scale_attn_weights', true),
    scalesByLayer: read.flag('scale_attn_by_inverse_layer_idx', false),
  };
}

function parametersOf({ hiddenSize, intermediateSize, ...config }: Gpt2Config): readonly ParameterInfo[] {
  const list = new ParameterList('transformer.');
  list.embedding('transformer.wte', config.vocabularySize, hiddenSize, config.tiedHead ? ['lm_head.weight'] : []);
  list.embedding('transformer.wpe', config.maxPositions, hiddenSize);
  const conv1d = { bias: true, transposed: true };
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `transformer.h.${layer}`;
    list.layerNorm(`${path}.ln_1`, hiddenSize);
    list.linear(`${path}.attn.c_attn`, 3 * hiddenSize, hiddenSize, conv1d);
    list.linear(`${path}.attn.c_proj`, hiddenSize, hiddenSize, conv1d);
    list.layerNorm(`${path}.ln_2`, hiddenSize);
    list.linear(`${path}.mlp.c_fc`, intermediateSize, hiddenSize, conv1d);
    list.linear(`${path}.mlp.c_proj`, hiddenSize, intermediateSize, conv1d);
  }
  list.layerNorm('transformer.ln_f', hiddenSize);
  if (!config.tiedHead) list.head('lm_head', config.vocabularySize, hiddenSize);
  return list.all;
}

// Attention

/** x [rows, hidden] → [rows, hidden]. */
function attention({ builder, seams }: Tools, config: Gpt2Config, layer: number, path: string, x: Value): Value {
  const { hiddenSize, heads, kvHeads, headDim } = config;
  const fused = seams.linear(`${path}.c_attn`, x);
  const [q, k, v] = builder.split(fused, [hiddenSize, hiddenSize, hiddenSize]) as [Value, Value, Value];
  const scale = (config.scalesAttention ? headDim ** -0.5 : 1) / (config.scalesByLayer ? layer + 1 : 1);
  const y = seams.attention({ layer, heads, kvHeads, headDim, scale }, q, k, v);
  return seams.attentionOutput(layer, x, seams.linear(`${path}.c_proj`, y));
}

// Layer

function layer(tools: Tools, config: Gpt2Config, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `transformer.h.${index}`;
  const norm = layerNorm(tools, config.normEpsilon);
  const attended = seams.sublayer(index, 'attention', norm(`${path}.ln_1`, hidden), hidden, (x) =>
    builder.within('attn', () => attention(tools, config, index, `${path}.attn`, x)),
  );
  return seams.sublayer(index, 'mlp', norm(`${path}.ln_2`, attended), attended, (x) =>
    builder.within('mlp', () => plainMlp(tools, [`${path}.mlp.c_fc`, `${path}.mlp.c_proj`], config.activation, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: Gpt2Config, ids: Value): Value {
  const { builder, seams, positions } = tools;
  let hidden = builder.within('transformer', () =>
    builder.add(seams.embed('transformer.wte', ids), seams.embedPositions('transformer.wpe', positions)),
  );
  for (let index = 0; index < config.layers; index++)
    hidden = builder.within(`transformer.h.${index}`, () => layer(tools, config, index, hidden));
  return builder.within('transformer', () => layerNorm(tools, config.normEpsilon)('transformer.ln_f', hidden));
}

/** @throws AppError 'config-invalid' */
export function gpt2Model(json: JsonObject): TextModel {
  const config = readGpt2Config(json);
  return modelOf(json, {
    ...config,
    modelType: 'gpt2',
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'transformer.wte.weight' : 'lm_head.weight',
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
