/** GPT-2 and GPT-NeoX: query, key and value in one matrix. */
import { because } from '../../../errors.ts';
import { bool } from '../../../files/gguf-types.ts';
import { readGptNeoxConfig } from '../../../models/gpt-neox.ts';
import { readGpt2Config } from '../../../models/gpt2.ts';
import { partsTogether } from '../arrangements.ts';
import {
  commonConfig,
  layerEpsilon,
  partialRotary,
  requireActivation,
  requireSquareAttention,
  ropeEntries,
  sizeEntries,
} from '../common.ts';
import { type GgufFamily, requireFit } from '../family.ts';

export const gpt2: GgufFamily = {
  architecture: 'gpt2',
  modules: {
    'transformer.wte': 'token_embd',
    'transformer.wpe': 'position_embd',
    'transformer.ln_f': 'output_norm',
    lm_head: 'output',
    ln_1: 'attn_norm',
    'attn.c_attn': 'attn_qkv',
    'attn.c_proj': 'attn_output',
    ln_2: 'ffn_norm',
    'mlp.c_fc': 'ffn_up',
    'mlp.c_proj': 'ffn_down',
  },
  entries(json) {
    const config = readGpt2Config(json);
    requireActivation(config.activation, 'gelu_tanh', 'gelu');
    requireFit(config.scalesAttention && !config.scalesByLayer, because`it scales scores in its own way`);
    return [...sizeEntries(config), ...layerEpsilon(config.normEpsilon)];
  },
  config(from) {
    const common = commonConfig(from);
    return {
      model_type: 'gpt2',
      vocab_size: common.vocab_size,
      n_embd: common.hidden_size,
      n_layer: common.num_hidden_layers,
      n_head: common.num_attention_heads,
      n_inner: common.intermediate_size,
      n_positions: common.max_position_embeddings,
      layer_norm_epsilon: common.layer_norm_eps,
      tie_word_embeddings: common.tie_word_embeddings,
    };
  },
};

export const gptNeox: GgufFamily = {
  architecture: 'gptneox',
  modules: {
    'gpt_neox.embed_in': 'token_embd',
    'gpt_neox.final_layer_norm': 'output_norm',
    lm_head: 'output',
    input_layernorm: 'attn_norm',
    'attention.query_key_value': 'attn_qkv',
    'attention.dense': 'attn_output',
    post_attention_layernorm: 'ffn_norm',
    'mlp.dense_h_to_4h': 'ffn_up',
    'mlp.dense_4h_to_h': 'ffn_down',
  },
  writesTiedHead: true,
  arrangement: ({ name }, { heads, layers }) =>
    name.includes('.query_key_value.') ? partsTogether(heads, layers[0]!.attention!.headDim) : undefined,
  entries(json) {
    const config = readGptNeoxConfig(json);
    requireSquareAttention(config);
    // llama.cpp has the tanh form alone, which differs by 5e-4 at the most.
    requireActivation(config.activation, 'gelu_tanh', 'gelu');
    requireFit(config.attentionBias, because`its attention is without biases`);
    return [
      ...sizeEntries(config),
      ...layerEpsilon(config.normEpsilon),
      ...ropeEntries(config.rotary.rope, config.rotary.width),
      ['use_parallel_residual', bool(config.parallel)],
    ];
  },
  config: (from) => ({
    ...commonConfig(from),
    model_type: 'gpt_neox',
    hidden_act: 'gelu_new',
    rotary_pct: partialRotary(from),
    use_parallel_residual: from.flag('use_parallel_residual'),
  }),
};
