/**
 * ModernBERT: attention both ways with one matrix for queries, keys and values, rotations of their own for the layers that
 * look at everything and for those that slide both ways, a gated MLP whose halves are one matrix, norms before each half but
 * the first. A dense layer, GELU and a norm come before the classifier, of texts and of tokens.
 * Reference: transformers `models/modernbert/modeling_modernbert.py` (ModernBertForSequenceClassification,
 * ModernBertForMaskedLM).
 */
import { because } from '../errors.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Activation, Value } from '../graph/types.ts';
import { headSize, type ModelSizes, modelOf, requirePairs } from './architecture.ts';
import { fusedGatedMlp, layerNorm, type Norm, type Rotary, rotate, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { maskedModel } from './masked-head.ts';
import type { EncoderHead, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { readRopeConfig } from './rope-config.ts';
import type { HeadSeams } from './seams.ts';

// Config

export interface ModernBertConfig extends ModelSizes {
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  /** A token sees its own position and `slidingWindow` − 1 on either side. */
  readonly slidingWindow: number;
  readonly slidingLayers: readonly boolean[];
  readonly rotary: Rotary;
  readonly slidingRotary: Rotary;
  readonly normBias: boolean;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
  readonly denseBias: boolean;
  readonly headActivation: Activation;
  readonly pooled: 'first' | 'mean';
  readonly initializerRange: number;
}

/** @throws AppError 'config-invalid' */
export function readModernBertConfig(json: JsonObject): ModernBertConfig {
  const read = new ConfigReader(json);
  const hiddenSize = read.size('hidden_size', 768);
  const heads = read.size('num_attention_heads', 12);
  const headDim = headSize(hiddenSize, heads);
  requirePairs(headDim);
  const layers = read.layers('num_hidden_layers', 22);
  const everyNth = read.size('global_attn_every_n_layers', 3);
  return {
    vocabularySize: read.size('vocab_size', 50368),
    hiddenSize,
    layers,
    heads,
    kvHeads: heads,
    headDim,
    maxPositions: read.size('max_position_embeddings', 8192),
    intermediateSize: read.size('intermediate_size', 1152),
    normEpsilon: read.positive('norm_eps', 1e-5),
    activation: read.activation('hidden_activation', 'gelu'),
    slidingWindow: Math.floor(read.size('local_attention', 128) / 2) + 1,
    slidingLayers: read.slidingLayers(layers) ?? Array.from({ length: layers }, (_, layer) => layer % everyNth !== 0),
    rotary: {
      table: 'table/rope',
      rope: readRope(json, 'full_attention', 'global_rope_theta', 160_000),
      width: headDim,
    },
    slidingRotary: {
      table: 'table/sliding-rope',
      rope: readRope(json, 'sliding_attention', 'local_rope_theta', 10_000),
      width: headDim,
    },
    normBias: read.flag('norm_bias', false),
    attentionBias: read.flag('attention_bias', false),
    mlpBias: read.flag('mlp_bias', false),
    denseBias: read.flag('classifier_bias', false),
    headActivation: read.activation('classifier_activation', 'gelu'),
    pooled: read.choice('classifier_pooling', { cls: 'first', mean: 'mean' } as const, 'cls'),
    initializerRange: read.positive('initializer_range', 0.02),
  };
}

/** Of the layers of one type: `rope_parameters` by type, or a theta for each beside one `rope_scaling`. */
function readRope(json: JsonObject, type: string, thetaKey: string, theta: number) {
  if (json[thetaKey] === null) throw invalidConfig(because`${thetaKey} is missing`);
  const byType = new ConfigReader(json).object('rope_parameters');
  const own = new ConfigReader(byType ?? {}).object(type) ?? {};
  const scaling = new ConfigReader(json).object('rope_scaling') ?? {};
  const { [thetaKey]: usual, max_position_embeddings } = json;
  const parameters = { rope_theta: usual ?? theta, ...own, ...scaling };
  return readRopeConfig({ max_position_embeddings, rope_parameters: parameters });
}

function encoderParameters(config: ModernBertConfig): ParameterList {
  const { hiddenSize, intermediateSize, layers, normBias } = config;
  const list = new ParameterList('model.');
  list.embedding('model.embeddings.tok_embeddings', config.vocabularySize, hiddenSize);
  list.layerNorm('model.embeddings.norm', hiddenSize, { bias: normBias });
  for (let layer = 0; layer < layers; layer++) {
    const path = `model.layers.${layer}`;
    if (layer > 0) list.layerNorm(`${path}.attn_norm`, hiddenSize, { bias: normBias });
    list.linear(`${path}.attn.Wqkv`, 3 * hiddenSize, hiddenSize, { bias: config.attentionBias });
    list.linear(`${path}.attn.Wo`, hiddenSize, hiddenSize, { bias: config.attentionBias });
    list.layerNorm(`${path}.mlp_norm`, hiddenSize, { bias: normBias });
    list.linear(`${path}.mlp.Wi`, 2 * intermediateSize, hiddenSize, { bias: config.mlpBias });
    list.linear(`${path}.mlp.Wo`, hiddenSize, intermediateSize, { bias: config.mlpBias });
  }
  list.layerNorm('model.final_norm', hiddenSize, { bias: normBias });
  return list;
}

const normOf = (
  tools: { readonly builder: GraphBuilder; readonly seams: HeadSeams },
  { normEpsilon, normBias }: ModernBertConfig,
): Norm => layerNorm(tools, normEpsilon, normBias);

// Attention

function attention(tools: Tools, config: ModernBertConfig, layer: number, path: string, x: Value): Value {
  const { builder, seams } = tools;
  const { hiddenSize, heads, kvHeads, headDim } = config;
  const rotary = config.slidingLayers[layer] ? config.slidingRotary : config.rotary;
  const sizes = [hiddenSize, hiddenSize, hiddenSize];
  const [q, k, v] = builder.split(seams.linear(`${path}.Wqkv`, x), sizes) as [Value, Value, Value];
  const turn = (y: Value): Value => rotate(tools, rotary, headDim, y);
  const y = seams.attention({ layer, heads, kvHeads, headDim, scale: headDim ** -0.5 }, turn(q), turn(k), v);
  return seams.attentionOutput(layer, x, seams.linear(`${path}.Wo`, y));
}

// Layer

function layer(tools: Tools, config: ModernBertConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `model.layers.${index}`;
  const norm = normOf(tools, config);
  // The embeddings are normed already.
  const normed = index === 0 ? hidden : norm(`${path}.attn_norm`, hidden);
  const attended = seams.sublayer(index, 'attention', normed, hidden, (x) =>
    builder.within('attn', () => attention(tools, config, index, `${path}.attn`, x)),
  );
  return seams.sublayer(index, 'mlp', norm(`${path}.mlp_norm`, attended), attended, (x) =>
    builder.within('mlp', () => fusedGatedMlp(tools, [`${path}.mlp.Wi`, `${path}.mlp.Wo`], config, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: ModernBertConfig, ids: Value): Value {
  const { builder, seams } = tools;
  const norm = normOf(tools, config);
  let hidden = builder.within('model.embeddings', () =>
    norm('model.embeddings.norm', seams.embed('model.embeddings.tok_embeddings', ids)),
  );
  for (let index = 0; index < config.layers; index++)
    hidden = builder.within(`model.layers.${index}`, () => layer(tools, config, index, hidden));
  return builder.within('model', () => norm('model.final_norm', hidden));
}

/** Modules of its head for labels of a text. */
export const modernBertHead = { dense: 'head.dense', norm: 'head.norm', last: 'classifier' } as const;

function buildPooler(builder: GraphBuilder, seams: HeadSeams, config: ModernBertConfig, pooled: Value): Value {
  return builder.within('head', () => {
    const dense = builder.activation(seams.linear(modernBertHead.dense, pooled), config.headActivation);
    return normOf({ builder, seams }, config)(modernBertHead.norm, dense);
  });
}

/** @throws AppError 'config-invalid' */
export function modernBertModel(json: JsonObject, head: EncoderHead): TextModel {
  const config = readModernBertConfig(json);
  const { hiddenSize, layers, denseBias, normBias } = config;
  const list = encoderParameters(config);
  const encoder = {
    ...config,
    modelType: 'modernbert',
    causal: false,
    rotaries: [config.rotary, config.slidingRotary],
    buildHidden: (tools: Tools, ids: Value) => buildHidden(tools, config, ids),
  };
  if (head === 'masked')
    return maskedModel(
      json,
      { ...encoder, parameters: list.all },
      {
        architecture: 'ModernBertForMaskedLM',
        table: 'model.embeddings.tok_embeddings',
        ...{ dense: 'head.dense', denseBias, norm: 'head.norm', normBias },
        activation: config.headActivation,
        decoder: 'decoder',
        bias: new ConfigReader(json).flag('decoder_bias', true) ? 'decoder.bias' : undefined,
        order: ['dense', 'norm', 'bias'],
      },
    );
  // A model for masked tokens has these two, a bare one has not.
  const fresh = config.initializerRange / Math.sqrt(2 * layers);
  list.linear(modernBertHead.dense, hiddenSize, hiddenSize, { bias: denseBias, fresh });
  list.layerNorm(modernBertHead.norm, hiddenSize, { bias: normBias, fresh: true });
  list.headLinear(modernBertHead.last, head.outputs, hiddenSize, hiddenSize ** -0.5);
  return modelOf(json, {
    ...encoder,
    parameters: list.all,
    headParameter: 'classifier.weight',
    headBias: 'classifier.bias',
    classifier: {
      ...head,
      architecture: 'ModernBertForSequenceClassification',
      pooled: config.pooled,
      poolsTokens: true,
      buildPooler: (builder, seams, pooled) => buildPooler(builder, seams, config, pooled),
    },
  });
}
