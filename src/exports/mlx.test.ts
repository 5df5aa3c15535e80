import { expect, test } from 'vitest';
import { openSafetensors } from '../files/safetensors.ts';
import { goldenRun } from '../testing/golden-run.ts';
import { written } from '../testing/written.ts';
import { resolveTuning, type TuningSettings } from '../tuning/resolve.ts';
import { mlx } from './mlx.ts';
import type { Tuned } from './target.ts';
import { factsOfTuned, weightsAlone } from './targets.ts';

/** An adapter whose values tell where they came from: each is its index. */
async function exported(name: string, changes: Partial<TuningSettings> = {}) {
  const { open: base, config } = await goldenRun(name);
  const tuning = resolveTuning(base.model, { ...config.tuning, ...changes }, 1e-3);
  const shapes = new Map(tuning.adapterParameters.map((parameter) => [parameter.name, parameter.shape]));
  const read = async (key: string) => {
    const shape = shapes.get(key)!;
    return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, index) => index);
  };
  const files = await written(await mlx.write(weightsAlone({ base, baseName: 'owner/name', tuning }, read)));
  const weights = await openSafetensors(files, 'adapters.safetensors');
  return {
    config: JSON.parse(await files.text('adapter_config.json')),
    weights,
    readme: await files.text('README.md'),
  };
}

test('the same modules of every layer go by their names within a layer', async () => {
  const { config, weights, readme } = await exported('llama-lora');
  expect(config).toMatchObject({ fine_tune_type: 'lora', num_layers: 3, lora_parameters: { rank: 4, scale: 3 } });
  expect(config.lora_parameters.keys).toContain('self_attn.q_proj');
  const [a, b] = ['lora_a', 'lora_b'].map((part) => `model.layers.0.self_attn.k_proj.${part}`) as [string, string];
  expect([weights.tensors.get(a)?.shape, weights.tensors.get(b)?.shape]).toEqual([
    [48, 4],
    [4, 24],
  ]);
  // A [4, 48] and B [24, 4] the other way round.
  expect([...(await weights.readFloats(a))].slice(0, 5)).toEqual([0, 48, 96, 144, 1]);
  expect([...(await weights.readFloats(b))].slice(0, 3)).toEqual([0, 4, 8]);
  expect(readme).toContain('load("owner/name", adapter_path="path/to/this/folder")');
});

test('of the last layers alone their number is said', async () => {
  const { config } = await exported('llama-lora', { lora_target_modules: ['q_proj'], layers_to_transform: [1, 2] });
  expect(config).toMatchObject({ num_layers: 2, lora_parameters: { keys: ['self_attn.q_proj'] } });
});

test('what is elsewhere, or not alike in the layers, goes by whole paths', async () => {
  const { config } = await exported('llama-lora', { lora_target_modules: ['q_proj'], layers_to_transform: [0, 2] });
  expect(config.lora_parameters.keys).toEqual(['model.layers.0.self_attn.q_proj', 'model.layers.2.self_attn.q_proj']);
  const gpt2 = await exported('gpt2-lora', { lora_target_modules: ['h.1.attn.c_attn', 'h.0.mlp.c_fc'] });
  expect(gpt2.config.lora_parameters.keys).toEqual(['model.h.0.mlp.c_fc', 'model.h.1.attn.c_attn']);
});

test('Qwen 3.5 lies in mlx-lm one level higher than in transformers', async () => {
  const targets = { method: 'lora', lora_r: 2, lora_alpha: 4, lora_target_modules: ['in_proj_qkv', 'q_proj'] } as const;
  const { config, weights } = await exported('qwen3_5-full', { ...targets, train_parameters: [] });
  expect(config.lora_parameters.keys).toEqual([
    'language_model.model.layers.0.linear_attn.in_proj_qkv',
    'language_model.model.layers.1.self_attn.q_proj',
    'language_model.model.layers.2.linear_attn.in_proj_qkv',
  ]);
  expect(weights.tensors.has('language_model.model.layers.1.self_attn.q_proj.lora_a')).toBe(true);
});

test('ranks that differ are filled with zeros, and scales that differ are in B', async () => {
  const patterns = { rank_pattern: { v_proj: 1 }, alpha_pattern: { v_proj: 5 } };
  const { config, weights } = await exported('llama-lora', { ...patterns, lora_target_modules: ['q_proj', 'v_proj'] });
  expect(config.lora_parameters).toMatchObject({ rank: 4, scale: 1 });
  const b = await weights.readFloats('model.layers.0.self_attn.v_proj.lora_b');
  expect([...b].slice(0, 4)).toEqual([0, 5, 10, 15]);
  expect([...b].slice(24)).toEqual(Array(72).fill(0));
  const a = await weights.readFloats('model.layers.0.self_attn.v_proj.lora_a');
  expect([...a].slice(0, 9)).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 2]);
  const q = await weights.readFloats('model.layers.0.self_attn.q_proj.lora_b');
  expect(q[1]).toBe(3 * 4);
});

test('DoRA has its lengths beside the pair', async () => {
  const { config, weights } = await exported('llama-dora');
  expect(config.fine_tune_type).toBe('dora');
  expect(weights.tensors.get('model.layers.0.self_attn.q_proj.m')?.shape).toEqual([48]);
});

test('longrope is refused, which mlx-lm computes as for long texts alone', async () => {
  const { open } = await goldenRun('phi3-lora');
  const refusal = (rope: object) => {
    const model = { ...open.model, config: { ...open.model.config, rope_parameters: rope } };
    const tuning = resolveTuning(open.model, { method: 'lora', lora_target_modules: ['qkv_proj'] });
    const tuned = { base: { ...open, model }, baseName: null, tuning } as Tuned;
    return mlx.refuses({ ...factsOfTuned(tuned), tuned })?.message;
  };
  expect(refusal({ rope_type: 'longrope' })).toContain('long texts at every length');
  expect(refusal({ rope_type: 'default' })).toBeUndefined();
});

test('windows that mlx-lm leaves out are told', async () => {
  const { open } = await goldenRun('gemma2-lora');
  expect(open.model.config.sliding_window).toBe(6);
  expect((await exported('gemma2-lora')).readme).toContain('longer than 6 tokens it answers differently');
  for (const name of ['gemma3-lora', 'llama-lora']) {
    expect((await exported(name)).readme).not.toContain('answers differently');
  }
});

test.each([
  ['weights trained beside the adapter', 'llama-lora', { modules_to_save: ['norm'] }, 'weights of the base'],
  ['an adapted table that the head is tied to', 'gpt2-lora', { lora_target_modules: ['wte'] }, 'tied'],
  ['an adapted head that is tied', 'gpt2-lora', { lora_target_modules: ['lm_head', 'c_attn'] }, 'tied'],
])('%s is refused by its reason', async (_, name, changes, reason) => {
  await expect(exported(name, changes)).rejects.toThrow(reason);
});
