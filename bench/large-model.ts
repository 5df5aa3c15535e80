/** A model of 1.2 GB for measurements: the shape of Qwen3-0.6B, random numbers. */
import { copyFileSync, createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { f32ToBytes } from '../src/files/half.ts';
import { streamSafetensors, type TensorToStream } from '../src/files/safetensors-write.ts';
import { modelFromConfig } from '../src/models/registry.ts';

const example = fileURLToPath(new URL('../public/example/model', import.meta.url));
/** Of the adapter. */
export const rank = 8;

const config = {
  ...{ architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', torch_dtype: 'bfloat16', vocab_size: 151_936 },
  ...{ hidden_size: 1024, intermediate_size: 3072, num_hidden_layers: 28, num_attention_heads: 16, head_dim: 128 },
  ...{ num_key_value_heads: 8, max_position_embeddings: 40_960, rope_theta: 1_000_000, rms_norm_eps: 1e-6 },
  ...{ hidden_act: 'silu', attention_bias: false, tie_word_embeddings: true, eos_token_id: 0, pad_token_id: 1 },
};

/** A folder of the model and, in `adapter`, LoRA on every linear layer as PEFT writes it. */
export async function makeLargeModel(folder: string): Promise<string> {
  const model = join(folder, 'model');
  const adapter = join(model, 'adapter');
  mkdirSync(adapter, { recursive: true });
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) copyFileSync(join(example, name), join(model, name));
  writeFileSync(join(model, 'config.json'), JSON.stringify(config));
  const { parameters } = modelFromConfig(config);
  const weights = parameters.map(({ name, shape, role }): TensorToStream => {
    const ones = () => f32ToBytes(new Float32Array(shape[0]!).fill(1), 'BF16');
    return { name, shape, ...(role === 'norm' ? { dtype: 'BF16', data: ones } : random(shape, 0.03)) };
  });
  await save(join(model, 'model.safetensors'), streamSafetensors(weights, { format: 'pt' }));
  const matrices = parameters.filter(({ role }) => role === 'linear');
  const halves = matrices.flatMap(({ name, shape }): TensorToStream[] => {
    const path = `base_model.model.${name.replace(/\.weight$/, '')}`;
    const [rows, columns] = shape as [number, number];
    const part = (end: string, sizes: readonly number[]) => ({
      ...{ name: `${path}.${end}.weight`, shape: sizes },
      ...random(sizes, 0.02),
    });
    return [part('lora_A', [rank, columns]), part('lora_B', [rows, rank])];
  });
  await save(join(adapter, 'adapter_model.safetensors'), streamSafetensors(halves, { format: 'pt' }));
  const modules = [...new Set(matrices.map(({ module }) => module.split('.').at(-1)!))];
  const peft = { peft_type: 'LORA', task_type: 'CAUSAL_LM', r: rank, lora_alpha: 2 * rank, target_modules: modules };
  writeFileSync(join(adapter, 'adapter_config.json'), JSON.stringify({ ...peft, base_model_name_or_path: model }));
  return model;
}

/** One block of numbers again and again: what is timed does not look at them. */
const block = Float32Array.from({ length: 1 << 20 }, () => Math.random() + Math.random() + Math.random() - 1.5);

function random(shape: readonly number[], size: number): Pick<TensorToStream, 'dtype' | 'data'> {
  const count = shape.reduce((product, each) => product * each, 1);
  const data = () => {
    const values = new Float32Array(count);
    for (let at = 0; at < count; at += block.length)
      values.set(block.subarray(0, Math.min(block.length, count - at)), at);
    return f32ToBytes(
      values.map((value) => value * size),
      'BF16',
    );
  };
  return { dtype: 'BF16', data };
}

const save = (path: string, parts: AsyncIterable<Uint8Array>): Promise<void> =>
  pipeline(parts, createWriteStream(path));
