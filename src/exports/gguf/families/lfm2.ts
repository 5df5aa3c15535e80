/** LFM2, whose layers without keys and values are convolutions, and the one of its sizes with experts. */
import { because } from '../../../errors.ts';
import { u32 } from '../../../files/gguf-types.ts';
import { type Lfm2Config, readLfm2Config } from '../../../models/lfm2.ts';
import {
  commonConfig,
  expertEntries,
  expertTensors,
  llamaModules,
  readExpertCounts,
  requireSquareAttention,
  rmsEpsilon,
  ropeEntries,
  sizeEntries,
} from '../common.ts';
import { type Entries, type GgufFamily, requireFit } from '../family.ts';

function entriesOf(config: Lfm2Config): Entries {
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
}

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
  entries: (json) => entriesOf(readLfm2Config(json)),
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

/** `LLAMA_EXPERT_GATING_FUNC_TYPE_SIGMOID` of llama.cpp. */
const sigmoid = 2;

export const lfm2Moe: GgufFamily = {
  ...lfm2,
  architecture: 'lfm2moe',
  modules: { ...lfm2.modules, 'feed_forward.gate': 'ffn_gate_inp' },
  parameters: { ...expertTensors('feed_forward.experts'), 'feed_forward.expert_bias': ['exp_probs_b.bias'] },
  entries(json) {
    const config = readLfm2Config(json, 'lfm2_moe');
    const { firstLayer, width, biased, normalised, scale, ...experts } = config.mixtures!;
    requireFit(firstLayer < config.layers, because`none of its layers has experts`);
    requireFit(biased, because`nothing is added to the scores of its experts`);
    requireFit(normalised && scale === 1, because`the weights of a token's experts do not add up to 1`);
    return [
      ...entriesOf(config),
      ...expertEntries(experts),
      ['expert_feed_forward_length', u32(width)],
      ['leading_dense_block_count', u32(firstLayer)],
      ['expert_gating_func', u32(sigmoid)],
    ];
  },
  config(from) {
    const { block_auto_adjust_ff_dim: _, ...config } = lfm2.config(from);
    const { experts, chosen } = readExpertCounts(from, true);
    const gating = from.number('expert_gating_func');
    if (gating !== sigmoid) throw from.unread(because`the scores of its experts are of the kind ${gating}`);
    return {
      ...config,
      model_type: 'lfm2_moe',
      num_experts: experts,
      num_experts_per_tok: chosen,
      moe_intermediate_size: from.number('expert_feed_forward_length'),
      num_dense_layers: from.optional('leading_dense_block_count') ?? 0,
    };
  },
};
