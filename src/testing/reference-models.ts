import published from '../models/golden/published.json';
import qwen from '../models/golden/qwen2.5-0.5b.json';
import { parseRunConfig, type RunConfig } from '../training/config/run-config.ts';

const llama = { model_type: 'llama', dtype: 'bfloat16', tie_word_embeddings: true };

/** config.json of the models whose plans are held to figures. */
export const referenceModels = {
  'Qwen2.5-0.5B': { ...qwen, dtype: 'bfloat16' },
  'SmolLM2-360M': {
    ...llama,
    ...{ vocab_size: 49152, hidden_size: 960, intermediate_size: 2560, num_hidden_layers: 32 },
    ...{ num_attention_heads: 15, num_key_value_heads: 5, rope_theta: 100000, max_position_embeddings: 8192 },
  },
  'Llama-3.2-1B': {
    ...llama,
    ...{ vocab_size: 128256, hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 16, head_dim: 64 },
    ...{ num_attention_heads: 32, num_key_value_heads: 8, rope_theta: 500000, max_position_embeddings: 131072 },
  },
  'Qwen2.5-7B': published.find(({ name }) => name === 'Qwen2.5-7B')!.config,
} as const satisfies Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export type ReferenceModel = keyof typeof referenceModels;

/** What they are trained with there: LoRA of rank 16 on all projections, one row of `length` tokens, no evaluation. */
export const referenceRun = (weights: string, length: number, architecture: object = {}): RunConfig =>
  parseRunConfig({
    ...{
      model: { weights },
      dataset: { validation_strategy: 'none' },
      tokenizer: { max_length: length },
      architecture,
    },
    tuning: { lora_r: 16, lora_dropout: 0, lora_target_modules: 'all-linear' },
    training: { batch_size: 1 },
  });
