/** LFM2, whose layers without keys and values are convolutions. */
import { because } from '../../../errors.ts';
import { u32 } from '../../../files/gguf-types.ts';
import { readLfm2Config } from '../../../models/lfm2.ts';
import { commonConfig, llamaModules, requireSquareAttention, rmsEpsilon, ropeEntries, sizeEntries } from '../common.ts';
import { type GgufFamily, requireFit } from '../family.ts';

export const lfm2: GgufFamily = {
  architecture: 'lfm2',
  modules: {
    ...llamaModules,
    'model.embedding_norm': 'token_embd_norm',
    operator_norm: 'attn_norm',
    ffn_norm: 'ffn_norm',
    'self_attn.out_proj': 'attn_output',
    'self_attn.q_layernorm': 'attn_q_norm',
    'self_attn.k_layernorm': 'attn_k_norm',
    'conv.conv': 'shortconv.conv',
    'conv.in_proj': 'shortconv.in_proj',
    'conv.out_proj': 'shortconv.out_proj',
    'feed_forward.w1': 'ffn_gate',
    'feed_forward.w2': 'ffn_down',
    'feed_forward.w3': 'ffn_up',
  },
  entries(json) {
    const config = readLfm2Config(json);
    requireSquareAttention(config);
    requireFit(!config.convolutionBias, because`its convolutions have biases`);
    const kvHeads = config.attends.map((attends) => (attends ? config.kvHeads : 0));
    return [
      ...sizeEntries(config),
      // In the place of one number for all layers.
      ['attention.head_count_kv', { type: 'i32s', value: kvHeads }],
      ['shortconv.l_cache', u32(config.taps)],
      ...rmsEpsilon(config.normEpsilon),
      ...ropeEntries(config.rope, config.headDim),
    ];
  },
  config(from) {
    const kvHeads = from.byLayer('attention.head_count_kv');
    return {
      ...commonConfig(from, { kvHeads: Math.max(...kvHeads) }),
      model_type: 'lfm2',
      norm_eps: from.number('attention.layer_norm_rms_epsilon'),
      conv_L_cache: from.number('shortconv.l_cache'),
      block_auto_adjust_ff_dim: false,
      layer_types: kvHeads.map((heads) => (heads > 0 ? 'full_attention' : 'conv')),
    };
  },
};
