import type { ModelFacts } from '../../files/hub.ts';

/** Models to start from, each of a type that the tests hold, by what its published config.json and card say. */

export interface ShelvedModel {
  readonly id: string;
  readonly gated: boolean;
  readonly about: ModelFacts;
  readonly config: Readonly<Record<string, unknown>>;
}

const bf16 = { dtype: 'bfloat16' };
const apache = 'Apache 2.0';
const graniteLanguages = ['en', 'de', 'es', 'fr', 'ja', 'pt', 'ar', 'cs', 'it', 'ko', 'nl', 'zh'];
const lfm2About: ModelFacts = {
  trainedFor: 'chat',
  licence: 'LFM Open License 1.0',
  languages: ['en', 'ar', 'zh', 'fr', 'de', 'ja', 'ko', 'es'],
};
const smol = {
  ...{ model_type: 'llama', ...bf16, vocab_size: 49152, rope_theta: 1e5, rms_norm_eps: 1e-5 },
  ...{ max_position_embeddings: 8192, tie_word_embeddings: true },
};
const lfm2 = {
  ...{ model_type: 'lfm2', ...bf16, vocab_size: 65536, num_hidden_layers: 16, num_key_value_heads: 8 },
  ...{ full_attn_idxs: [2, 5, 8, 10, 12, 14], rope_theta: 1e6, norm_eps: 1e-5, conv_L_cache: 3 },
  ...{ max_position_embeddings: 128000, block_auto_adjust_ff_dim: true },
};

