/**
 * BERT: attention both ways, layer norms after each sum, learned positions and token types (all of the first type but in the
 * second text of a pair), a pooler over the first token before the classifier. RoBERTa, XLM-RoBERTa and CamemBERT are the same
 * layers with other names around them (`roberta.ts`), ELECTRA has embeddings of another width (`electra.ts`).
 * Reference: transformers `models/bert/modeling_bert.py` (BertForSequenceClassification, BertForMaskedLM).
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

export interface BertConfig extends ModelSizes {
  /** Width of the tables. */
  readonly embeddingSize: number;
  readonly intermediateSize: number;
  readonly typeVocabularySize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  /** Deviation of fresh matrices. */
  readonly initializerRange: number;
  /** Rows of the position table before that of the first token. */
  readonly positionOffset: number;
}

/** What holds where config.json is silent. */
interface BertDefaults {
  readonly vocab_size?: number;
  readonly hidden_size: number;
  /** Absent: the tables are as wide as the layers, whatever config.json says. */
  readonly embedding_size?: number;
  readonly num_attention_heads: number;
  readonly intermediate_size: number;
  readonly hidden_act: string;
}

const bertDefaults: BertDefaults = {
  hidden_size: 768,
  num_attention_heads: 12,
  intermediate_size: 3072,
  hidden_act: 'gelu',
};

/** @throws AppError 'config-invalid' */
export function readBertConfig(json: JsonObject, positionOffset = 0, usual = bertDefaults): BertConfig {
  const read = new ConfigReader(json);
  read.choice('position_embedding_type', { absolute: true }, 'absolute');
  if (read.flag('is_decoder', false))
    throw invalidConfig(because`an encoder that is used as a decoder is not supported`);
  const hiddenSize = read.size('hidden_size', usual.hidden_size);
  const heads = read.size('num_attention_heads', usual.num_attention_heads);
  return {
    vocabularySize: read.size('vocab_size', usual.vocab_size),
    hiddenSize,
    embeddingSize: usual.embedding_size ? read.size('embedding_size', usual.embedding_size) : hiddenSize,
    layers: read.layers('num_hidden_layers', 12),
    heads,
    kvHeads: heads,
    headDim: headSize(hiddenSize, heads),
    maxPositions: read.size('max_position_embeddings', 512) - positionOffset,
    intermediateSize: read.size('intermediate_size', usual.intermediate_size),
    typeVocabularySize: read.size('type_vocab_size', 2),
    normEpsilon: read.positive('layer_norm_eps', 1e-12),
    activation: read.activation('hidden_act', usual.hidden_act),
    initializerRange: read.positive('initializer_range', 0.02),
    positionOffset,
  };
}

/** The tables; `root` is the attribute that holds the bare model, which is RoBERTa's where positions come last. */
export function embeddingParameters(root: string, { embeddingSize, ...config }: BertConfig): ParameterList {
  const list = new ParameterList(`${root}.`);
  const embeddings = `${root}.embeddings`;
  const positions = () =>
    list.embedding(`${embeddings}.position_embeddings`, config.maxPositions + config.positionOffset, embeddingSize);
  list.embedding(`${embeddings}.word_embeddings`, config.vocabularySize, embeddingSize);
  if (root !== 'roberta') positions();
  list.embedding(`${embeddings}.token_type_embeddings`, config.typeVocabularySize, embeddingSize);
  list.layerNorm(`${embeddings}.LayerNorm`, embeddingSize);
  if (root === 'roberta') positions();
  return list;
}

/** Embeddings, what widens them where they are of another width, and layers. */
export function encoderParameters(root: 'bert' | 'electra' | 'roberta', config: BertConfig): ParameterList {
  const { hiddenSize, embeddingSize, intermediateSize } = config;
  const list = embeddingParameters(root, config);
  if (embeddingSize !== hiddenSize)
    list.linear(`${root}.embeddings_project`, hiddenSize, embeddingSize, { bias: true });
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `${root}.encoder.layer.${layer}`;
    for (const name of ['query', 'key', 'value'])
      list.linear(`${path}.attention.self.${name}`, hiddenSize, hiddenSize, { bias: true });
    list.linear(`${path}.attention.output.dense`, hiddenSize, hiddenSize, { bias: true });
    list.layerNorm(`${path}.attention.output.LayerNorm`, hiddenSize);
    list.linear(`${path}.intermediate.dense`, intermediateSize, hiddenSize, { bias: true });
    list.linear(`${path}.output.dense`, hiddenSize, intermediateSize, { bias: true });
    list.layerNorm(`${path}.output.LayerNorm`, hiddenSize);
  }
  return list;
}

