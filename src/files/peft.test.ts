import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { nodeFiles } from '../cli/node-files.ts';
import { blobFiles } from './blob-files.ts';
import { adapterFiles, type LoraAdapter, type LoraModule } from './peft.ts';
import { readAdapter } from './peft-read.ts';
import { writeSafetensors } from './safetensors-write.ts';

/**
 * Saved by PEFT 0.21 from a one-layer Llama (hidden 8, 1 KV head of 4, vocabulary 10): LoRA on q_proj, v_proj and the
 * embedding, r 2 and 3, norm saved whole; every value is index · 0.25 − 1.
 */
const golden = new URL('./golden/peft/', import.meta.url).pathname;

const floats = (count: number, start = 0) => Float32Array.from({ length: count }, (_, i) => start + i);

function module(path: string, rank = 2, alpha = 4): LoraModule {
  return { path, rank, alpha, inFeatures: 3, outFeatures: 5, a: floats(rank * 3), b: floats(5 * rank, 100) };
}

const adapter = (modules: LoraModule[], more: Partial<LoraAdapter> = {}): LoraAdapter => ({
  modules,
  saved: [],
  baseModel: 'owner/base',
  revision: null,
  taskType: 'CAUSAL_LM',
  dropout: 0.05,
  useRslora: false,
  useDora: false,
  fanInFanOut: false,
  ...more,
});

type Replacements = Record<string, Blob | null>;
const written = (source: LoraAdapter, all: readonly string[] = [], replaced: Replacements = {}) => {
  const blobs = new Map(adapterFiles(source, all).map(({ path, parts }) => [path, new Blob([...parts])]));
  for (const [path, blob] of Object.entries(replaced)) blob ? blobs.set(path, blob) : blobs.delete(path);
  return blobFiles(blobs);
};
const configOf = async (source: LoraAdapter, all?: string[]) =>
  JSON.parse(await written(source, all).text('adapter_config.json'));

describe('a PEFT adapter', () => {
  it('saved by PEFT is read with its ranks, scales, embedding and saved modules', async () => {
    const read = await readAdapter(nodeFiles(golden));
    expect(read).toMatchObject({ baseModel: 'owner/tiny', taskType: 'CAUSAL_LM', dropout: 0.05, useRslora: true });
    const byPath = new Map(read.modules.map((one) => [one.path, one]));
    expect([...byPath.keys()].sort()).toEqual([
      'model.embed_tokens',
      'model.layers.0.self_attn.q_proj',
      'model.layers.0.self_attn.v_proj',
    ]);
    expect(byPath.get('model.layers.0.self_attn.v_proj')).toMatchObject({ rank: 3, alpha: 5, inFeatures: 8 });
    expect(byPath.get('model.layers.0.self_attn.v_proj')?.outFeatures).toBe(4);
    expect(byPath.get('model.layers.0.self_attn.q_proj')).toMatchObject({ rank: 2, alpha: 6, outFeatures: 8 });
    expect(byPath.get('model.embed_tokens')).toMatchObject({ embedding: true, inFeatures: 10, outFeatures: 8 });
    expect([...byPath.get('model.layers.0.self_attn.q_proj')!.a].slice(0, 3)).toEqual([-1, -0.75, -0.5]);
    expect(read.saved).toMatchObject([{ name: 'model.norm.weight', shape: [8] }]);
  });

  it('is written back to the very bytes that PEFT wrote', async () => {
    const files = adapterFiles(await readAdapter(nodeFiles(golden)));
    const weights = Buffer.concat(files.find(({ path }) => path === 'adapter_model.safetensors')!.parts);
    expect(weights.equals(await readFile(`${golden}adapter_model.safetensors`))).toBe(true);
  });

  it('has a config whose every key PEFT knows, sorted', async () => {
    const config = await configOf(adapter([module('model.layers.0.self_attn.q_proj')]));
    const known = Object.keys(JSON.parse(await readFile(`${golden}adapter_config.json`, 'utf8')));
    expect(known).toEqual(expect.arrayContaining(Object.keys(config)));
    expect(Object.keys(config)).toEqual(Object.keys(config).sort());
  });

  it('survives writing and reading, DoRA and unequal ranks included', async () => {
    const modules = [
      { ...module('model.layers.0.q_proj'), magnitude: floats(5) },
      { ...module('model.layers.1.q_proj', 4, 8), magnitude: floats(5) },
      { ...module('model.layers.2.q_proj'), magnitude: floats(5) },
    ];
    const saved = [
      { name: 'lm_head.weight', shape: [2, 3], data: floats(6) },
      { name: 'model.layers.0.q_proj.bias', shape: [5], data: floats(5) },
    ];
    const original = adapter(modules, { saved, useDora: true, revision: 'abc', baseModel: null });
    expect(await readAdapter(written(original))).toEqual(original);
    const config = await configOf(original);
    expect(config).toMatchObject({ r: 2, lora_alpha: 4, modules_to_save: ['lm_head'] });
    expect(config.rank_pattern).toEqual({ 'model.layers.1.q_proj': 4 });
    expect(config.alpha_pattern).toEqual({ 'model.layers.1.q_proj': 8 });
  });

  it('names a kind of module only where all of that kind are adapted', async () => {
    const all = ['layers.0.q_proj', 'layers.0.v_proj', 'layers.1.q_proj', 'layers.1.v_proj'];
    const chosen = [module('layers.0.q_proj'), module('layers.1.q_proj'), module('layers.1.v_proj')];
    expect((await configOf(adapter(chosen), all)).target_modules).toEqual(['layers.1.v_proj', 'q_proj']);
    expect((await configOf(adapter(chosen))).target_modules).toEqual(chosen.map(({ path }) => path).sort());
  });
});

