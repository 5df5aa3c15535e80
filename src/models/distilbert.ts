/**
 * DistilBERT: BERT's layers under other names, without token types and pooler; a dense layer with ReLU before the
 * classifier.
 * Reference: transformers `models/distilbert/modeling_distilbert.py` (DistilBertForSequenceClassification,
 * DistilBertForMaskedLM).
 */
import { because } from '../errors.ts';
import type { Activation, Value } from '../graph/types.ts';
import { headSize, type ModelSizes, modelOf } from './architecture.ts';
import { layerNorm, plainMlp, postNormLayer, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { maskedModel } from './masked-head.ts';
import type { EncoderHead, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { firstTokenHead } from './sequence-classifier.ts';

// Config

interface DistilBertConfig extends ModelSizes {
  readonly intermediateSize: number;
  readonly activation: Activation;
  readonly initializerRange: number;
}

/** The only one its layers know. */
const normEpsilon = 1e-12;

function readConfig(json: JsonObject): DistilBertConfig {
  const read = new ConfigReader(json);
  if (read.flag('sinusoidal_pos_embds', false)) throw invalidConfig(because`sinusoidal positions are not supported`);
  const hiddenSize = read.size('dim', 768);
  const heads = read.size('n_heads', 12);
  return {
    vocabularySize: read.size('vocab_size', 30522),
    hiddenSize,
    layers: read.layers('n_layers', 6),
    heads,
    kvHeads: heads,
    headDim: headSize(hiddenSize, heads),
    maxPositions: read.size('max_position_embeddings', 512),
    intermediateSize: read.size('hidden_dim', 3072),
    activation: read.activation('activation', 'gelu'),
    initializerRange: read.positive('initializer_range', 0.02),
  };
}

function encoderParameters({ hiddenSize, intermediateSize, ...config }: DistilBertConfig): ParameterList {
  const list = new ParameterList('distilbert.');
  list.embedding('distilbert.embeddings.word_embeddings', config.vocabularySize, hiddenSize);
  list.embedding('distilbert.embeddings.position_embeddings', config.maxPositions, hiddenSize);
  list.layerNorm('distilbert.embeddings.LayerNorm', hiddenSize);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `distilbert.transformer.layer.${layer}`;
    for (const name of [...projections, 'out_lin'])
      list.linear(`${path}.attention.${name}`, hiddenSize, hiddenSize, { bias: true });
    list.layerNorm(`${path}.sa_layer_norm`, hiddenSize);
    list.linear(`${path}.ffn.lin1`, intermediateSize, hiddenSize, { bias: true });
    list.linear(`${path}.ffn.lin2`, hiddenSize, intermediateSize, { bias: true });
    list.layerNorm(`${path}.output_layer_norm`, hiddenSize);
  }
  return list;
}

const projections = ['q_lin', 'k_lin', 'v_lin'] as const;

// Layer

function layer(tools: Tools, config: DistilBertConfig, index: number, hidden: Value): Value {
  const { heads, kvHeads, headDim } = config;
  const path = `distilbert.transformer.layer.${index}`;
  const form = { layer: index, path: `${path}.attention`, heads, kvHeads, headDim, projections, output: 'out_lin' };
  return postNormLayer(tools, index, normEpsilon, hidden, {
    attention: (x) => selfAttention(tools, form, x),
    attentionNorm: `${path}.sa_layer_norm`,
    mlp: (x) =>
      tools.builder.within('ffn', () =>
        plainMlp(tools, [`${path}.ffn.lin1`, `${path}.ffn.lin2`], config.activation, x),
      ),
    mlpNorm: `${path}.output_layer_norm`,
  });
}

// Model

function buildHidden(tools: Tools, config: DistilBertConfig, ids: Value): Value {
  const { builder, seams, positions } = tools;
  const embeddings = 'distilbert.embeddings';
  let hidden = builder.within(embeddings, () => {
    const places = seams.embedPositions(`${embeddings}.position_embeddings`, positions);
    const sum = builder.add(seams.embed(`${embeddings}.word_embeddings`, ids), places);
    return layerNorm(tools, normEpsilon)(`${embeddings}.LayerNorm`, sum);
  });
  for (let index = 0; index < config.layers; index++)
    hidden = builder.within(`distilbert.transformer.layer.${index}`, () => layer(tools, config, index, hidden));
  return hidden;
}

/** @throws AppError 'config-invalid' */
export function distilBertModel(json: JsonObject, head: EncoderHead): TextModel {
  const config = readConfig(json);
  const { hiddenSize, initializerRange } = config;
  const list = encoderParameters(config);
  const encoder = {
    ...{ ...config, normEpsilon },
    modelType: 'distilbert',
    causal: false,
    buildHidden: (tools: Tools, ids: Value) => buildHidden(tools, config, ids),
  };
  if (head === 'masked')
    return maskedModel(
      json,
      { ...encoder, parameters: list.all },
      {
        architecture: 'DistilBertForMaskedLM',
        table: 'distilbert.embeddings.word_embeddings',
        dense: 'vocab_transform',
        norm: 'vocab_layer_norm',
        activation: config.activation,
        decoder: 'vocab_projector',
        bias: 'vocab_projector.bias',
        order: ['dense', 'norm', 'bias'],
      },
    );
  list.headLinear('pre_classifier', hiddenSize, hiddenSize, initializerRange);
  list.headLinear('classifier', head.outputs, hiddenSize, initializerRange);
  return modelOf(json, {
    ...encoder,
    parameters: list.all,
    ...firstTokenHead(head, {
      architecture: 'DistilBertForSequenceClassification',
      dense: 'pre_classifier',
      activation: 'relu',
    }),
  });
}
