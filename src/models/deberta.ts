/**
 * DeBERTa-v3 (and -v2 without its convolution): BERT's layers with disentangled attention (arXiv 2006.03654). Distances between tokens have
 * embeddings of their own, which every layer turns into keys and queries with the projections of its tokens
 * (`share_att_key`) or its own; far distances share a bucket.
 * Reference: transformers `models/deberta_v2/modeling_deberta_v2.py` (DebertaV2ForSequenceClassification,
 * DebertaV2ForMaskedLM).
 */
import { because } from '../errors.ts';
import type { Activation, Value } from '../graph/types.ts';
import { headSize, type ModelSizes, modelOf } from './architecture.ts';
import { bertMasked } from './bert.ts';
import { layerNorm, plainMlp, postNormLayer, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { maskedModel } from './masked-head.ts';
import type { EncoderHead, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { firstTokenHead } from './sequence-classifier.ts';

// Config

interface DebertaConfig extends ModelSizes {
  readonly intermediateSize: number;
  readonly embeddingSize: number;
  /** 0: tokens have no types. */
  readonly typeVocabularySize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly poolerActivation: Activation;
  readonly initializerRange: number;
  /** Learned positions are added to the embeddings. */
  readonly addsPositions: boolean;
  readonly distances: Distances;
  readonly sharesProjections: boolean;
  readonly normsDistances: boolean;
}

/** How distances become rows of their embedding. */
interface Distances {
  /** Half as many as there are rows. */
  readonly span: number;
  /** From here on several distances share a row; absent: each has one, up to `span`. */
  readonly buckets?: number;
  readonly reach: number;
}

function readConfig(json: JsonObject): DebertaConfig {
  const read = new ConfigReader(json);
  if (!read.flag('relative_attention', false))
    throw invalidConfig(because`DeBERTa without relative_attention is not supported`);
  const kinds = positionKinds(json.pos_att_type);
  if (!kinds.includes('c2p') || !kinds.includes('p2c') || kinds.length > 2)
    throw invalidConfig(because`pos_att_type other than c2p and p2c together is not supported`);
  if (wholeNumber(json, 'conv_kernel_size', 0) > 0)
    throw invalidConfig(because`conv_kernel_size (a convolution behind the first layer) is not supported`);
  const hiddenSize = read.size('hidden_size', 1536);
  const heads = read.size('num_attention_heads', 24);
  const pooler = read.size('pooler_hidden_size', hiddenSize);
  if (pooler !== hiddenSize)
    throw invalidConfig(because`pooler_hidden_size ${pooler} other than hidden_size is not supported`);
  if (json.attention_head_size !== undefined && json.attention_head_size !== hiddenSize / heads)
    throw invalidConfig(because`attention_head_size other than hidden_size / num_attention_heads is not supported`);
  const maxPositions = read.size('max_position_embeddings', 512);
  const norms = read.text('norm_rel_ebd', 'none').toLowerCase().split('|');
  return {
    vocabularySize: read.size('vocab_size', 128100),
    hiddenSize,
    layers: read.layers('num_hidden_layers', 24),
    heads,
    kvHeads: heads,
    headDim: headSize(hiddenSize, heads),
    maxPositions,
    intermediateSize: read.size('intermediate_size', 6144),
    embeddingSize: read.size('embedding_size', hiddenSize),
    typeVocabularySize: Math.max(0, wholeNumber(json, 'type_vocab_size', 0)),
    normEpsilon: read.positive('layer_norm_eps', 1e-7),
    activation: read.activation('hidden_act', 'gelu'),
    poolerActivation: read.activation('pooler_hidden_act', 'gelu'),
    initializerRange: read.positive('initializer_range', 0.02),
    addsPositions: read.flag('position_biased_input', true),
    distances: readDistances(json, maxPositions),
    sharesProjections: read.flag('share_att_key', false),
    normsDistances: norms.some((each) => each.trim() === 'layer_norm'),
  };
}

function readDistances(json: JsonObject, maxPositions: number): Distances {
  const [buckets, reach] = [wholeNumber(json, 'position_buckets', -1), wholeNumber(json, 'max_relative_positions', -1)];
  const far = reach < 1 ? maxPositions : reach;
  if (buckets < 1) return { span: far, reach: far };
  if (buckets < 4 || far <= buckets / 2 + 1)
    throw invalidConfig(because`position_buckets ${buckets} does not fit max_relative_positions ${far}`);
  return { span: buckets, buckets, reach: far };
}

/** A list, or as older files have it a text with bars. */
const positionKinds = (value: unknown): readonly unknown[] =>
  typeof value === 'string'
    ? value
        .toLowerCase()
        .split('|')
        .map((each) => each.trim())
    : Array.isArray(value)
      ? value
      : [];

/** A whole number that may be 0 or −1, which say that there is no such thing. */
function wholeNumber(json: JsonObject, key: string, fallback: number): number {
  const value = json[key] ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -1)
    throw invalidConfig(because`${key} is ${JSON.stringify(value)}, not a whole number above 0`);
  return value;
}

const f32 = Math.fround;

/**
 * The row of the distance embedding for each distance 1 − length … length − 1 of a query from a key. The formula of
 * `make_log_bucket_position`, rounded to f32 where transformers does.
 */
export function distanceRows({ span, buckets, reach }: Distances, length: number): Int32Array {
  const middle = buckets === undefined ? 0 : Math.floor(buckets / 2);
  const widest = f32(Math.log(f32((reach - 1) / middle)));
  const bucketOf = (distance: number): number => {
    const far = Math.abs(distance);
    if (buckets === undefined || far <= middle) return distance;
    const log = Math.ceil(f32(f32(f32(Math.log(f32(far / middle))) / widest) * (middle - 1))) + middle;
    return log * Math.sign(distance);
  };
  return Int32Array.from({ length: 2 * length - 1 }, (_, place) =>
    Math.min(Math.max(bucketOf(place - length + 1) + span, 0), 2 * span - 1),
  );
}

// Parameters

const embeddings = 'deberta.embeddings';
const encoder = 'deberta.encoder';
const projections = ['query_proj', 'key_proj', 'value_proj'] as const;

function encoderParameters({ hiddenSize, embeddingSize, ...config }: DebertaConfig): ParameterList {
  const list = new ParameterList('deberta.');
  list.embedding(`${embeddings}.word_embeddings`, config.vocabularySize, embeddingSize);
  if (config.addsPositions) list.embedding(`${embeddings}.position_embeddings`, config.maxPositions, embeddingSize);
  if (config.typeVocabularySize > 0)
    list.embedding(`${embeddings}.token_type_embeddings`, config.typeVocabularySize, embeddingSize);
  if (embeddingSize !== hiddenSize) list.linear(`${embeddings}.embed_proj`, hiddenSize, embeddingSize);
  list.layerNorm(`${embeddings}.LayerNorm`, hiddenSize);
  const attended = config.sharesProjections ? projections : [...projections, 'pos_key_proj', 'pos_query_proj'];
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `${encoder}.layer.${layer}`;
    for (const name of attended) list.linear(`${path}.attention.self.${name}`, hiddenSize, hiddenSize, { bias: true });
    list.linear(`${path}.attention.output.dense`, hiddenSize, hiddenSize, { bias: true });
    list.layerNorm(`${path}.attention.output.LayerNorm`, hiddenSize);
    list.linear(`${path}.intermediate.dense`, config.intermediateSize, hiddenSize, { bias: true });
    list.linear(`${path}.output.dense`, hiddenSize, config.intermediateSize, { bias: true });
    list.layerNorm(`${path}.output.LayerNorm`, hiddenSize);
  }
  list.embedding(`${encoder}.rel_embeddings`, 2 * config.distances.span, hiddenSize);
  if (config.normsDistances) list.layerNorm(`${encoder}.LayerNorm`, hiddenSize);
  return list;
}

