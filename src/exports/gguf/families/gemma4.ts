/** Gemma 4's text model: heads of two widths, layers that read the keys of others, and a table for each layer. */
import { because } from '../../../errors.ts';
import { f32, type GgufValue, u32 } from '../../../files/gguf-types.ts';
import type { JsonObject } from '../../../models/config-reader.ts';
import { type Gemma4Config, readGemma4Config } from '../../../models/gemma4-config.ts';
import { inverseFrequencies } from '../../../models/rope.ts';
import { llamaModules, requireActivation, rmsEpsilon } from '../common.ts';
import { type GgufFamily, requireFit } from '../family.ts';
import type { MetadataReader } from '../metadata-reader.ts';

/** llama.cpp divides frequencies by it in place of those that do not turn. */
const unturned = 1e30;

const lastOf = (config: Gemma4Config, isSliding: boolean) =>
  config.kinds.findLast(({ slidingWindow }) => (slidingWindow !== undefined) === isSliding);

/** @throws AppError 'gguf-unfit' for what llama.cpp takes as given and the model has otherwise */
function requireUsual(config: Gemma4Config): void {
  const { kinds, perLayer, vocabularySize } = config;
  requireActivation(config.activation, 'gelu_tanh');
  requireFit(!config.attentionBias, because`its attention has biases`);
  requireFit(lastOf(config, true) !== undefined, because`none of its layers slides`);
  requireFit(
    perLayer === undefined || perLayer.vocabularySize === vocabularySize,
    because`its table for each layer has ${perLayer?.vocabularySize ?? 0} rows, and that of all layers ${vocabularySize}`,
  );
  const first = kinds.length - sharing(config);
  requireFit(
    kinds.every(({ keysOf, slidingWindow }) => keysOf === undefined || keysOf === first - (slidingWindow ? 2 : 1)),
    because`its layers read keys of other layers than the last two that have them`,
  );
  requireFit(
    ['default', 'proportional'].includes(lastOf(config, false)!.rotary.rope.scaling.type),
    because`llama.cpp does not carry out its rotary scaling ${lastOf(config, false)!.rotary.rope.scaling.type}`,
  );
  requireFit(
    lastOf(config, true)!.rotary.rope.scaling.type === 'default',
    because`layers that slide scale their rotation`,
  );
}

const sharing = ({ kinds }: Gemma4Config): number => kinds.filter(({ keysOf }) => keysOf !== undefined).length;
const byLayer = (config: Gemma4Config, of: (kind: Gemma4Config['kinds'][number]) => number): GgufValue => ({
  type: 'i32s',
  value: config.kinds.map(of),
});

