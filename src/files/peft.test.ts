import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../cli/node-files.ts';
import { blobFiles } from './blob-files.ts';
import { type PeftAdapter, peftFiles, readPeft } from './peft.ts';
import { writeSafetensors } from './safetensors-write.ts';
import type { Bytes } from './source.ts';

/**
 * Saved by PEFT 0.21 from a one-layer Llama (hidden 8, 1 KV head of 4, vocabulary 10): LoRA on q_proj, v_proj and the
 * embedding, r 2 and 3, norm saved whole; every value is index · 0.25 − 1.
 */
const golden = fileURLToPath(new URL('./golden/peft/', import.meta.url));
async function filesOf({ config, tensors }: PeftAdapter): Promise<Map<string, Blob>> {
  const blobs = new Map<string, Blob>();
  for (const { path, parts } of peftFiles(config, tensors)) {
    const done: Bytes[] = [];
    for await (const part of parts) done.push(part);
    blobs.set(path, new Blob(done));
  }
  return blobs;
}

const small: PeftAdapter = {
  config: { r: 2, peft_type: 'LORA', task_type: 'CAUSAL_LM', base_model_name_or_path: 'owner/base' },
  tensors: new Map([
    ['model.q_proj.lora_A.weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ['prompt_embeddings', { shape: [1], data: Float32Array.of(7) }],
  ]),
};

describe('a PEFT adapter', () => {
  it('saved by PEFT is read with its config and every tensor', async () => {
    const { config, tensors } = await readPeft(nodeFiles(golden));
    expect(config).toMatchObject({ peft_type: 'LORA', base_model_name_or_path: 'owner/tiny', lora_dropout: 0.05 });
    expect(tensors.get('model.embed_tokens.lora_embedding_A')?.shape).toEqual([2, 10]);
    const { shape, data } = tensors.get('model.layers.0.self_attn.v_proj.lora_A.weight')!;
    expect([shape, [...data].slice(0, 3)]).toEqual([
      [3, 8],
      [-1, -0.75, -0.5],
    ]);
  });

  it('is read with the bias of a saved head, which PEFT also keeps without its own name', async () => {
    const weights = ['classifier.bias', 'classifier.modules_to_save.bias', 'classifier.original_module.bias'].map(
      (name, at) => {
        const data = Float32Array.of(at === 2 ? 9 : 5);
        return { name: `base_model.model.${name}`, dtype: 'F32' as const, shape: [1], data };
      },
    );
    const blobs = new Map([
      ['adapter_config.json', new Blob(['{"peft_type": "LORA", "bias": "all"}'])],
      ['adapter_model.safetensors', new Blob([writeSafetensors(weights, {})])],
    ]);
    const { tensors } = await readPeft(blobFiles(blobs));
    expect(tensors).toEqual(new Map([['classifier.bias', { shape: [1], data: Float32Array.of(5) }]]));
  });

  it('saved by an older PEFT is read from its adapter_model.bin', async () => {
    const weights = await readFile(new URL('./golden/torch/adapter_model.bin', import.meta.url));
    const blobs = new Map([
      ['adapter_config.json', new Blob(['{"peft_type": "LORA"}'])],
      ['adapter_model.bin', new Blob([weights])],
    ]);
    const { tensors } = await readPeft(blobFiles(blobs));
    const shape = [2, 3];
    const data = Float32Array.of(-1, -0.75, -0.5, -0.25, 0, 0.25);
    expect(tensors).toEqual(new Map([['model.layers.0.self_attn.q_proj.lora_A.weight', { shape, data }]]));
  });

  it('is written back to the very bytes that PEFT wrote', async () => {
    const files = await filesOf(await readPeft(nodeFiles(golden)));
    const bytesOf = async (path: string) => Buffer.from(await files.get(path)!.arrayBuffer());
    const weights = 'adapter_model.safetensors';
    expect((await bytesOf(weights)).equals(await readFile(golden + weights))).toBe(true);
    const config = await readFile(`${golden}adapter_config.json`, 'utf8');
    expect((await bytesOf('adapter_config.json')).toString().trim()).toBe(config.trim());
  });

  it('survives writing and reading, the bare name of a prompt included', async () => {
    const read = await readPeft(blobFiles(await filesOf(small)));
    expect(read).toEqual(small);
  });
});

describe('a folder that is no adapter is refused with its reason', () => {
  const replaced = async (changes: Record<string, Blob | null>) => {
    const blobs = await filesOf(small);
    for (const [path, blob] of Object.entries(changes)) blob ? blobs.set(path, blob) : blobs.delete(path);
    return readPeft(blobFiles(blobs));
  };
  const [config, weights] = ['adapter_config.json', 'adapter_model.safetensors'];
  const stranger = writeSafetensors([{ name: 'q_proj.lora_A', dtype: 'F32', shape: [1], data: Float32Array.of(1) }]);

  const hostile = new Blob([readFileSync(new URL('./golden/torch/hostile.bin', import.meta.url))]);

  it.each<[string, Record<string, Blob | null>, string, string]>([
    ['no config', { [config]: null }, 'file-missing', config],
    ['no weights', { [weights]: null }, 'file-missing', weights],
    ['a pickle that is no weights', { [weights]: null, 'adapter_model.bin': hostile }, 'torch-invalid', 'posix.system'],
    ['a config that is no JSON', { [config]: new Blob(['{']) }, 'adapter-invalid', 'not JSON'],
    ['a config that is no object', { [config]: new Blob(['[]']) }, 'adapter-invalid', 'no object'],
    ['tensors of another program', { [weights]: new Blob([stranger]) }, 'adapter-invalid', 'not named as PEFT'],
  ])('%s', async (_, changes, code, reason) => {
    await expect(replaced(changes)).rejects.toMatchObject({ code, message: expect.stringContaining(reason) });
  });
});
