/** The keys that all families have, written and read. */
import { because } from '../../errors.ts';
import { f32, string, u32 } from '../../files/gguf-types.ts';
import type { ModelSizes } from '../../models/architecture.ts';
import type { JsonObject } from '../../models/config-reader.ts';
import type { ExpertsConfig } from '../../models/experts.ts';
import { inverseFrequencies } from '../../models/rope.ts';
import type { RopeConfig } from '../../models/rope-config.ts';
import { type ComputedTensor, type Entries, requireFit, unfit } from './family.ts';
import type { MetadataReader } from './metadata-reader.ts';

interface Sizes extends ModelSizes {
  readonly intermediateSize: number;
}

/**
 * @param window of layers that llama.cpp lets see everything: longer texts would come out otherwise, so it is written as
 * the longest that the model is for
 */
export const sizeEntries = (config: Sizes, window = Number.POSITIVE_INFINITY): Entries => [
  ['vocab_size', u32(config.vocabularySize)],
  ['context_length', u32(Math.min(config.maxPositions, window))],
  ['embedding_length', u32(config.hiddenSize)],
  ['block_count', u32(config.layers)],
  ['feed_forward_length', u32(config.intermediateSize)],
  ['attention.head_count', u32(config.heads)],
  ['attention.head_count_kv', u32(config.kvHeads)],
  ['attention.key_length', u32(config.headDim)],
  ['attention.value_length', u32(config.headDim)],
];

export const expertEntries = ({ experts, chosen }: ExpertsConfig): Entries => [
  ['expert_count', u32(experts)],
  ['expert_used_count', u32(chosen)],
];

/** llama.cpp has matrices of hidden × hidden for attention in many architectures. @throws AppError 'gguf-unfit' */
export function requireSquareAttention({ heads, headDim, hiddenSize }: ModelSizes): void {
  requireFit(
    heads * headDim === hiddenSize,
    because`its ${heads} heads of ${headDim} are not as wide as its ${hiddenSize} hidden values`,
  );
}

/** @throws AppError 'gguf-unfit' where llama.cpp has another activation for the type */
export function requireActivation(found: string, ...taken: readonly string[]): void {
  requireFit(taken.includes(found), because`its activation is ${found}, and llama.cpp computes ${taken[0]!}`);
}

export const rmsEpsilon = (epsilon: number): Entries => [['attention.layer_norm_rms_epsilon', f32(epsilon)]];
export const layerEpsilon = (epsilon: number): Entries => [['attention.layer_norm_epsilon', f32(epsilon)]];

/** @throws AppError 'gguf-unfit' for a scaling that llama.cpp does not carry out for the type */
export function ropeEntries({ theta, scaling }: RopeConfig, width: number, taken: readonly string[] = []): Entries {
  const plain: Entries = [
    ['rope.dimension_count', u32(width)],
    ['rope.freq_base', f32(theta)],
  ];
  if (scaling.type === 'default') return plain;
  if (scaling.type === 'linear')
    return [...plain, ['rope.scaling.type', string('linear')], ['rope.scaling.factor', f32(scaling.factor)]];
  if (taken.includes(scaling.type)) return plain;
  throw unfit(because`llama.cpp does not carry out its rotary scaling ${scaling.type}`);
}

/** Yarn as llama.cpp has it, whose amplitude is that of the paper, or with `yarn_log_multiplier` 1. */
export function yarnEntries({ scaling }: RopeConfig): Entries {
  if (scaling.type !== 'yarn') return [];
  const { factor, originalMaxPositions, betaFast, betaSlow, truncate, amplitude } = scaling;
  const isPlain = Math.abs(amplitude - (1 + 0.1 * Math.log(factor))) < 1e-4;
  requireFit(truncate && (isPlain || amplitude === 1), because`its yarn is cut off or scaled otherwise`);
  return [
    ['rope.scaling.type', string('yarn')],
    ['rope.scaling.factor', f32(factor)],
    ['rope.scaling.original_context_length', u32(originalMaxPositions)],
    ['rope.scaling.yarn_beta_fast', f32(betaFast)],
    ['rope.scaling.yarn_beta_slow', f32(betaSlow)],
    ...(isPlain ? [] : [['rope.scaling.yarn_log_multiplier', f32(1)] as const]),
  ];
}

/** The same of a file. */
function yarnParameters(from: MetadataReader): JsonObject {
  const multiplier = from.optional('rope.scaling.yarn_log_multiplier') ?? 0;
  if (multiplier !== 0 && multiplier !== 1) throw from.unread(because`its yarn is scaled by ${multiplier}`);
  return {
    rope_type: 'yarn',
    factor: from.number('rope.scaling.factor'),
    original_max_position_embeddings: from.number('rope.scaling.original_context_length'),
    beta_fast: from.optional('rope.scaling.yarn_beta_fast') ?? 32,
    beta_slow: from.optional('rope.scaling.yarn_beta_slow') ?? 1,
    ...(multiplier === 1 && { mscale: 1, mscale_all_dim: 1 }),
  };
}

/** What llama.cpp divides each frequency by, of Llama 3.1's scaling. */
export function llama3Factors(rope: RopeConfig, headDim: number): readonly ComputedTensor[] {
  if (rope.scaling.type !== 'llama3') return [];
  const scaled = inverseFrequencies(rope, headDim);
  const plain = inverseFrequencies({ ...rope, scaling: { type: 'default' } }, headDim);
  return [{ name: 'rope_freqs.weight', values: plain.map((frequency, i) => frequency / scaled[i]!) }];
}