export const gemma4: GgufFamily = {
  architecture: 'gemma4',
  withoutLora: ['model.per_layer_model_projection'],
  modules: {
    ...llamaModules,
    post_attention_layernorm: 'post_attention_norm',
    pre_feedforward_layernorm: 'ffn_norm',
    post_feedforward_layernorm: 'post_ffw_norm',
    per_layer_input_gate: 'inp_gate',
    per_layer_projection: 'proj',
    post_per_layer_input_norm: 'post_norm',
    'model.embed_tokens_per_layer': 'per_layer_token_embd',
    'model.per_layer_model_projection': 'per_layer_model_proj',
    'model.per_layer_projection_norm': 'per_layer_proj_norm',
  },
  parameters: { layer_scalar: ['layer_output_scale.weight'] },
  entries(json) {
    const config = readGemma4Config(json);
    requireUsual(config);
    const [sliding, full] = [lastOf(config, true)!, lastOf(config, false)!];
    const { rope } = full.rotary;
    return [
      ['vocab_size', u32(config.vocabularySize)],
      ['context_length', u32(config.maxPositions)],
      ['embedding_length', u32(config.hiddenSize)],
      ['embedding_length_per_layer_input', u32(config.perLayer?.width ?? 0)],
      ['block_count', u32(config.layers)],
      ['feed_forward_length', byLayer(config, ({ intermediateSize }) => intermediateSize)],
      ['attention.head_count', u32(config.heads)],
      ['attention.head_count_kv', byLayer(config, ({ kvHeads }) => kvHeads)],
      ['attention.shared_kv_layers', u32(sharing(config))],
      ['attention.key_length', u32(full.headDim)],
      ['attention.value_length', u32(full.headDim)],
      ['attention.key_length_swa', u32(sliding.headDim)],
      ['attention.value_length_swa', u32(sliding.headDim)],
      ['attention.sliding_window', u32(sliding.slidingWindow!)],
      ['attention.sliding_window_pattern', byLayer(config, ({ slidingWindow }) => (slidingWindow ? 1 : 0))],
      ...rmsEpsilon(config.normEpsilon),
      ['rope.dimension_count', u32(full.headDim)],
      ['rope.dimension_count_swa', u32(sliding.headDim)],
      ['rope.freq_base', f32(rope.theta)],
      ['rope.freq_base_swa', f32(sliding.rotary.rope.theta)],
      // Where nothing is said llama.cpp bounds them by 30.
      ['final_logit_softcapping', f32(config.logitSoftCap ?? 0)],
    ];
  },
  computed(json) {
    const { headDim, rotary } = lastOf(readGemma4Config(json), false)!;
    const plain = inverseFrequencies({ ...rotary.rope, scaling: { type: 'default' } }, headDim);
    const scaled = inverseFrequencies(rotary.rope, headDim);
    const values = plain.map((frequency, i) => (scaled[i] === 0 ? unturned : frequency / scaled[i]!));
    return [{ name: 'rope_freqs.weight', values }];
  },
  config: configOf,
};

/** Heads are said layer by layer: `per_layer_config`. */
function configOf(from: MetadataReader): JsonObject {
  const slides = from.byLayer('attention.sliding_window_pattern').map(Boolean);
  const [kvHeads, widths] = [from.byLayer('attention.head_count_kv'), from.byLayer('feed_forward_length')];
  const [full, sliding] = [from.number('attention.key_length'), from.number('attention.key_length_swa')];
  const factors = from.values('rope_freqs.weight') ?? [];
  const turned = factors.filter((factor) => factor < unturned / 2).length;
  const own = from.optional('embedding_length_per_layer_input') ?? 0;
  const rows = from.rows('token_embd.weight');
  return {
    model_type: 'gemma4_text',
    vocab_size: rows,
    hidden_size: from.number('embedding_length'),
    intermediate_size: widths[0]!,
    use_double_wide_mlp: widths.at(-1) !== widths[0],
    num_hidden_layers: slides.length,
    num_attention_heads: from.number('attention.head_count'),
    num_key_value_heads: kvHeads[0]!,
    num_kv_shared_layers: from.optional('attention.shared_kv_layers') ?? 0,
    attention_k_eq_v: !from.has(`blk.${slides.indexOf(false)}.attn_v.weight`),
    head_dim: sliding,
    per_layer_config: Object.fromEntries(
      slides.map((each, layer) => [layer, { head_dim: each ? sliding : full, num_key_value_heads: kvHeads[layer]! }]),
    ),
    layer_types: slides.map((each) => (each ? 'sliding_attention' : 'full_attention')),
    sliding_window: from.number('attention.sliding_window'),
    hidden_size_per_layer_input: own,
    vocab_size_per_layer_input: rows,
    max_position_embeddings: from.number('context_length'),
    rms_norm_eps: from.number('attention.layer_norm_rms_epsilon'),
    tie_word_embeddings: !from.has('output.weight'),
    final_logit_softcapping: (from.optional('final_logit_softcapping') ?? 30) || null,
    rope_parameters: {
      full_attention: {
        rope_type: 'proportional',
        rope_theta: from.number('rope.freq_base'),
        factor: factors[0] ?? 1,
        // Rounded down to pairs it is as many as turn.
        partial_rotary_factor: factors.length === 0 ? 1 : Math.min(1, (2 * turned + 1) / full),
      },
      sliding_attention: { rope_type: 'default', rope_theta: from.optional('rope.freq_base_swa') ?? 10000 },
    },
  };
}
