/**
 * OPT: layer norms before attention and MLP (after them in the model of 350 million parameters, whose embeddings are also
 * narrower than its layers), learned positions whose table begins two rows early, ReLU, head tied to the embedding.
 * Reference: transformers `models/opt/modeling_opt.py`.
 */
import { because } from '../errors.ts';
import type { Activation, Value } from '../graph/types.ts';
import { headSize, type ModelSizes, modelOf } from './architecture.ts';
import { layerNorm, plainMlp, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';

// Config

interface OptConfig extends ModelSizes {
  readonly intermediateSize: number;
  /** Width of embedding and head. */
  readonly embeddingSize: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly bias: boolean;
  readonly normBefore: boolean;
  readonly finalNorm: boolean;
}

/** Rows of the position table that no position reads. */
const positionOffset = 2;

/** PyTorch's, as OPT's norms are made without one of their own. */
const normEpsilon = 1e-5;

function readConfig(json: JsonObject): OptConfig {
  const read = new ConfigReader(json);
  if (!read.flag('layer_norm_elementwise_affine', true))
    throw invalidConfig(because`norms without weights are not supported`);
  const hiddenSize = read.size('hidden_size', 768);
  const heads = read.size('num_attention_heads', 12);
  const normBefore = read.flag('do_layer_norm_before', true);
  return {
    vocabularySize: read.size('vocab_size', 50272),
    hiddenSize,
    layers: read.layers('num_hidden_layers', 12),
    heads,
    kvHeads: heads,
    headDim: headSize(hiddenSize, heads),
    maxPositions: read.size('max_position_embeddings', 2048),
    intermediateSize: read.size('ffn_dim', 3072),
    embeddingSize: read.size('word_embed_proj_dim', hiddenSize),
    activation: read.activation('activation_function', 'relu'),
    tiedHead: read.flag('tie_word_embeddings', true),
    bias: read.flag('enable_bias', true),
    normBefore,
    finalNorm: normBefore && !read.flag('_remove_final_layer_norm', false),
  };
}

function parametersOf({
  hiddenSize,
  intermediateSize,
  embeddingSize,
  bias,
  ...config
}: OptConfig): readonly ParameterInfo[] {
  const list = new ParameterList('model.');
  const tied = config.tiedHead ? ['lm_head.weight'] : [];
  list.embedding('model.decoder.embed_tokens', config.vocabularySize, embeddingSize, tied);
  list.embedding('model.decoder.embed_positions', config.maxPositions + positionOffset, hiddenSize);
  if (embeddingSize !== hiddenSize) {
    list.linear('model.decoder.project_out', embeddingSize, hiddenSize);
    list.linear('model.decoder.project_in', hiddenSize, embeddingSize);
  }
  if (config.finalNorm) list.layerNorm('model.decoder.final_layer_norm', hiddenSize);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.decoder.layers.${layer}`;
    for (const name of ['k_proj', 'v_proj', 'q_proj', 'out_proj'])
      list.linear(`${path}.self_attn.${name}`, hiddenSize, hiddenSize, { bias });
    list.layerNorm(`${path}.self_attn_layer_norm`, hiddenSize);
    list.linear(`${path}.fc1`, intermediateSize, hiddenSize, { bias });
    list.linear(`${path}.fc2`, hiddenSize, intermediateSize, { bias });
    list.layerNorm(`${path}.final_layer_norm`, hiddenSize);
  }
  if (!config.tiedHead) list.head('lm_head', config.vocabularySize, embeddingSize);
  return list.all;
}

// Layer

function layer(tools: Tools, config: OptConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const { heads, kvHeads, headDim, normBefore } = config;
  const path = `model.decoder.layers.${index}`;
  const norm = layerNorm(tools, normEpsilon);
  const before = (name: string, x: Value): Value => (normBefore ? norm(`${path}.${name}`, x) : x);
  const after = (name: string, x: Value): Value => (normBefore ? x : norm(`${path}.${name}`, x));
  const form = { layer: index, path: `${path}.self_attn`, heads, kvHeads, headDim, output: 'out_proj' };
  const attended = seams.sublayer(index, 'attention', before('self_attn_layer_norm', hidden), hidden, (x) =>
    builder.within('self_attn', () => selfAttention(tools, form, x)),
  );
  const middle = after('self_attn_layer_norm', attended);
  const fed = seams.sublayer(index, 'mlp', before('final_layer_norm', middle), middle, (x) =>
    plainMlp(tools, [`${path}.fc1`, `${path}.fc2`], config.activation, x),
  );
  return after('final_layer_norm', fed);
}

// Model

function buildHidden(tools: Tools, config: OptConfig, ids: Value): Value {
  const { builder, seams, positions } = tools;
  const decoder = 'model.decoder';
  const projects = config.embeddingSize !== config.hiddenSize;
  const project = (name: string, x: Value): Value => (projects ? seams.linear(`${decoder}.${name}`, x) : x);
  let hidden = builder.within(decoder, () =>
    builder.add(
      project('project_in', seams.embed(`${decoder}.embed_tokens`, ids)),
      seams.embedPositions(`${decoder}.embed_positions`, positions, positionOffset),
    ),
  );
  for (let index = 0; index < config.layers; index++)
    hidden = builder.within(`${decoder}.layers.${index}`, () => layer(tools, config, index, hidden));
  return builder.within(decoder, () => {
    const normed = config.finalNorm ? layerNorm(tools, normEpsilon)(`${decoder}.final_layer_norm`, hidden) : hidden;
    return project('project_out', normed);
  });
}

/** @throws AppError 'config-invalid' */
export function optModel(json: JsonObject): TextModel {
  const config = readConfig(json);
  return modelOf(json, {
    ...config,
    modelType: 'opt',
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'model.decoder.embed_tokens.weight' : 'lm_head.weight',
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
