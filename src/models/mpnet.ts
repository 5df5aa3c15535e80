/**
 * MPNet: BERT's layers without token types, whose scores have a learned bias for each distance; far distances share one,
 * and all layers share the table (T5's buckets, arXiv 1910.10683 section 2.1).
 * Reference: transformers `models/mpnet/modeling_mpnet.py` (MPNetForSequenceClassification,
 * MPNetForMaskedLM).
 */
import { because } from '../errors.ts';
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { type BertConfig, readBertConfig } from './bert.ts';
import { layerNorm, plainMlp, postNormLayer, type Tools } from './blocks.ts';
import { invalidConfig, type JsonObject } from './config-reader.ts';
import { maskedModel } from './masked-head.ts';
import type { EncoderHead, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { robertaMasked } from './roberta.ts';
import { firstTokenHead } from './sequence-classifier.ts';

// Config

/** Whatever `pad_token_id` says, MPNet counts positions without this token and from behind its row. */
const paddingId = 1;
/** Half of them for keys behind the query, half for the others; transformers buckets so whatever config.json says. */
const buckets = 32;

/** @throws AppError 'config-invalid' */
function readConfig(json: JsonObject): BertConfig {
  const { relative_attention_num_buckets: rows = buckets } = json;
  if (rows !== buckets)
    throw invalidConfig(because`relative_attention_num_buckets other than ${buckets} is not supported`);
  return readBertConfig(json, paddingId + 1);
}

const f32 = Math.fround;

/**
 * The bucket of each distance 1 − length … length − 1 of a query from a key: one for each distance up to 7, logarithmic up
 * to 128, and for keys behind the query 16 more. `relative_position_bucket`, rounded to f32 where transformers does.
 */
export function distanceBuckets(length: number): Int32Array {
  const half = buckets / 2;
  const exact = half / 2;
  const bucketOf = (distance: number): number => {
    if (distance < exact) return distance;
    const log = f32(f32(Math.log(f32(distance / exact))) / f32(Math.log(128 / exact)));
    return Math.min(exact + Math.trunc(f32(log * exact)), half - 1);
  };
  return Int32Array.from({ length: 2 * length - 1 }, (_, place) => {
    const distance = place - length + 1;
    return bucketOf(Math.abs(distance)) + (distance < 0 ? half : 0);
  });
}

// Parameters

const embeddings = 'mpnet.embeddings';
const encoder = 'mpnet.encoder';
const biasTable = `${encoder}.relative_attention_bias`;

function encoderParameters({ hiddenSize, ...config }: BertConfig): ParameterList {
  const list = new ParameterList('mpnet.');
  list.embedding(`${embeddings}.word_embeddings`, config.vocabularySize, hiddenSize);
  list.embedding(`${embeddings}.position_embeddings`, config.maxPositions + config.positionOffset, hiddenSize);
  list.layerNorm(`${embeddings}.LayerNorm`, hiddenSize);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `${encoder}.layer.${layer}`;
    for (const name of ['q', 'k', 'v', 'o'])
      list.linear(`${path}.attention.attn.${name}`, hiddenSize, hiddenSize, { bias: true });
    list.layerNorm(`${path}.attention.LayerNorm`, hiddenSize);
    list.linear(`${path}.intermediate.dense`, config.intermediateSize, hiddenSize, { bias: true });
    list.linear(`${path}.output.dense`, hiddenSize, config.intermediateSize, { bias: true });
    list.layerNorm(`${path}.output.LayerNorm`, hiddenSize);
  }
  list.embedding(biasTable, buckets, config.heads);
  return list;
}

// Layer

/**
 * Columns that each head has more of, so that `relative_attention` adds a bias: of a query the first is 1, of a key all are
 * 0, and of a distance's key the first is the bias. Four, because kernels read four numbers at once.
 */
const moreColumns = 4;

/** x [rows, heads·headDim] with the columns `first`, 0, 0, 0 behind those of each head. */
function widened({ builder }: Tools, headDim: number, x: Value, first: 0 | 1): Value {
  const byHead = builder.reshape(x, [(x.shape[0]! * x.shape[1]!) / headDim, headDim]);
  const columns = (value: number, count: number) => builder.constant(value, [byHead.shape[0]!, count]);
  const more = first === 0 ? [columns(0, moreColumns)] : [columns(first, 1), columns(0, moreColumns - 1)];
  const wide = builder.node('concat', [byHead, ...more], {});
  return builder.reshape(wide, [x.shape[0]!, (x.shape[1]! / headDim) * (headDim + moreColumns)]);
}