/**
 * What config.json says in most families.
 * @param given what a family reads otherwise: heads of keys, or yarn
 */
export function commonConfig(from: MetadataReader, given: { kvHeads?: number; yarn?: true } = {}): JsonObject {
  const heads = from.number('attention.head_count');
  const width = headWidth(from);
  if ((from.optional('attention.value_length') ?? width) !== width)
    throw from.unread(because`its heads have keys and values of two widths`);
  return {
    vocab_size: from.rows('token_embd.weight'),
    hidden_size: from.number('embedding_length'),
    intermediate_size: from.number('feed_forward_length'),
    num_hidden_layers: from.number('block_count'),
    num_attention_heads: heads,
    num_key_value_heads: given.kvHeads ?? from.optional('attention.head_count_kv') ?? heads,
    head_dim: width,
    max_position_embeddings: from.number('context_length'),
    tie_word_embeddings: !from.has('output.weight'),
    rms_norm_eps: from.optional('attention.layer_norm_rms_epsilon'),
    layer_norm_eps: from.optional('attention.layer_norm_epsilon'),
    rope_parameters: ropeParameters(from, given.yarn),
  };
}

/** Where a file does not say it, heads share the hidden values. */
const headWidth = (from: MetadataReader): number =>
  from.optional('attention.key_length') ??
  Math.floor(from.number('embedding_length') / from.number('attention.head_count'));

/** Llama 3.1's scaling, and 3.2's, whose factors llama.cpp's converter leaves in place of what they follow from. */
const llama3Scalings = [8, 32].map((factor) => ({
  ...{ type: 'llama3' as const, factor, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 8192 },
}));

function llama3Scaling(from: MetadataReader, theta: number): JsonObject | undefined {
  const factors = from.values('rope_freqs.weight');
  const found = llama3Scalings.find((scaling) => {
    const [computed] = llama3Factors({ theta, scaling }, headWidth(from));
    return factors?.every((factor, i) => Math.abs(factor - computed!.values[i]!) <= 1e-5 * factor);
  });
  return (
    found && {
      ...{ rope_type: 'llama3', factor: found.factor, low_freq_factor: 1, high_freq_factor: 4 },
      original_max_position_embeddings: found.originalMaxPositions,
    }
  );
}

/** Factors of frequencies, whatever they were computed from, are what config.json has for longrope. */
function ropeParameters(from: MetadataReader, yarn?: true): JsonObject {
  const type = from.text('rope.scaling.type') ?? 'none';
  if (yarn && type === 'yarn') return { rope_theta: from.optional('rope.freq_base') ?? 10000, ...yarnParameters(from) };
  if (!['none', 'linear', 'longrope'].includes(type)) throw from.unread(because`its rotary scaling is ${type}`);
  const plain = { rope_theta: from.optional('rope.freq_base') ?? 10000 };
  const llama3 = llama3Scaling(from, plain.rope_theta);
  if (llama3) return { ...plain, ...llama3 };
  const factors = from.values('rope_freqs.weight') ?? from.values('rope_factors_short.weight');
  if (factors)
    return {
      ...plain,
      rope_type: 'longrope',
      short_factor: factors,
      long_factor: from.values('rope_factors_long.weight') ?? factors,
      attention_factor: from.optional('rope.scaling.attn_factor') ?? 1,
      original_max_position_embeddings:
        from.optional('rope.scaling.original_context_length') ?? from.number('context_length'),
    };
  return type === 'linear'
    ? { ...plain, rope_type: 'linear', factor: from.number('rope.scaling.factor') }
    : { ...plain, rope_type: 'default' };
}

/** @throws AppError 'gguf-invalid' where it says that other layers slide than all but every so many-th */
export function requirePeriod(from: MetadataReader, period: number): void {
  const key = 'attention.sliding_window_pattern';
  if (from.text(key) === undefined) return;
  const isUsual = from
    .byLayer(key)
    .every((found, layer) => found === period || Boolean(found) === ((layer + 1) % period !== 0));
  if (!isUsual) throw from.unread(because`other layers than every ${period}th look at the whole text`);
}

/** The share of each head that is turned. */
export const partialRotary = (from: MetadataReader): number =>
  (from.optional('rope.dimension_count') ?? headWidth(from)) / headWidth(from);

/** Modules of a layer in the words of Llama, which most decoders took over. */
export const llamaModules = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
} as const;

/**
 * @param normalised whether llama.cpp makes the weights of a token's experts add up to 1
 * @throws AppError 'gguf-unread' also where they are scaled, or said to be normalised otherwise, which is nothing that is
 * known here
 */
export function readExpertCounts(from: MetadataReader, normalised: boolean): ExpertsConfig {
  if ((from.flag('expert_weights_norm') ?? normalised) !== normalised)
    throw from.unread(
      normalised
        ? because`the weights of a token's experts do not add up to 1`
        : because`the weights of a token's experts are made to add up to 1`,
    );
  const scale = from.optional('expert_weights_scale') ?? 0;
  if (scale !== 0 && scale !== 1) throw from.unread(because`the weights of its experts are scaled by ${scale}`);
  return { experts: from.number('expert_count'), chosen: from.number('expert_used_count') };
}

/** The stacks of a module of experts: gate and up apart. */
export const expertTensors = (module: string) => ({
  [`${module}.gate_up_proj`]: ['ffn_gate_exps.weight', 'ffn_up_exps.weight'],
  [`${module}.down_proj`]: ['ffn_down_exps.weight'],
});
