/** StableLM, OLMo 2, EXAONE 4 and StarCoder 2. */
import { because } from '../../../errors.ts';
import { bool } from '../../../files/gguf-types.ts';
import { readOlmo2Config } from '../../../models/olmo2.ts';
import { readStableLmConfig } from '../../../models/stablelm.ts';
import { readStarCoder2Config } from '../../../models/starcoder2.ts';
import {
  commonConfig,
  layerEpsilon,
  llama3Factors,
  llamaModules,
  partialRotary,
  requireActivation,
  requireSquareAttention,
  rmsEpsilon,
  ropeEntries,
  sizeEntries,
} from '../common.ts';
import { type GgufFamily, requireFit } from '../family.ts';

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
  config: (from) => ({ ...commonConfig(from), model_type: 'olmo2' }),
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
