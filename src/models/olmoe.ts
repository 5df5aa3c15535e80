/**
 * OLMoE (1B-7B): Llama's layers with RMS norms of q and k over their whole width, and MLPs that are mixtures.
 * Reference: transformers `models/olmoe/modeling_olmoe.py`.
 */
import { because } from '../errors.ts';
import type { Activation, Value } from '../graph/types.ts';
import { type ModelSizes, modelOf, readSizes, requirePairs } from './architecture.ts';
import { layerStack, type Rotary, rmsNorm, rotate, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { type ExpertsConfig, expertByExpert, mixture, readExperts } from './experts.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { type RopeConfig, readRopeConfig } from './rope-config.ts';

// Config

export interface OlmoeConfig extends ModelSizes, ExpertsConfig {
  /** Of the inside of each expert. */
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly attentionBias: boolean;
  /** The weights of a token's experts add up to 1. */
  readonly normalised: boolean;
  readonly rope: RopeConfig;
}

export function readOlmoeConfig(json: JsonObject): OlmoeConfig {
  const read = new ConfigReader(json);
  const sizes = readSizes(json, { maxPositions: 4096 });
  requirePairs(sizes.headDim);
  if (json.clip_qkv !== undefined && json.clip_qkv !== null)
    throw invalidConfig(
      because`clip_qkv is ${JSON.stringify(json.clip_qkv)}; queries, keys and values are not clipped`,
    );
  // transformers takes either name.
  const key = read.optionalSize('num_local_experts') === undefined ? 'num_experts' : 'num_local_experts';
  return {
    ...sizes,
    intermediateSize: read.size('intermediate_size', 2048),
    normEpsilon: read.positive('rms_norm_eps', 1e-5),
    activation: read.activation('hidden_act', 'silu'),
    tiedHead: read.flag('tie_word_embeddings', false),
    attentionBias: read.flag('attention_bias', false),
    normalised: read.flag('norm_topk_prob', false),
    rope: readRopeConfig(json),
    ...readExperts(read, sizes.layers, key, { experts: 64, chosen: 8 }),
  };
}

function parametersOf(config: OlmoeConfig): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, headDim, intermediateSize: width, tiedHead, experts } = config;
  const list = new ParameterList('model.');
  list.embedding('model.embed_tokens', vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    const module = `${path}.mlp.experts`;
    list.projections(`${path}.self_attn`, config, { qkvBias: config.attentionBias, outputBias: config.attentionBias });
    list.rmsNorm(`${path}.self_attn.q_norm`, config.heads * headDim);
    list.rmsNorm(`${path}.self_attn.k_norm`, config.kvHeads * headDim);
    list.router(`${path}.mlp.gate.weight`, experts, hiddenSize);
    const published = expertByExpert(module, experts, ['gate_proj', 'up_proj', 'down_proj']);
    list.experts(module, { experts, width, hiddenSize }, published);
    list.rmsNorm(`${path}.input_layernorm`, hiddenSize);
    list.rmsNorm(`${path}.post_attention_layernorm`, hiddenSize);
  }
  list.rmsNorm('model.norm', hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list.all;
}

// Rotary

const rotaryOf = ({ rope, headDim }: OlmoeConfig): Rotary => ({ table: 'table/rope', rope, width: headDim });

// Attention

function attention(tools: Tools, config: OlmoeConfig, layer: number, path: string, x: Value): Value {
  const { heads, kvHeads, headDim } = config;
  const norm = rmsNorm(tools, config.normEpsilon);
  const prepare = (name: string, y: Value): Value =>
    rotate(tools, rotaryOf(config), headDim, norm(`${path}.${name}_norm`, y));
  return selfAttention(tools, { layer, path, heads, kvHeads, headDim, prepare }, x);
}

// Layer

function layer(tools: Tools, config: OlmoeConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `model.layers.${index}`;
  const norm = rmsNorm(tools, config.normEpsilon);
  const attended = seams.sublayer(index, 'attention', norm(`${path}.input_layernorm`, hidden), hidden, (x) =>
    builder.within('self_attn', () => attention(tools, config, index, `${path}.self_attn`, x)),
  );
  const { chosen, activation, intermediateSize: width } = config;
  const experts = {
    ...{ router: `${path}.mlp.gate.weight`, module: `${path}.mlp.experts`, width, activation },
    ...({ chosen, score: 'softmax', ...(config.normalised ? { epsilon: 0 } : {}) } as const),
  };
  return seams.sublayer(index, 'mlp', norm(`${path}.post_attention_layernorm`, attended), attended, (x) =>
    builder.within('mlp', () => mixture(tools, experts, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: OlmoeConfig, ids: Value): Value {
  const hidden = layerStack(tools, config.layers, ids, (index, x) => layer(tools, config, index, x));
  return tools.builder.within('model', () => rmsNorm(tools, config.normEpsilon)('model.norm', hidden));
}

/** @throws AppError 'config-invalid' */
export function olmoeModel(json: JsonObject): TextModel {
  const config = readOlmoeConfig(json);
  return modelOf(json, {
    ...config,
    modelType: 'olmoe',
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    rotaries: [rotaryOf(config)],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