describe('an adapter that does not fit is refused with its reason', () => {
  const path = 'model.layers.0.self_attn.q_proj';
  const json = (value: unknown) => new Blob([JSON.stringify(value)]);
  const good = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj'] };
  const withConfig = (config: unknown) => written(adapter([module(path)]), [], { 'adapter_config.json': json(config) });

  it('loads with the few keys PEFT itself needs', async () => {
    expect((await readAdapter(withConfig(good))).modules[0]).toMatchObject({ path, rank: 2, alpha: 4 });
  });

  it.each<[string, object, string]>([
    ['another method', { ...good, peft_type: 'IA3' }, 'IA3'],
    ['another rank', { ...good, r: 3 }, 'config says 3'],
    ['an untargeted module', { ...good, target_modules: ['v_proj'] }, 'not among target_modules'],
    ['an untargeted layer', { ...good, layers_to_transform: [3] }, 'not among target_modules'],
    ['a bad pattern', { ...good, target_modules: '(q_proj' }, 'regular expression'],
    ['DoRA without magnitudes', { ...good, use_dora: true }, 'lora_magnitude_vector'],
    ['an extension', { ...good, use_qalora: true }, 'use_qalora'],
  ])('%s', async (_, config, reason) => {
    await expect(readAdapter(withConfig(config))).rejects.toMatchObject({
      code: 'adapter-invalid',
      message: expect.stringContaining(reason),
    });
  });

  it('for another base model, or short of a tensor', async () => {
    const files = withConfig(good);
    const expectReason = (base: Map<string, { inFeatures: number; outFeatures: number }>, reason: string) =>
      expect(readAdapter(files, base)).rejects.toMatchObject({ message: expect.stringContaining(reason) });
    const size = { inFeatures: 3, outFeatures: 5 };
    expect((await readAdapter(files, new Map([[path, size]]))).modules.length).toBe(1);
    await expectReason(new Map([['other', size]]), 'no module');
    await expectReason(new Map([[path, { ...size, inFeatures: 4 }]]), 'made for 3 → 5');
    await expectReason(
      new Map([
        [path, size],
        ['model.layers.1.self_attn.q_proj', size],
      ]),
      'no tensors for it',
    );
  });

  it('with tensors of another kind', async () => {
    const withTensor = async (name: string) => {
      const tensors = [{ name, dtype: 'F32', shape: [1], data: floats(1) } as const];
      return readAdapter(
        written(adapter([module(path)]), [], { 'adapter_model.safetensors': new Blob([writeSafetensors(tensors)]) }),
      );
    };
    const expectReason = (name: string, reason: string) =>
      expect(withTensor(name)).rejects.toMatchObject({
        code: 'adapter-invalid',
        message: expect.stringContaining(reason),
      });
    await expectReason('transformer.q_proj.lora_A.weight', 'not named as PEFT');
    await expectReason(`base_model.model.${path}.lora_C.weight`, 'unknown kind');
    await expectReason('base_model.model.lm_head.weight', 'no LoRA tensor');
    await expectReason(`base_model.model.${path}.lora_A.weight`, '[1]');
  });

  it('without its files', async () => {
    const without = (name: string, more: Replacements = {}) =>
      readAdapter(written(adapter([module(path)]), [], { [name]: null, ...more }));
    await expect(without('adapter_config.json')).rejects.toMatchObject({ code: 'file-missing' });
    await expect(without('adapter_model.safetensors')).rejects.toMatchObject({ code: 'file-missing' });
    await expect(without('adapter_model.safetensors', { 'adapter_model.bin': new Blob(['x']) })).rejects.toMatchObject({
      code: 'adapter-invalid',
    });
  });
});
