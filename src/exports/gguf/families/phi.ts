/** Phi (1, 1.5 and 2), and Phi-3 with Phi-4. */
import { because } from '../../../errors.ts';
import { f32, string, u32 } from '../../../files/gguf-types.ts';
import type { JsonObject } from '../../../models/config-reader.ts';
import { readPhiConfig } from '../../../models/phi.ts';
import { readPhi3Config } from '../../../models/phi3.ts';
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
import { type ComputedTensor, type Entries, type GgufFamily, requireFit, unfit } from '../family.ts';

export const phi: GgufFamily = {
  architecture: 'phi2',
  modules: {
    'model.embed_tokens': 'token_embd',
    'model.final_layernorm': 'output_norm',
    lm_head: 'output',
    input_layernorm: 'attn_norm',
    'self_attn.q_proj': 'attn_q',
    'self_attn.k_proj': 'attn_k',
    'self_attn.v_proj': 'attn_v',
    'self_attn.dense': 'attn_output',
    'mlp.fc1': 'ffn_up',
    'mlp.fc2': 'ffn_down',
  },
  writesTiedHead: true,
  entries(json) {
    const config = readPhiConfig(json);
    requireSquareAttention(config);
    requireActivation(config.activation, 'gelu_tanh', 'gelu');
    requireFit(!config.qkNorm, because`its queries and keys are normalised`);
    return [
      ...sizeEntries(config),
      ...layerEpsilon(config.normEpsilon),
      ...ropeEntries(config.rotary.rope, config.rotary.width),
    ];
  },
  config: (from) => ({ ...commonConfig(from), model_type: 'phi', partial_rotary_factor: partialRotary(from) }),
};

/** Factors for texts up to the original length, and for longer ones, which only llama.cpp carries out. */
function longRope(json: JsonObject): { readonly entries: Entries; readonly tensors: readonly ComputedTensor[] } {
  const { rotary } = readPhi3Config(json);
  const { scaling } = rotary.rope;
  if (scaling.type !== 'longrope') return { entries: [], tensors: [] };
  const parameters = (json.rope_scaling ?? json.rope_parameters) as JsonObject;
  const long = parameters.long_factor;
  if (!Array.isArray(long) || long.length !== scaling.factors.length)
    throw unfit(because`its rotary scaling longrope has no factors for long texts`);
  return {
    entries: [
      ['rope.scaling.type', string('longrope')],
      ['rope.scaling.original_context_length', u32(scaling.originalMaxPositions)],
      ['rope.scaling.attn_factor', f32(scaling.amplitude)],
    ],
    tensors: [
      { name: 'rope_factors_long.weight', values: Float32Array.from(long as number[]) },
      { name: 'rope_factors_short.weight', values: Float32Array.from(scaling.factors) },
    ],
  };
}

export const phi3: GgufFamily = {
  architecture: 'phi3',
  modules: { ...llamaModules, 'self_attn.qkv_proj': 'attn_qkv', 'mlp.gate_up_proj': 'ffn_up' },
  entries(json) {
    const config = readPhi3Config(json);
    requireSquareAttention(config);
    requireActivation(config.activation, 'silu');
    const { scaling } = config.rotary.rope;
    // llama.cpp turns by the factors for long texts as soon as there is room for one; trained here were those for others.
    const reach = scaling.type === 'longrope' ? scaling.originalMaxPositions : config.maxPositions;
    return [
      ...sizeEntries(config, Math.min(reach, config.slidingWindow ?? reach)),
      ...rmsEpsilon(config.normEpsilon),
      ...ropeEntries(config.rotary.rope, config.rotary.width, ['longrope']),
      ...longRope(json).entries,
    ];
  },
  computed: (json) => longRope(json).tensors,
  config: (from) => ({
    ...commonConfig(from),
    model_type: 'phi3',
    partial_rotary_factor: partialRotary(from),
    sliding_window: from.optional('attention.sliding_window') ?? null,
    pad_token_id: null,
  }),
};
