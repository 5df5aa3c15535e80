/**
 * The rotary settings of a config.json in the keys of transformers 4, which mlx-lm reads: transformers 5 writes them inside
 * `rope_parameters` alone, and without them mlx-lm takes values of its own.
 */
import { isObject, type JsonObject } from '../models/config-reader.ts';

/** Types whose layers all turn alike, as mlx-lm has them. */
const alike = new Set(
  'llama mistral qwen2 qwen3 gemma gemma2 phi phi3 stablelm olmo2 exaone4 ernie4_5 hunyuan_v1_dense granite smollm3 starcoder2 olmoe granitemoe'.split(
    ' ',
  ),
);

/**
 * The older keys that a config.json lacks; what it has stays as it is, and transformers reads the same from both.
 * Reference: mlx-lm 0.32 `models/*.py` (ModelArgs); transformers 5 `convert_rope_params_to_dict`.
 */
export function olderRope(config: JsonObject): JsonObject {
  const { rope_parameters: rope, text_config: text } = config;
  if (isObject(text)) {
    const inner = olderRope(text);
    return Object.keys(inner).length > 0 ? { text_config: { ...text, ...inner } } : {};
  }
  if (!isObject(rope) || config.rope_scaling) return {};
  const older = olderKeys(String(config.model_type), rope);
  return Object.fromEntries(
    Object.entries(older).filter(([key, value]) => value !== undefined && (config[key] ?? undefined) === undefined),
  );
}

function olderKeys(modelType: string, rope: JsonObject): JsonObject {
  const { rope_theta, partial_rotary_factor, full_attention: full, sliding_attention: sliding } = rope;
  if (modelType === 'gpt_neox') return { rotary_emb_base: rope_theta, rotary_pct: partial_rotary_factor };
  if (alike.has(modelType)) return { rope_theta, partial_rotary_factor, rope_scaling: scalingOf(rope) };
  if (!isObject(full) || !isObject(sliding)) return {};
  const ofFull = { rope_theta: full.rope_theta, rope_scaling: scalingOf(full) };
  if (modelType === 'gemma3_text') return { ...ofFull, rope_local_base_freq: sliding.rope_theta };
  return modelType === 'olmo3' ? ofFull : {};
}

function scalingOf({ rope_theta: _, partial_rotary_factor: __, ...scaling }: JsonObject): JsonObject | undefined {
  const type = scaling.rope_type ?? scaling.type ?? 'default';
  return type === 'default' ? undefined : { ...scaling, rope_type: type, type };
}