// Layer

function layer(tools: Tools, config: BertConfig, path: string, index: number, hidden: Value): Value {
  const { heads, kvHeads, headDim } = config;
  const form = {
    ...{ layer: index, path: `${path}.attention`, heads, kvHeads, headDim, output: 'output.dense' },
    projections: ['self.query', 'self.key', 'self.value'] as const,
  };
  const modules = [`${path}.intermediate.dense`, `${path}.output.dense`] as const;
  return postNormLayer(tools, index, config.normEpsilon, hidden, {
    attention: (x) => selfAttention(tools, form, x),
    attentionNorm: `${path}.attention.output.LayerNorm`,
    mlp: (x) => plainMlp(tools, modules, config.activation, x),
    mlpNorm: `${path}.output.LayerNorm`,
  });
}

// Model

/** The sum of the rows of the three tables, normed, [rows, embeddingSize]. */
export function buildEmbeddings(tools: Tools, config: BertConfig, root: string, ids: Value): Value {
  const { builder, seams, positions } = tools;
  const embeddings = `${root}.embeddings`;
  return builder.within(embeddings, () => {
    const tokens = seams.embed(`${embeddings}.word_embeddings`, ids);
    const places = seams.embedPositions(`${embeddings}.position_embeddings`, positions, config.positionOffset);
    const sum = builder.add(builder.add(tokens, places), seams.embedTypes(`${embeddings}.token_type_embeddings`));
    return layerNorm(tools, config.normEpsilon)(`${embeddings}.LayerNorm`, sum);
  });
}

/** Hidden states after the last layer. */
export function buildEncoder(tools: Tools, config: BertConfig, root: string, ids: Value): Value {
  const { builder, seams } = tools;
  let hidden = buildEmbeddings(tools, config, root, ids);
  if (config.embeddingSize !== config.hiddenSize)
    hidden = builder.within(root, () => seams.linear(`${root}.embeddings_project`, hidden));
  for (let index = 0; index < config.layers; index++) {
    const path = `${root}.encoder.layer.${index}`;
    hidden = builder.within(path, () => layer(tools, config, path, index, hidden));
  }
  return hidden;
}

/** The head of masked tokens as BERT has it, and DeBERTa. */
export const bertMasked = (
  architecture: string,
  root: string,
  { activation }: { readonly activation: Activation },
) => ({
  architecture,
  table: `${root}.embeddings.word_embeddings`,
  dense: 'cls.predictions.transform.dense',
  norm: 'cls.predictions.transform.LayerNorm',
  activation,
  decoder: 'cls.predictions.decoder',
  bias: 'cls.predictions.bias',
});

/** The modules between the first token and its scores. */
export const bertHead = { dense: 'bert.pooler.dense', last: 'classifier' } as const;

/** @throws AppError 'config-invalid' */
export function bertModel(json: JsonObject, head: EncoderHead): TextModel {
  const config = readBertConfig(json);
  const { hiddenSize, initializerRange } = config;
  const list = encoderParameters('bert', config);
  const encoder = {
    ...config,
    modelType: 'bert',
    causal: false,
    buildHidden: (tools: Tools, ids: Value) => buildEncoder(tools, config, 'bert', ids),
  };
  if (head === 'masked')
    return maskedModel(json, { ...encoder, parameters: list.all }, bertMasked('BertForMaskedLM', 'bert', config));
  list.linear(bertHead.dense, hiddenSize, hiddenSize, { bias: true, fresh: initializerRange });
  list.headLinear(bertHead.last, head.outputs, hiddenSize, initializerRange);
  return modelOf(json, {
    ...encoder,
    parameters: list.all,
    ...firstTokenHead(head, {
      architecture: 'BertForSequenceClassification',
      dense: bertHead.dense,
      activation: 'tanh',
    }),
  });
}
