/** StableLM, OLMo 2 and 3, OLMoE, EXAONE 4 and StarCoder 2. */
import { because } from '../../../errors.ts';
import { bool, u32 } from '../../../files/gguf-types.ts';
import type { JsonObject } from '../../../models/config-reader.ts';
import { readOlmo2Config } from '../../../models/olmo2.ts';
import { readOlmoeConfig } from '../../../models/olmoe.ts';
import { readStableLmConfig } from '../../../models/stablelm.ts';
import { readStarCoder2Config } from '../../../models/starcoder2.ts';
import {
  commonConfig,
  expertEntries,
  expertTensors,
  layerEpsilon,
  llama3Factors,
  llamaModules,
  partialRotary,
  readExpertCounts,
  requireActivation,
  requirePeriod,
  requireSquareAttention,
  rmsEpsilon,
  ropeEntries,
  sizeEntries,
  yarnEntries,
} from '../common.ts';
import { type GgufFamily, requireFit } from '../family.ts';
import type { MetadataReader } from '../metadata-reader.ts';

export const stableLm: GgufFamily = {
  architecture: 'stablelm',
  modules: llamaModules,
  writesTiedHead: true,
  entries(json) {
    const config = readStableLmConfig(json);
    requireSquareAttention(config);
    requireActivation(config.activation, 'silu');
    return [
      ...sizeEntries(config),
      ...layerEpsilon(config.normEpsilon),
      ...ropeEntries(config.rotary.rope, config.rotary.width),
      ['use_parallel_residual', bool(config.parallel)],
    ];
  },
  config: (from) => ({
    ...commonConfig(from),
    model_type: 'stablelm',
    partial_rotary_factor: partialRotary(from),
    use_qkv_bias: from.has('blk.0.attn_q.bias'),
    use_parallel_residual: from.flag('use_parallel_residual'),
  }),
};

export const olmo2: GgufFamily = {
  architecture: 'olmo2',
  modules: {
    ...llamaModules,
    post_attention_layernorm: 'post_attention_norm',
    post_feedforward_layernorm: 'post_ffw_norm',
  },
  writesTiedHead: true,
  entries(json) {
    const config = readOlmo2Config(json);
    requireSquareAttention(config);
    requireActivation(config.activation, 'silu');
    requireFit(!config.attentionBias, because`its attention has biases`);
    return [
      ...sizeEntries(config),
      ...rmsEpsilon(config.normEpsilon),
      ...ropeEntries(config.rotary.rope, config.headDim),
    ];
  },
  config: olmoConfig,
};

/** OLMo 3 is OLMo 2 with a window there, of all but every fourth layer; those that slide are turned without scaling. */
export const olmo3: GgufFamily = {
  ...olmo2,
  entries(json) {
    const config = readOlmo2Config(json, 'olmo3');
    const { rotary, slidingRotary, slidingWindow } = config;
    requireSquareAttention(config);
    requireActivation(config.activation, 'silu');
    requireFit(!config.attentionBias, because`its attention has biases`);
    const isUsual = config.slidingLayers.every((slides, layer) => slides === ((layer + 1) % globalEvery !== 0));
    requireFit(slidingWindow === undefined || isUsual, because`its full-attention layers are not every fourth`);
    requireFit(
      slidingWindow === undefined ||
        (slidingRotary.rope.scaling.type === 'default' && slidingRotary.rope.theta === rotary.rope.theta),
      because`its sliding layers have another rope_theta, or scaled RoPE`,
    );
    return [
      ...sizeEntries(config),
      ...rmsEpsilon(config.normEpsilon),
      ...ropeEntries(rotary.rope, config.headDim, ['yarn']),
      ...yarnEntries(rotary.rope),
      ...(slidingWindow === undefined ? [] : [['attention.sliding_window', u32(slidingWindow)] as const]),
    ];
  },
};

const globalEvery = 4;

function olmoConfig(from: MetadataReader): JsonObject {
  const window = from.optional('attention.sliding_window');
  if (window === undefined) return { ...commonConfig(from), model_type: 'olmo2' };
  requirePeriod(from, globalEvery);
  const { rope_parameters: full, ...config } = commonConfig(from, { yarn: true });
  const { rope_theta } = full as JsonObject;
  const sliding = { rope_type: 'default', rope_theta };
  const rope_parameters = { full_attention: full, sliding_attention: sliding };
  return { ...config, model_type: 'olmo3', sliding_window: window, rope_parameters };
}

/** Its keys are normed over as many values as its queries there. */
export const olmoe: GgufFamily = {
  architecture: 'olmoe',
  modules: { ...llamaModules, 'mlp.gate': 'ffn_gate_inp' },
  parameters: expertTensors('mlp.experts'),
  writesTiedHead: true,
  entries(json) {
    const config = readOlmoeConfig(json);
    requireSquareAttention(config);
    requireActivation(config.activation, 'silu');
    requireFit(!config.attentionBias, because`its attention has biases`);
    requireFit(config.kvHeads === config.heads, because`it has fewer heads of keys than of queries`);
    requireFit(!config.normalised, because`the weights of a token's experts are made to add up to 1`);
    return [
      ...sizeEntries(config),
      ...rmsEpsilon(config.normEpsilon),
      ...ropeEntries(config.rope, config.headDim),
      ...expertEntries(config),
    ];
  },
  config(from) {
    const { experts, chosen } = readExpertCounts(from, false);
    return { ...commonConfig(from), model_type: 'olmoe', num_experts: experts, num_experts_per_tok: chosen };
  },
};

/** The depth that llama.cpp takes for the 32 billion parameters whose layers slide. */
const exaone32B = 64;

export const exaone4: GgufFamily = {
  architecture: 'exaone4',
  modules: olmo2.modules,
  entries(json) {
    const config = readOlmo2Config(json, 'exaone4');
    requireActivation(config.activation, 'silu');
    requireFit(
      config.slidingWindow === undefined && config.layers !== exaone32B,
      because`its layers slide, which llama.cpp has of its largest model alone`,
    );
    return [
      ...sizeEntries(config),
      ...rmsEpsilon(config.normEpsilon),
      ...ropeEntries(config.rotary.rope, config.headDim, ['llama3']),
    ];
  },
  computed(json) {
    const { rotary, headDim } = readOlmo2Config(json, 'exaone4');
    return llama3Factors(rotary.rope, headDim);
  },
  config: (from) => ({
    ...commonConfig(from),
    model_type: 'exaone4',
    sliding_window: null,
  }),
};

export const starCoder2: GgufFamily = {
  architecture: 'starcoder2',
  modules: { ...llamaModules, 'mlp.c_fc': 'ffn_up', 'mlp.c_proj': 'ffn_down' },
  entries(json) {
    const config = readStarCoder2Config(json);
    requireSquareAttention(config);
    requireActivation(config.activation, 'gelu_tanh', 'gelu');
    requireFit(config.bias, because`its layers are without biases`);
    return [
      ...sizeEntries(config, config.slidingWindow),
      ...layerEpsilon(config.normEpsilon),
      ...ropeEntries(config.rotary.rope, config.headDim),
    ];
  },
  config: (from) => {
    const { layer_norm_eps, ...common } = commonConfig(from);
    return { ...common, model_type: 'starcoder2', norm_epsilon: layer_norm_eps, sliding_window: null };
  },
};