/** The smallest first, those that write before those that classify. */
export const shelf: readonly ShelvedModel[] = [
  {
    id: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    gated: false,
    about: { trainedFor: 'chat', licence: apache, languages: ['en'] },
    config: {
      ...{ ...smol, hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30 },
      ...{ num_attention_heads: 9, num_key_value_heads: 3 },
    },
  },
  {
    id: 'LiquidAI/LFM2-350M',
    gated: false,
    about: lfm2About,
    config: { ...lfm2, hidden_size: 1024, num_attention_heads: 16, block_ff_dim: 6656 },
  },
  {
    id: 'ibm-granite/granite-4.0-350m',
    gated: false,
    about: { trainedFor: 'chat', licence: apache, languages: graniteLanguages },
    config: {
      ...{ model_type: 'granitemoehybrid', ...bf16, vocab_size: 100352, hidden_size: 1024, num_hidden_layers: 28 },
      ...{ num_attention_heads: 16, num_key_value_heads: 4, shared_intermediate_size: 2048, num_local_experts: 0 },
      ...{ num_experts_per_tok: 0, layer_types: Array(28).fill('attention'), position_embedding_type: 'rope' },
      ...{ rope_theta: 1e7, rms_norm_eps: 1e-5, max_position_embeddings: 32768, tie_word_embeddings: true },
    },
  },
  {
    id: 'baidu/ERNIE-4.5-0.3B-PT',
    gated: false,
    about: { trainedFor: 'chat', licence: apache, languages: ['en', 'zh'] },
    config: {
      ...{ model_type: 'ernie4_5', ...bf16, vocab_size: 103424, hidden_size: 1024, intermediate_size: 3072 },
      ...{ num_hidden_layers: 18, num_attention_heads: 16, num_key_value_heads: 2, head_dim: 128, use_bias: false },
      ...{ rope_theta: 5e5, rms_norm_eps: 1e-5, max_position_embeddings: 131072, tie_word_embeddings: true },
    },
  },
  {
    id: 'HuggingFaceTB/SmolLM2-360M',
    gated: false,
    about: { trainedFor: 'text', licence: apache, languages: ['en'] },
    config: {
      ...{ ...smol, hidden_size: 960, intermediate_size: 2560, num_hidden_layers: 32 },
      ...{ num_attention_heads: 15, num_key_value_heads: 5 },
    },
  },
  {
    id: 'Qwen/Qwen3.5-0.8B',
    gated: false,
    about: { trainedFor: 'chat', licence: apache, languages: 'many' },
    config: {
      ...{ model_type: 'qwen3_5', ...bf16, tie_word_embeddings: true, vision_config: {} },
      text_config: {
        ...{ model_type: 'qwen3_5_text', vocab_size: 248320, hidden_size: 1024, intermediate_size: 3584 },
        ...{ num_hidden_layers: 24, full_attention_interval: 4, num_attention_heads: 8, num_key_value_heads: 2 },
        ...{ head_dim: 256, linear_num_key_heads: 16, linear_num_value_heads: 16, linear_key_head_dim: 128 },
        ...{ linear_value_head_dim: 128, linear_conv_kernel_dim: 4, rms_norm_eps: 1e-6 },
        rope_parameters: {
          ...{ rope_type: 'default', rope_theta: 1e7, partial_rotary_factor: 0.25 },
          ...{ mrope_section: [11, 11, 10], mrope_interleaved: true },
        },
        max_position_embeddings: 262144,
      },
    },
  },
  {
    id: 'LiquidAI/LFM2-1.2B',
    gated: false,
    about: lfm2About,
    config: { ...lfm2, hidden_size: 2048, num_attention_heads: 32, block_ff_dim: 12288 },
  },
  {
    id: 'LGAI-EXAONE/EXAONE-4.0-1.2B',
    gated: false,
    about: { trainedFor: 'chat', licence: 'EXAONE 1.2, non-commercial', languages: ['en', 'ko', 'es'] },
    config: {
      ...{ model_type: 'exaone4', ...bf16, vocab_size: 102400, hidden_size: 2048, intermediate_size: 4096 },
      ...{ num_hidden_layers: 30, num_attention_heads: 32, num_key_value_heads: 8, head_dim: 64 },
      ...{ sliding_window: null, layer_types: Array(30).fill('full_attention'), rms_norm_eps: 1e-5 },
      ...{ rope_theta: 1e6, max_position_embeddings: 65536, tie_word_embeddings: true },
    },
  },
  {
    id: 'llm-jp/llm-jp-3-1.8b',
    gated: false,
    about: { trainedFor: 'text', licence: apache, languages: ['en', 'ja'] },
    config: {
      ...{ model_type: 'llama', ...bf16, vocab_size: 99584, hidden_size: 2048, intermediate_size: 7168 },
      ...{ num_hidden_layers: 24, num_attention_heads: 16, num_key_value_heads: 16, rope_theta: 1e4 },
      ...{ rms_norm_eps: 1e-5, max_position_embeddings: 4096, tie_word_embeddings: false },
    },
  },
  {
    id: 'google/gemma-3-4b-it',
    gated: true,
    about: { trainedFor: 'chat', licence: 'Gemma', languages: 'many' },
    config: {
      ...{ model_type: 'gemma3', ...bf16, vision_config: {} },
      text_config: {
        ...{ model_type: 'gemma3_text', vocab_size: 262208, hidden_size: 2560, intermediate_size: 10240 },
        ...{ num_hidden_layers: 34, num_attention_heads: 8, num_key_value_heads: 4, head_dim: 256 },
        ...{ sliding_window: 1024, max_position_embeddings: 131072 },
      },
    },
  },
  {
    id: 'answerdotai/ModernBERT-base',
    gated: false,
    about: { trainedFor: 'reading', licence: apache, languages: ['en'] },
    config: {
      ...{ model_type: 'modernbert', dtype: 'float32', vocab_size: 50368, hidden_size: 768, intermediate_size: 1152 },
      ...{ num_hidden_layers: 22, num_attention_heads: 12, global_attn_every_n_layers: 3, local_attention: 128 },
      ...{ max_position_embeddings: 8192, classifier_pooling: 'mean', pad_token_id: 50283 },
    },
  },
  {
    id: 'microsoft/deberta-v3-base',
    gated: false,
    about: { trainedFor: 'reading', licence: 'MIT', languages: ['en'] },
    config: {
      ...{ model_type: 'deberta-v2', dtype: 'float16', vocab_size: 128100, hidden_size: 768, intermediate_size: 3072 },
      ...{ num_hidden_layers: 12, num_attention_heads: 12, max_position_embeddings: 512, type_vocab_size: 0 },
      ...{ relative_attention: true, position_buckets: 256, max_relative_positions: -1, norm_rel_ebd: 'layer_norm' },
      ...{ share_att_key: true, pos_att_type: 'p2c|c2p', position_biased_input: false, layer_norm_eps: 1e-7 },
    },
  },
];
