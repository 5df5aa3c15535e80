/** StableLM, OLMo 2 and StarCoder 2. */
import { because } from '../../../errors.ts';
import { bool } from '../../../files/gguf-types.ts';
import { readOlmo2Config } from '../../../models/olmo2.ts';
import { readStableLmConfig } from '../../../models/stablelm.ts';
import { readStarCoder2Config } from '../../../models/starcoder2.ts';
import {
  commonConfig,
  layerEpsilon,
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
