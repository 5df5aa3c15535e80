/**
 * LFM2 and LFM2.5: gated short convolutions, with attention in some layers whose queries and keys are normed. Of LFM2 8B-A1B
 * (`lfm2_moe`) all MLPs but the first are mixtures of experts.
 * Reference: transformers `models/lfm2/modeling_lfm2.py`, and `lfm2_moe` beside it.
 */
import { because } from '../errors.ts';
import type { Value } from '../graph/types.ts';
import { type ModelSizes, modelOf, readSizes, requirePairs } from './architecture.ts';
import { layerStack, perHead, type Rotary, rmsNorm, rotate, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { type ExpertsConfig, expertByExpert, mixture, readExperts } from './experts.ts';
import { attentionLayer, type Layer } from './layers.ts';
import type { TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { type RopeConfig, readRopeConfig } from './rope-config.ts';

// Config

export type Lfm2Type = 'lfm2' | 'lfm2_moe';

interface Mixtures extends ExpertsConfig {
  /** The first of the layers whose MLPs are mixtures. */
  readonly firstLayer: number;
  /** Of the inside of each expert. */
  readonly width: number;
  /** Something is added to the scores before experts are chosen. */
  readonly biased: boolean;
  /** The weights of a token's experts are divided by their sum. */
  readonly normalised: boolean;
  /** What they are multiplied by then. */
  readonly scale: number;
}

export interface Lfm2Config extends ModelSizes {
  readonly mixtures: Mixtures | undefined;
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly tiedHead: boolean;
  /** Rows that a convolution sees, its own among them. */
  readonly taps: number;
  readonly convolutionBias: boolean;
  /** By layer; the others are convolutions. */
  readonly attends: readonly boolean[];
  readonly rope: RopeConfig;
}

export function readLfm2Config(json: JsonObject, modelType: Lfm2Type = 'lfm2'): Lfm2Config {
  const read = new ConfigReader(json);
  const sizes = readSizes(json, { kvHeads: 8, maxPositions: 128000 });
  requirePairs(sizes.headDim);
  const taps = read.size('conv_L_cache', 3);
  if (taps < 2) throw invalidConfig(because`conv_L_cache is ${taps}, and a convolution sees at least 2 tokens`);
  return {
    ...sizes,
    mixtures: modelType === 'lfm2_moe' ? readMixtures(read, sizes.layers) : undefined,
    intermediateSize: modelType === 'lfm2_moe' ? read.size('intermediate_size', 7168) : readIntermediateSize(read),
    normEpsilon: read.positive('norm_eps', 1e-5),
    // Older files say it under another name, which wins.
    tiedHead: read.flag('tie_embedding' in json ? 'tie_embedding' : 'tie_word_embeddings', true),
    taps,
    convolutionBias: read.flag('conv_bias', false),
    attends: readAttends(read, sizes.layers),
    rope: readRopeConfig(json, { theta: 1000000 }),
  };
}

const readMixtures = (read: ConfigReader, layers: number): Mixtures => ({
  ...readExperts(read, layers, 'num_experts', { experts: 32, chosen: 4 }),
  firstLayer: read.json.num_dense_layers === 0 ? 0 : read.size('num_dense_layers', 2),
  width: read.size('moe_intermediate_size', 1792),
  biased: read.flag('use_expert_bias', true),
  normalised: read.flag('norm_topk_prob', true),
  scale: read.positive('routed_scaling_factor', 1),
});

/** The width that is configured, or two thirds of it times a factor, rounded up to whole multiples. */
function readIntermediateSize(read: ConfigReader): number {
  const given = read.size('block_ff_dim' in read.json ? 'block_ff_dim' : 'intermediate_size', 12288);
  if (!read.flag('block_auto_adjust_ff_dim', true)) return given;
  const reduced = Math.trunc((2 * given) / 3);
  if (read.json.block_ffn_dim_multiplier === null) return reduced;
  const multiple = read.size('block_multiple_of', 256);
  return multiple * Math.ceil(Math.trunc(read.positive('block_ffn_dim_multiplier', 1) * reduced) / multiple);
}

/** `layer_types`, or the layers that `full_attn_idxs` lists, or all. */
function readAttends({ json }: ConfigReader, layers: number): boolean[] {
  const { layer_types: types, full_attn_idxs: indices } = json;
  const known: unknown[] = ['full_attention', 'conv'];
  if (types !== undefined && types !== null) {
    if (!Array.isArray(types) || types.length !== layers || !types.every((type) => known.includes(type)))
      throw invalidConfig(because`layer_types does not name full_attention or conv for each of ${layers} layers`);
    return types.map((type) => type === 'full_attention');
  }
  if (indices === undefined || indices === null) return new Array<boolean>(layers).fill(true);
  if (!Array.isArray(indices) || !indices.every((index) => Number.isInteger(index)))
    throw invalidConfig(because`full_attn_idxs is no list of layers`);
  return Array.from({ length: layers }, (_, layer) => indices.includes(layer));
}

// Parameters

function parametersOf(config: Lfm2Config): ParameterList {
  const { vocabularySize, hiddenSize, intermediateSize, headDim, tiedHead, taps, convolutionBias: bias } = config;
  const list = new ParameterList('model.');
  list.embedding('model.embed_tokens', vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  config.attends.forEach((attends, layer) => {
    const path = `model.layers.${layer}`;
    if (attends) {
      list.projections(`${path}.self_attn`, config, { output: 'out_proj' });
      for (const name of ['q', 'k']) list.rmsNorm(`${path}.self_attn.${name}_layernorm`, headDim);
    } else {
      list.depthwise(`${path}.conv.conv`, hiddenSize, taps, bias);
      list.linear(`${path}.conv.in_proj`, 3 * hiddenSize, hiddenSize, { bias });
      list.linear(`${path}.conv.out_proj`, hiddenSize, hiddenSize, { bias });
    }
    const mixtures = mixturesOf(config, layer);
    if (mixtures) addExperts(list, `${path}.feed_forward`, hiddenSize, mixtures);
    else {
      for (const name of ['w1', 'w3']) list.linear(`${path}.feed_forward.${name}`, intermediateSize, hiddenSize);
      list.linear(`${path}.feed_forward.w2`, hiddenSize, intermediateSize);
    }
    for (const name of ['operator_norm', 'ffn_norm']) list.rmsNorm(`${path}.${name}`, hiddenSize);
  });
  list.rmsNorm('model.embedding_norm', hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list;
}

const mixturesOf = ({ mixtures }: Lfm2Config, layer: number): Mixtures | undefined =>
  mixtures && layer >= mixtures.firstLayer ? mixtures : undefined;

function addExperts(list: ParameterList, path: string, hiddenSize: number, { experts, width, biased }: Mixtures): void {
  const published = expertByExpert(`${path}.experts`, experts, ['w1', 'w3', 'w2']);
  list.experts(`${path}.experts`, { experts, width, hiddenSize }, published);
  list.router(`${path}.gate.weight`, experts, hiddenSize);
  if (biased) list.constant(`${path}.expert_bias`, experts);
}

// Rotary

const rotaryOf = ({ rope, headDim }: Lfm2Config): Rotary => ({ table: 'table/rope', rope, width: headDim });

// Short convolution

const shortConvolution = 'short_conv';

/** It keeps the last inputs of its taps. */
const layersOf = (config: Lfm2Config): Layer[] =>
  config.attends.map((attends) =>
    attends
      ? attentionLayer(config)
      : {
          kind: shortConvolution,
          keeps: [{ name: 'taps', width: (config.taps - 1) * config.hiddenSize, per: 'sequence' }],
        },
  );

/** in_proj gives B, C and x; out_proj takes C · (the convolution of B · x). */
function convolution(tools: Tools, config: Lfm2Config, layer: number, path: string, input: Value): Value {
  const { builder, seams } = tools;
  const { hiddenSize: width } = config;
  const [b, c, x] = builder.split(seams.linear(`${path}.in_proj`, input), [width, width, width]) as [
    Value,
    Value,
    Value,
  ];
  const weight = seams.parameter(`${path}.conv.weight`);
  const bias = config.convolutionBias ? { bias: seams.parameter(`${path}.conv.bias`) } : {};
  const gated = builder.mul(b, x);
  const mixed = seams.mixer(layer, shortConvolution, ({ batch, starts, before }) => {
    const kept = before ? { before: before[0]! } : {};
    const [output, after] = builder.within('conv', () =>
      builder.causalConvolution({ x: gated, weight, starts, ...kept, ...bias }, batch),
    );
    return { output, after: [after] };
  });
  return seams.linear(`${path}.out_proj`, builder.mul(c, mixed));
}

// Attention

function attention(tools: Tools, config: Lfm2Config, layer: number, path: string, x: Value): Value {
  const { heads, kvHeads, headDim } = config;
  const headNorm = perHead(tools, headDim, rmsNorm(tools, config.normEpsilon));
  const prepare = (name: string, y: Value): Value =>
    rotate(tools, rotaryOf(config), headDim, headNorm(`${path}.${name}_layernorm`, y));
  return selfAttention(tools, { layer, path, heads, kvHeads, headDim, prepare, output: 'out_proj' }, x);
}

// MLP

function feedForward(tools: Tools, config: Lfm2Config, layer: number, path: string, x: Value): Value {
  const { builder, seams } = tools;
  const mixtures = mixturesOf(config, layer);
  if (mixtures) {
    const { chosen, width, scale, biased, normalised } = mixtures;
    const form = {
      ...{ router: `${path}.gate.weight`, module: `${path}.experts`, chosen, width, scale },
      ...({ score: 'sigmoid', activation: 'silu' } as const),
      ...(biased ? { bias: `${path}.expert_bias` } : {}),
      ...(normalised ? { epsilon: 1e-6 } : {}),
    };
    return mixture(tools, form, x);
  }
  const [gate, up] = [seams.linear(`${path}.w1`, x), seams.linear(`${path}.w3`, x)];
  return seams.linear(`${path}.w2`, builder.swiglu(gate, up));
}

// Layer

function layer(tools: Tools, config: Lfm2Config, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `model.layers.${index}`;
  const norm = rmsNorm(tools, config.normEpsilon);
  const attends = config.attends[index]!;
  const [kind, module, mix] = attends
    ? (['attention', 'self_attn', attention] as const)
    : (['mixer', 'conv', convolution] as const);
  const mixed = seams.sublayer(index, kind, norm(`${path}.operator_norm`, hidden), hidden, (x) =>
    builder.within(module, () => mix(tools, config, index, `${path}.${module}`, x)),
  );
  return seams.sublayer(index, 'mlp', norm(`${path}.ffn_norm`, mixed), mixed, (x) =>
    builder.within('feed_forward', () => feedForward(tools, config, index, `${path}.feed_forward`, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: Lfm2Config, ids: Value): Value {
  const hidden = layerStack(tools, config.layers, ids, (index, x) => layer(tools, config, index, x));
  return tools.builder.within('model', () => rmsNorm(tools, config.normEpsilon)('model.embedding_norm', hidden));
}

/** @throws AppError 'config-invalid' */
export function lfm2Model(json: JsonObject, modelType: Lfm2Type): TextModel {
  const config = readLfm2Config(json, modelType);
  const { all: parameters, constants } = parametersOf(config);
  return modelOf(json, {
    ...config,
    modelType,
    layerKinds: layersOf(config),
    parameters,
    constants,
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    rotaries: [rotaryOf(config)],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
