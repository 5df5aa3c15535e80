/**
 * What a GGUF file says under its architecture and no reader of that architecture asked for: it is passed over where llama.cpp
 * would compute the same without it, and refused otherwise.
 * Reference: llama.cpp `src/llama-model.cpp`, `load_hparams`; ggml's `docs/gguf.md`.
 */
import { because } from '../../errors.ts';
import type { GgufMetadata, GgufValue } from '../../files/gguf-types.ts';
import type { MetadataReader } from './metadata-reader.ts';

type Value = GgufValue['value'] | undefined;
/** What else the file says, by its key without the architecture. */
type Said = (key: string) => Value;

/** Changes no number of a text, or says what the shapes of tensors show. */
const informational = new Set([
  'vocab_size',
  'context_length',
  'block_count',
  'embedding_length',
  'feed_forward_length',
  'expert_feed_forward_length',
  'tensor_data_layout',
  'pooling_type',
  'classifier.output_labels',
  'rope.dimension_sections',
  'rope.scaling.finetuned',
  // Of yarn and longrope alone, whose readers ask for them.
  'rope.scaling.original_context_length',
  'rope.scaling.yarn_beta_fast',
  'rope.scaling.yarn_beta_slow',
  'rope.scaling.yarn_log_multiplier',
]);

const number = (value: Value): number => (typeof value === 'number' ? value : Number.NaN);
const isClose = (value: Value, wanted: number): boolean => Math.abs(number(value) - wanted) <= 1e-4 * Math.abs(wanted);

/** Zero, false, and lists of them: what a key that is not there stands for. */
const isNothing = (value: unknown): boolean =>
  Array.isArray(value) ? value.every(isNothing) : value === 0 || value === false || value === '';

const headWidth = (said: Said): number =>
  number(said('attention.key_length') ?? number(said('embedding_length')) / number(said('attention.head_count')));
const isYarn = (said: Said): boolean => said('rope.scaling.type') === 'yarn';
/** What yarn multiplies by anyway: llama.cpp's converters write it of OLMo 3 under either key. */
const isAmplitude = (value: Value, said: Said): boolean =>
  value === 1 || (isYarn(said) && isClose(value, 1 + 0.1 * Math.log(number(said('rope.scaling.factor')))));

/** Values beside nothing that change nothing. */
const neutral: Readonly<Record<string, (value: Value, said: Said, isCausal: boolean) => boolean>> = {
  'attention.causal': (value, _, isCausal) => value === isCausal,
  'attention.head_count_kv': (value, said) => value === said('attention.head_count'),
  'attention.key_length': (value, said) =>
    value === number(said('embedding_length')) / number(said('attention.head_count')),
  'attention.value_length': (value, said) => value === headWidth(said),
  'attention.key_length_swa': (value, said) => value === headWidth(said),
  'attention.value_length_swa': (value, said) => value === (said('attention.key_length_swa') ?? headWidth(said)),
  'attention.scale': (value, said) => isClose(value, headWidth(said) ** -0.5),
  // A window as long as any text.
  'attention.sliding_window': (value, said) => number(value) >= number(said('context_length')),
  'attention.sliding_window_pattern': (_, said) => (said('attention.sliding_window') ?? 0) === 0,
  'attention.temperature_length': (_, said) => (said('attention.temperature_scale') ?? 0) === 0,
  'rope.dimension_count': (value, said) => value === headWidth(said),
  'rope.dimension_count_swa': (value, said) => value === (said('attention.key_length_swa') ?? headWidth(said)),
  'rope.freq_base_swa': (value, said) =>
    value === said('rope.freq_base') || (said('attention.sliding_window') ?? 0) === 0,
  'rope.scale_linear': (value) => value === 1,
  'rope.scaling.type': (value) => value === 'none' || value === 'linear',
  'rope.scaling.factor': (value) => value === 1,
  'rope.scaling.attn_factor': isAmplitude,
  'rope.scaling.yarn_attn_factor': isAmplitude,
  // Below 0 llama.cpp takes 1 for yarn and 0 for any other.
  'rope.scaling.yarn_ext_factor': (value, said) => number(value) < 0 || value === (isYarn(said) ? 1 : 0),
  logit_scale: (value) => value === 1,
  embedding_scale: (value) => value === 1,
  residual_scale: (value) => value === 1,
  // Of the softmax over all experts.
  expert_gating_func: (value) => value === 1,
  expert_group_count: (value) => value === 1,
  expert_group_used_count: (value) => value === 1,
};

/** @throws AppError 'gguf-unread' for a key that was not asked for and whose value is not known to change nothing */
export function requireNothingUnread(
  metadata: GgufMetadata,
  architecture: string,
  from: MetadataReader,
  isCausal: boolean,
): void {
  const said: Said = (key) => metadata.get(`${architecture}.${key}`)?.value;
  const hasExperts = !isNothing(said('expert_count') ?? 0);
  for (const [whole, { value }] of metadata) {
    if (!whole.startsWith(`${architecture}.`)) continue;
    const key = whole.slice(architecture.length + 1);
    if (from.asked.has(key) || informational.has(key)) continue;
    if (!hasExperts && /^expert/.test(key)) continue;
    const isOff = key !== 'attention.causal' && isNothing(value);
    if (isOff || (Object.hasOwn(neutral, key) && neutral[key]!(value, said, isCausal))) continue;
    const shown = Array.isArray(value) ? value.slice(0, 4).join(', ') : String(value);
    throw from.unread(because`its ${whole} is ${shown}`);
  }
}