// Layer

/** What stands for each distance in a layer: its key, and behind it its query. */
function places(
  { builder, seams }: Tools,
  { sharesProjections }: DebertaConfig,
  path: string,
  distances: Value,
): Value {
  const [key, query] = sharesProjections ? ['key_proj', 'query_proj'] : ['pos_key_proj', 'pos_query_proj'];
  const [keys, queries] = [key, query].map((name) => seams.linear(`${path}.self.${name}`, distances));
  return builder.node('concat', [keys!, queries!], {});
}

function layer(tools: Tools, config: DebertaConfig, index: number, hidden: Value, distances: Value): Value {
  const { heads, kvHeads, headDim } = config;
  const path = `${encoder}.layer.${index}`;
  const form = {
    ...{ layer: index, path: `${path}.attention`, heads, kvHeads, headDim, output: 'output.dense' },
    ...{ projections: ['self.query_proj', 'self.key_proj', 'self.value_proj'] as const, scale: (3 * headDim) ** -0.5 },
  };
  const modules = [`${path}.intermediate.dense`, `${path}.output.dense`] as const;
  return postNormLayer(tools, index, config.normEpsilon, hidden, {
    attention: (x) => selfAttention(tools, { ...form, places: places(tools, config, form.path, distances) }, x),
    attentionNorm: `${path}.attention.output.LayerNorm`,
    mlp: (x) => plainMlp(tools, modules, config.activation, x),
    mlpNorm: `${path}.output.LayerNorm`,
  });
}

