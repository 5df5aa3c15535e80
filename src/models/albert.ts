/**
 * ALBERT: narrow embeddings, and groups of BERT-like layers whose parameters serve several layers one after the other.
 * Reference: transformers `models/albert/modeling_albert.py` (AlbertForSequenceClassification,
 * AlbertForMaskedLM).
 */
import { because } from '../errors.ts';
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { type BertConfig, buildEmbeddings, embeddingParameters, readBertConfig } from './bert.ts';
import { plainMlp, postNormLayer, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject, mostLayers } from './config-reader.ts';
import { maskedModel } from './masked-head.ts';
import type { EncoderHead, TextModel } from './model.ts';
import type { ParameterList } from './parameter-list.ts';
import { firstTokenHead } from './sequence-classifier.ts';

// Config

interface AlbertConfig extends BertConfig {
  readonly groups: number;
  /** Layers of one group, each with parameters of its own. */
  readonly layersInGroup: number;
  /** The module of each layer, from the input up. */
  readonly paths: readonly string[];
}

/** Of transformers' configuration class. */
const defaults = {
  ...{ vocab_size: 30000, hidden_size: 4096, embedding_size: 128 },
  ...{ num_attention_heads: 64, intermediate_size: 16384, hidden_act: 'gelu_new' },
};

function readConfig(json: JsonObject): AlbertConfig {
  const read = new ConfigReader(json);
  const config = readBertConfig(json, 0, defaults);
  const groups = read.layers('num_hidden_groups', 1);
  const innerKey = 'inner_group_num';
  const layersInGroup = read.layers(innerKey, 1);
  if (Math.max(groups, config.layers) * layersInGroup > mostLayers)
    throw invalidConfig(because`${innerKey} is ${layersInGroup}, more than any model has`);
  const groupOf = (index: number): number => Math.floor(index / (config.layers / groups));
  const inner = Array.from({ length: layersInGroup }, (_, index) => index);
  const paths = Array.from({ length: config.layers }, (_, index) =>
    inner.map((layer) => pathOf(groupOf(index), layer)),
  ).flat();
  return { ...config, layers: paths.length, groups, layersInGroup, paths };
}

const pathOf = (group: number, layer: number): string =>
  `albert.encoder.albert_layer_groups.${group}.albert_layers.${layer}`;

const projections = ['query', 'key', 'value'] as const;

function encoderParameters(config: AlbertConfig): ParameterList {
  const { hiddenSize, embeddingSize, intermediateSize } = config;
  const list = embeddingParameters('albert', config);
  list.linear('albert.encoder.embedding_hidden_mapping_in', hiddenSize, embeddingSize, { bias: true });
  for (let group = 0; group < config.groups; group++)
    for (let layer = 0; layer < config.layersInGroup; layer++) {
      const path = pathOf(group, layer);
      list.layerNorm(`${path}.full_layer_layer_norm`, hiddenSize);
      for (const name of [...projections, 'dense'])
        list.linear(`${path}.attention.${name}`, hiddenSize, hiddenSize, { bias: true });
      list.layerNorm(`${path}.attention.LayerNorm`, hiddenSize);
      list.linear(`${path}.ffn`, intermediateSize, hiddenSize, { bias: true });
      list.linear(`${path}.ffn_output`, hiddenSize, intermediateSize, { bias: true });
    }
  return list;
}

// Layer

function layer(tools: Tools, config: AlbertConfig, path: string, index: number, hidden: Value): Value {
  const { heads, kvHeads, headDim } = config;
  const form = { layer: index, path: `${path}.attention`, heads, kvHeads, headDim, projections, output: 'dense' };
  return postNormLayer(tools, index, config.normEpsilon, hidden, {
    attention: (x) => selfAttention(tools, form, x),
    attentionNorm: `${path}.attention.LayerNorm`,
    mlp: (x) => plainMlp(tools, [`${path}.ffn`, `${path}.ffn_output`], config.activation, x),
    mlpNorm: `${path}.full_layer_layer_norm`,
  });
}

// Model

function buildHidden(tools: Tools, config: AlbertConfig, ids: Value): Value {
  const { builder, seams } = tools;
  const embedded = buildEmbeddings(tools, config, 'albert', ids);
  let hidden = builder.within('albert.encoder', () =>
    seams.linear('albert.encoder.embedding_hidden_mapping_in', embedded),
  );
  // A scope for each layer, not for each module: layers are computed again one by one.
  for (const [index, path] of config.paths.entries())
    hidden = builder.within(`albert.encoder.layers.${index}`, () => layer(tools, config, path, index, hidden));
  return hidden;
}

/** @throws AppError 'config-invalid' */
export function albertModel(json: JsonObject, head: EncoderHead): TextModel {
  const config = readConfig(json);
  const { hiddenSize, initializerRange } = config;
  const list = encoderParameters(config);
  const encoder = {
    ...config,
    modelType: 'albert',
    causal: false,
    buildHidden: (tools: Tools, ids: Value) => buildHidden(tools, config, ids),
  };
  if (head === 'masked')
    return maskedModel(
      json,
      { ...encoder, parameters: list.all },
      {
        architecture: 'AlbertForMaskedLM',
        table: 'albert.embeddings.word_embeddings',
        dense: 'predictions.dense',
        norm: 'predictions.LayerNorm',
        activation: config.activation,
        decoder: 'predictions.decoder',
        bias: 'predictions.bias',
        order: ['bias', 'norm', 'dense'],
      },
    );
  list.linear('albert.pooler', hiddenSize, hiddenSize, { bias: true, fresh: initializerRange });
  list.headLinear('classifier', head.outputs, hiddenSize, initializerRange);
  return modelOf(json, {
    ...encoder,
    parameters: list.all,
    ...firstTokenHead(head, {
      architecture: 'AlbertForSequenceClassification',
      dense: 'albert.pooler',
      activation: 'tanh',
    }),
  });
}