function attention(tools: Tools, config: BertConfig, path: string, layer: number, x: Value, places: Value): Value {
  const { builder, seams } = tools;
  const { heads, kvHeads, headDim } = config;
  const [q, k, v] = ['q', 'k', 'v'].map((name) =>
    widened(tools, headDim, seams.linear(`${path}.${name}`, x), name === 'q' ? 1 : 0),
  );
  const site = { layer, heads, kvHeads, headDim: headDim + moreColumns, scale: headDim ** -0.5, places };
  const wide = seams.attention(site, q!, k!, v!);
  const byHead = builder.reshape(wide, [wide.shape[0]! * heads, headDim + moreColumns]);
  const y = builder.reshape(builder.split(byHead, [headDim, moreColumns])[0]!, x.shape);
  return seams.attentionOutput(layer, x, seams.linear(`${path}.o`, y));
}

function layer(tools: Tools, config: BertConfig, index: number, hidden: Value, places: Value): Value {
  const path = `${encoder}.layer.${index}`;
  const modules = [`${path}.intermediate.dense`, `${path}.output.dense`] as const;
  return postNormLayer(tools, index, config.normEpsilon, hidden, {
    attention: (x) => attention(tools, config, `${path}.attention.attn`, index, x, places),
    attentionNorm: `${path}.attention.LayerNorm`,
    mlp: (x) => plainMlp(tools, modules, config.activation, x),
    mlpNorm: `${path}.output.LayerNorm`,
  });
}

// Model

/** Of each distance in texts of that length its key and its query, as `relative_attention` wants them. */
function distances({ builder, seams }: Tools, { heads, headDim }: BertConfig, length: number): Value {
  const rows = 2 * length - 1;
  const input = (name: string) => builder.input(name, { shape: [rows], dtype: 'i32' });
  const table = seams.parameter(`${biasTable}.weight`);
  const biases = builder.embedding(table, input('distanceRows'), input('distanceOrder'));
  // The operation scales what is added, too.
  const column = builder.scale(builder.reshape(biases, [rows * heads, 1]), headDim ** 0.5);
  const zeros = (count: number) => builder.constant(0, [rows * heads, count]);
  const keys = builder.node('concat', [zeros(headDim), column, zeros(moreColumns - 1)], {});
  const width = heads * (headDim + moreColumns);
  return builder.node('concat', [builder.reshape(keys, [rows, width]), builder.constant(0, [rows, width])], {});
}

function buildHidden(tools: Tools, config: BertConfig, ids: Value): Value {
  const { builder, seams, positions, sequences = 1 } = tools;
  let hidden = builder.within(embeddings, () => {
    const tokens = seams.embed(`${embeddings}.word_embeddings`, ids);
    const places = seams.embedPositions(`${embeddings}.position_embeddings`, positions, config.positionOffset);
    return layerNorm(tools, config.normEpsilon)(`${embeddings}.LayerNorm`, builder.add(tokens, places));
  });
  const places = builder.within(encoder, () => distances(tools, config, hidden.shape[0]! / sequences));
  for (let index = 0; index < config.layers; index++)
    hidden = builder.within(`${encoder}.layer.${index}`, () => layer(tools, config, index, hidden, places));
  return hidden;
}

/** @throws AppError 'config-invalid' */
export function mpnetModel(json: JsonObject, head: EncoderHead): TextModel {
  const config = readConfig(json);
  const { hiddenSize, initializerRange } = config;
  const list = encoderParameters(config);
  const model = {
    ...config,
    modelType: 'mpnet',
    paddingId,
    causal: false,
    distanceRows: distanceBuckets,
    buildHidden: (tools: Tools, ids: Value) => buildHidden(tools, config, ids),
  };
  if (head === 'masked')
    return maskedModel(json, { ...model, parameters: list.all }, robertaMasked('MPNetForMaskedLM', 'mpnet'));
  list.headLinear('classifier.dense', hiddenSize, hiddenSize, initializerRange);
  list.headLinear('classifier.out_proj', head.outputs, hiddenSize, initializerRange);
  return modelOf(json, {
    ...model,
    parameters: list.all,
    ...firstTokenHead(head, {
      architecture: 'MPNetForSequenceClassification',
      dense: 'classifier.dense',
      activation: 'tanh',
      last: 'classifier.out_proj',
    }),
  });
}