// Model

/** The embeddings of the distances of texts of that length, [2 · length − 1, hidden]. */
function distanceEmbeddings(tools: Tools, config: DebertaConfig, length: number): Value {
  const { builder, seams } = tools;
  const input = (name: string) => builder.input(name, { shape: [2 * length - 1], dtype: 'i32' });
  const table = seams.parameter(`${encoder}.rel_embeddings.weight`);
  const rows = builder.embedding(table, input('distanceRows'), input('distanceOrder'));
  return config.normsDistances ? layerNorm(tools, config.normEpsilon)(`${encoder}.LayerNorm`, rows) : rows;
}

function buildHidden(tools: Tools, config: DebertaConfig, ids: Value): Value {
  const { builder, seams, positions, sequences = 1 } = tools;
  let hidden = builder.within(embeddings, () => {
    let sum = seams.embed(`${embeddings}.word_embeddings`, ids);
    if (config.addsPositions)
      sum = builder.add(sum, seams.embedPositions(`${embeddings}.position_embeddings`, positions));
    if (config.typeVocabularySize > 0) sum = builder.add(sum, seams.embedTypes(`${embeddings}.token_type_embeddings`));
    if (config.embeddingSize !== config.hiddenSize) sum = seams.linear(`${embeddings}.embed_proj`, sum);
    return layerNorm(tools, config.normEpsilon)(`${embeddings}.LayerNorm`, sum);
  });
  const length = hidden.shape[0]! / sequences;
  const distances = builder.within(encoder, () => distanceEmbeddings(tools, config, length));
  for (let index = 0; index < config.layers; index++)
    hidden = builder.within(`${encoder}.layer.${index}`, () => layer(tools, config, index, hidden, distances));
  return hidden;
}

/** @throws AppError 'config-invalid' */
export function debertaModel(json: JsonObject, head: EncoderHead): TextModel {
  const config = readConfig(json);
  const { hiddenSize, initializerRange } = config;
  const list = encoderParameters(config);
  const encoder = {
    ...config,
    modelType: 'deberta-v2',
    causal: false,
    distanceRows: (length: number) => distanceRows(config.distances, length),
    buildHidden: (tools: Tools, ids: Value) => buildHidden(tools, config, ids),
  };
  if (head === 'masked') {
    if (!new ConfigReader(json).flag('legacy', true))
      throw invalidConfig(because`legacy false is not supported where masked tokens are learned`);
    const form = bertMasked('DebertaV2ForMaskedLM', 'deberta', config);
    return maskedModel(json, { ...encoder, parameters: list.all }, form);
  }
  list.headLinear('pooler.dense', hiddenSize, hiddenSize, initializerRange);
  list.headLinear('classifier', head.outputs, hiddenSize, initializerRange);
  return modelOf(json, {
    ...encoder,
    parameters: list.all,
    ...firstTokenHead(head, {
      architecture: 'DebertaV2ForSequenceClassification',
      dense: 'pooler.dense',
      activation: config.poolerActivation,
      saved: ['pooler.dense'],
    }),
  });
}
