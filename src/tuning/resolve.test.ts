import { describe, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import forward from '../models/golden/forward.json';
import qwen from '../models/golden/qwen2.5-0.5b.json';
import { modelFromConfig } from '../models/registry.ts';
import decay from './golden/decay.json';
import shares from './golden/shares.json';
import targets from './golden/targets.json';
import { loraModules } from './lora.ts';
import type { TuningSettings } from './method.ts';
import { resolveTuning } from './resolve.ts';
import { trainableParameters, trainedShare } from './tuning.ts';

const tiny = modelFromConfig({
  model_type: 'llama',
  vocab_size: 16,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 12,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  max_position_embeddings: 32,
});
const qwenModel = modelFromConfig(qwen);

function refusalOf(settings: TuningSettings, model = tiny): AppError {
  try {
    resolveTuning(model, settings);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe.each(targets)('LoRA on $settings', ({ settings, modules, trained, total }) => {
  test('adapts the modules, with the ranks and scales, that PEFT adapts', () => {
    const { target_modules, ...rest } = settings as Record<string, unknown> & { target_modules: string | string[] };
    const chosen = { method: 'lora', lora_r: 4, lora_alpha: 16, lora_target_modules: target_modules, ...rest };
    const tuning = resolveTuning(tiny, chosen as TuningSettings);
    const ours = Object.fromEntries(
      [...loraModules(tiny, chosen as TuningSettings)].map(([path, { rank, scale }]) => [path, [rank, scale]]),
    );
    expect(ours).toEqual(modules);
    expect(trainedShare(tiny, tuning)).toMatchObject({ trained, total });
  });
});

describe.each(decay)('$model', ({ config, decayed }) => {
  test('weight decay takes the parameters that the Trainer of transformers decays', () => {
    const model = modelFromConfig(config);
    const trainable = trainableParameters(model, resolveTuning(model, { method: 'full' }));
    expect(trainable.map(({ name }) => name)).toEqual(model.parameters.map(({ name }) => name));
    expect(trainable.flatMap(({ name, decay: decays }) => (decays ? [name] : [])).sort()).toEqual(decayed);
  });
});

test('a norm is not decayed whatever its name, such as the ln_1 of GPT-2', () => {
  const norm = {
    name: 'transformer.h.0.ln_1.weight',
    module: 'transformer.h.0.ln_1',
    shape: [8],
    role: 'norm',
  } as const;
  const model = { ...tiny, parameters: [{ ...norm, publishedNames: [norm.name] }] };
  expect(trainableParameters(model, resolveTuning(model, { method: 'full' }))).toMatchObject([{ decay: false }]);
});

test('LoRA of rank 16 on every linear layer of Qwen2.5-0.5B trains 1.75%', () => {
  const settings = { method: 'lora', lora_r: 16, lora_alpha: 32, lora_target_modules: 'all-linear' };
  const share = trainedShare(qwenModel, resolveTuning(qwenModel, settings));
  expect(share.trained).toBe(8_798_208);
  expect(share.percent).toBeCloseTo(1.7497, 4);
});

describe('LoRA on the fused projection of a GPT-2 of 1.7 billion parameters', () => {
  const model = modelFromConfig({
    ...{ model_type: 'gpt2', n_embd: 2304, n_layer: 24, n_head: 24, n_positions: 2048, vocab_size: 51200 },
  });
  test.each(shares)('of rank $rank trains as many values as in PEFT', ({ rank, trained, total }) => {
    const tuning = resolveTuning(model, { method: 'lora', lora_r: rank, lora_target_modules: '' });
    expect(trainedShare(model, tuning)).toMatchObject({ trained, total });
    expect(tuning.adapterParameters.at(-1)).toMatchObject({
      name: 'transformer.h.23.attn.c_attn.lora_B.weight',
      shape: [6912, rank],
    });
  });

  test('is 0.05, 0.1 and 0.2% at ranks 4, 8 and 16', () => {
    const percents = shares.map(({ trained, total }) => ((100 * trained) / total).toFixed(2));
    expect(percents).toEqual(['0.05', '0.11', '0.21']);
  });
});

test('no targets named means those PEFT takes for the architecture; no box ticked means none', () => {
  const usual = resolveTuning(tiny, { method: 'lora', lora_target_modules: '' });
  expect([...usual.adapter!.modules].every((path) => /[qv]_proj$/.test(path))).toBe(true);
  expect(usual.adapter!.modules.size).toBe(24);
  expect(refusalOf({ method: 'lora', lora_target_modules: [] }).code).toBe('nothing-trained');
});

test('a model for images is trained itself, and takes no adapter', () => {
  const images = modelFromConfig({
    ...{ architecture: 'resnet18', num_classes: 3, pretrained_cfg: { input_size: [3, 32, 32] } },
  });
  expect(refusalOf({ method: 'lora' }, images)).toMatchObject({
    code: 'setting-unsupported',
    params: { key: 'tuning.method', value: 'lora', supported: 'full' },
  });
  expect(resolveTuning(images, { method: 'full' }).trained.size).toBe(images.parameters.length);
});

test('a ViT takes the methods that step into linear layers alone', () => {
  const vit = modelFromConfig({ model_type: 'vit' });
  for (const method of ['lora', 'ia3', 'vera'] as const)
    expect(resolveTuning(vit, { method, lora_target_modules: ['q_proj', 'fc2'] }).adapter!.modules.size).toBe(24);
  for (const method of ['prompt', 'prefix', 'p-tuning', 'llama-adapter', 'series-adapter', 'parallel-adapter'] as const)
    expect(refusalOf({ method, lora_target_modules: ['q_proj'] }, vit)).toMatchObject({
      code: 'setting-unsupported',
      params: { key: 'tuning.method', value: method, supported: 'full, lora, ia3, vera' },
    });
});

test('LoRA and trained parameters go together, in the order of the model', () => {
  const tuning = resolveTuning(tiny, {
    method: 'lora',
    lora_target_modules: ['q_proj'],
    layers_to_transform: [11],
    train_parameters: [{ contains: 'layers.2.' }, 'model.norm.weight', 'model.embed_tokens.weight'],
  });
  const names = trainableParameters(tiny, tuning).map(({ name }) => name);
  expect(names[0]).toBe('model.embed_tokens.weight');
  expect(names.slice(10)).toEqual([
    'model.norm.weight',
    'model.layers.11.self_attn.q_proj.lora_A.weight',
    'model.layers.11.self_attn.q_proj.lora_B.weight',
  ]);
});

test('what lies beside adapted modules in one that PEFT would save whole is refused, and no bias', () => {
  const hybrid = modelFromConfig(forward.find((each) => each.case === 'qwen3_5_text')!.config);
  const lora = { method: 'lora', lora_target_modules: ['in_proj_qkv', 'up_proj'] } as const;
  expect(refusalOf({ ...lora, train_parameters: [{ contains: 'A_log' }] }, hybrid)).toMatchObject({
    code: 'setting-unsupported',
    params: { key: 'tuning.train_parameters', value: 'model.layers.0.linear_attn.A_log' },
  });
  expect(resolveTuning(hybrid, { ...lora, bias: 'all' }).trained.size).toBe(0);
  const saved = { ...lora, lora_target_modules: ['up_proj'], modules_to_save: ['linear_attn'] };
  expect(resolveTuning(hybrid, saved).trained.size).toBe(9);
});

test('a weight of which LoRA leaves a residual is not trained beside it', () => {
  const settings = { method: 'lora', train_parameters: ['model.layers.0.self_attn.v_proj.weight'] } as const;
  const changing = { ...settings, lora_target_modules: ['q_proj', 'v_proj'], init_lora_weights: 'olora' as const };
  expect(refusalOf(changing)).toMatchObject({
    code: 'setting-unsupported',
    params: { key: 'tuning.train_parameters', value: 'model.layers.0.self_attn.v_proj.weight' },
  });
  expect(resolveTuning(tiny, { ...changing, init_lora_weights: 'lora' }).trained.size).toBe(1);
  expect(resolveTuning(tiny, { ...changing, lora_target_modules: ['q_proj'] }).trained.size).toBe(1);
});

test('Gemma 4 takes no rows that are no tokens, and no adapter on the table that its layers look into', () => {
  const gemma4 = modelFromConfig(forward.find((each) => each.case === 'gemma4_text')!.config);
  for (const method of ['prompt', 'p-tuning'])
    expect(refusalOf({ method }, gemma4)).toMatchObject({
      code: 'setting-unsupported',
      params: { key: 'tuning.method', value: `${method} (of gemma4_text, whose layers embed tokens of their own)` },
    });
  expect(refusalOf({ method: 'lora', lora_target_modules: ['embed_tokens_per_layer'] }, gemma4)).toMatchObject({
    code: 'setting-unsupported',
    params: { value: 'model.embed_tokens_per_layer' },
  });
});

test('a prefix has the heads of the widest layer, and is refused where others have more', () => {
  const published = forward.find((each) => each.case === 'gemma4_text')!.config;
  const withWide = (num_key_value_heads: number) => {
    const wide = { head_dim: 8, num_key_value_heads };
    return modelFromConfig({ ...published, num_key_value_heads: 2, per_layer_config: { 1: wide, 4: wide } });
  };
  const { peftConfig } = resolveTuning(withWide(2), { method: 'prefix' }).adapter!;
  expect(peftConfig).toMatchObject({ num_attention_heads: 2, token_dim: 16 });
  expect(refusalOf({ method: 'prefix' }, withWide(1))).toMatchObject({
    params: { key: 'tuning.method', value: expect.stringContaining('with fewer heads of keys where they are wide') },
  });
});

test('full fine-tuning trains what is selected, or all', () => {
  expect(resolveTuning(tiny, { method: 'full', train_parameters: [{ last_layers: 1 }] }).trained.size).toBe(9);
  expect(resolveTuning(tiny, { method: 'full' }).trained.size).toBe(tiny.parameters.length);
});

test('saved modules and biases are trained beside LoRA', () => {
  const lora = { method: 'lora', lora_target_modules: ['q_proj'], layers_to_transform: [0] } as const;
  const saved = resolveTuning(qwenModel, { ...lora, modules_to_save: ['model.norm'] });
  expect([...saved.trained.keys()]).toEqual(['model.norm.weight']);
  // PEFT compares ends without regard to dots.
  expect(resolveTuning(qwenModel, { ...lora, modules_to_save: ['norm'] }).trained.size).toBe(49);
  expect(resolveTuning(qwenModel, { ...lora, bias: 'all' }).trained.size).toBe(72);
  const only = resolveTuning(qwenModel, { ...lora, bias: 'lora_only' });
  expect([...only.trained.keys()]).toEqual(['model.layers.0.self_attn.q_proj.bias']);
});

test('learning rates fall towards the input, and LoRA+ raises that of B', () => {
  const tuning = resolveTuning(tiny, { method: 'full', layer_wise_lr_decay: 0.5 });
  const factor = (name: string): number => tuning.trained.get(name)!.learningRateFactor;
  expect(factor('lm_head.weight')).toBe(1);
  expect(factor('model.norm.weight')).toBe(1);
  expect(factor('model.layers.11.mlp.up_proj.weight')).toBe(0.5);
  expect(factor('model.layers.0.mlp.up_proj.weight')).toBe(0.5 ** 12);
  expect(factor('model.embed_tokens.weight')).toBe(0.5 ** 13);
  const plus = resolveTuning(tiny, { method: 'lora', lora_plus_ratio: 16, lora_target_modules: ['o_proj'] });
  expect(plus.adapterParameters.slice(0, 2).map((parameter) => parameter.learningRateFactor)).toEqual([1, 16]);
});

test('what is below the layers has the lowest rate, with the norm and projection of embeddings', () => {
  const bert = modelFromConfig({
    ...{ model_type: 'bert', architectures: ['BertForSequenceClassification'], vocab_size: 16, hidden_size: 8 },
    ...{ num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 8, max_position_embeddings: 16 },
  });
  const opt = modelFromConfig({
    ...{ model_type: 'opt', vocab_size: 16, hidden_size: 8, word_embed_proj_dim: 4, ffn_dim: 8 },
    ...{ num_hidden_layers: 2, num_attention_heads: 2, max_position_embeddings: 16, do_layer_norm_before: false },
  });
  const albert = modelFromConfig({
    ...{ model_type: 'albert', vocab_size: 16, hidden_size: 8, embedding_size: 4, num_hidden_layers: 4 },
    ...{ num_hidden_groups: 2, num_attention_heads: 2, intermediate_size: 8, max_position_embeddings: 16 },
  });
  const factors = (model: typeof tiny) => resolveTuning(model, { method: 'full', layer_wise_lr_decay: 0.5 }).trained;
  for (const part of ['word_embeddings', 'position_embeddings', 'LayerNorm'])
    expect(factors(bert).get(`bert.embeddings.${part}.weight`)!.learningRateFactor).toBe(0.125);
  expect(factors(bert).get('bert.encoder.layer.1.output.dense.weight')!.learningRateFactor).toBe(0.5);
  expect(factors(bert).get('bert.pooler.dense.weight')!.learningRateFactor).toBe(1);
  expect(factors(opt).get('model.decoder.project_in.weight')!.learningRateFactor).toBe(0.125);
  expect(factors(opt).get('model.decoder.project_out.weight')!.learningRateFactor).toBe(1);
  // Its four layers are two by their parameters.
  const groups = [0, 1].map((group) => `albert.encoder.albert_layer_groups.${group}.albert_layers.0.ffn.weight`);
  const ofAlbert = ['albert.encoder.embedding_hidden_mapping_in.weight', ...groups, 'albert.pooler.weight'];
  expect(ofAlbert.map((name) => factors(albert).get(name)!.learningRateFactor)).toEqual([0.125, 0.25, 0.5, 1]);
});

test('layers with a learning rate of their own have it, whatever the run has', () => {
  const settings = {
    method: 'full',
    differential_learning_rate_layers: ['embed_tokens'],
    differential_learning_rate: 1e-5,
  };
  const { trained } = resolveTuning(tiny, settings, 1e-4);
  expect(trained.get('model.embed_tokens.weight')!.learningRateFactor).toBeCloseTo(0.1, 12);
  expect(trained.get('lm_head.weight')!.learningRateFactor).toBe(1);
  expect(refusalOf(settings).message).toContain('training.learning_rate');
});

test.each<[string, TuningSettings, string, string]>([
  ['a target that no module has', { method: 'lora', lora_target_modules: ['c_attn'] }, 'nothing-matched', 'c_attn'],
  [
    'targets that are all excluded, as by PEFT',
    { method: 'lora', lora_target_modules: ['q_proj'], exclude_modules: ['q_proj', 'v_proj'] },
    'all-excluded',
    'q_proj',
  ],
  [
    'an exclusion of a name that no module has, of which PEFT warns',
    { method: 'lora', lora_target_modules: ['q_proj'], exclude_modules: ['q_projj', 'mlp'] },
    'nothing-excluded',
    'q_projj, mlp',
  ],
  ['a malformed expression', { method: 'lora', lora_target_modules: '(q_proj' }, 'run-config-invalid', '(q_proj'],
  [
    'DoRA on the head',
    { method: 'lora', use_dora: true, lora_target_modules: ['lm_head'] },
    'setting-unsupported',
    'lm_head',
  ],
  ['VeRA on the head', { method: 'vera', lora_target_modules: ['lm_head'] }, 'setting-unsupported', 'lm_head'],
  [
    'an expression beside numbers of layers',
    { method: 'lora', lora_target_modules: 'all-linear', layers_to_transform: [1] },
    'run-config-invalid',
    'layers_to_transform',
  ],
  [
    'a pattern of layers without their numbers',
    { method: 'lora', lora_target_modules: ['q_proj'], layers_pattern: ['layers'] },
    'run-config-invalid',
    'layers_pattern',
  ],
  ['LoRA on a norm', { method: 'lora', lora_target_modules: '.*norm' }, 'setting-unsupported', 'layernorm'],
  [
    'a share that fits nothing',
    { method: 'full', train_parameters: [{ nearest_output: 0 }] },
    'nothing-trained',
    'selected',
  ],
  ['a method that there is not', { method: 'boft' }, 'setting-unsupported', 'full, lora, ia3, prompt, prefix'],
  ['half a rank', { method: 'lora', rank_pattern: { q_proj: 1.5 } }, 'run-config-invalid', 'rank 1.5'],
  ['a module to save that is not there', { method: 'lora', modules_to_save: ['score'] }, 'nothing-matched', 'score'],
])('%s is refused clearly', (_what, settings, code, words) => {
  const refusal = refusalOf(settings);
  expect(refusal.code).toBe(code);
  expect(refusal.message).toContain(words);
});
