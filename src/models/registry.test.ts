import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { mixtureTypes } from './experts.ts';
import { readGemma3nConfig } from './gemma3n-config.ts';
import classifiers from './golden/classifiers.json';
import forward from './golden/forward.json';
import heads from './golden/heads.json';
import qwen from './golden/qwen2.5-0.5b.json';
import type { Problem } from './head-kinds.ts';
import { attentionLayer } from './layers.ts';
import { rangeInputs, requireTextModel } from './model.ts';
import { modelFromConfig, supportedModelTypes } from './registry.ts';

const textModel = (config: unknown) => requireTextModel(modelFromConfig(config));

const countOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

function refusalOf(config: unknown): AppError {
  try {
    modelFromConfig(config);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe.each([...forward, ...classifiers])('$case', ({ config, parameters }) => {
  test('parameters have the names, shapes and order of transformers', () => {
    const ours = modelFromConfig(config).parameters.map(({ name, shape }) => `${name} ${shape.join('x')}`);
    expect(ours).toEqual(parameters);
  });
});

test.each(classifiers)('$case has the name of its class in transformers', ({ config }) => {
  expect(modelFromConfig(config).classifier?.architecture).toBe(config.architectures[0]);
});

test('what heads transformers has is recorded of every type', () => {
  expect(Object.keys(heads).sort()).toEqual([...supportedModelTypes].sort());
});

test.each(Object.entries(heads))(
  '%s classifies texts and tokens where transformers does',
  (type, { sequence, ...ofTokens }) => {
    const { config } = [...classifiers, ...forward].find((each) => each.config.model_type === type)!;
    const classOf = (problem: Problem) => {
      try {
        const { classifier, headParameter } = modelFromConfig(config, { problem, outputs: 3, names: [] });
        return { architecture: classifier!.architecture, head: headParameter.split('.')[0] };
      } catch (error) {
        expect(error).toMatchObject({ code: 'task-unsupported' });
        return { architecture: null, head: null };
      }
    };
    expect(classOf('single_label_classification').architecture).toBe(sequence);
    expect(classOf('token_classification')).toEqual({ architecture: ofTokens.tokens, head: ofTokens.tokenHead });
  },
);

test('mixtures are the types whose layers have experts', () => {
  const withExperts = forward
    .filter(({ config }) => modelFromConfig(config).parameters.some(({ role }) => role === 'experts'))
    .map(({ config }) => config.model_type);
  expect(new Set(withExperts)).toEqual(mixtureTypes);
});

test('the config.json of Qwen2.5-0.5B gives its 494,032,768 parameters', () => {
  const model = textModel(qwen);
  expect(model.parameters.reduce((sum, { shape }) => sum + countOf(shape), 0)).toBe(494_032_768);
  expect(model.headParameter).toBe('model.embed_tokens.weight');
  expect(model.layers).toEqual(Array(24).fill(attentionLayer({ kvHeads: 2, headDim: 64 })));
  expect(rangeInputs(model)).toEqual([{ keyRange: 'keyRange', queryRange: 'queryRange' }]);
});

test.each(['vocab_size', 'intermediate_size', 'head_dim'])('a config with an absurd %s is refused', (key) => {
  const config = JSON.parse(readFileSync(new URL('../../public/example/model/config.json', import.meta.url), 'utf8'));
  for (const absurd of [2 ** 30, 2 ** 40, 2 ** 53])
    expect(() => modelFromConfig({ ...config, [key]: absurd })).toThrow(
      expect.objectContaining({ code: 'config-invalid' }),
    );
});

test('layers know their index, and files of a bare model are found by their shorter names', () => {
  const { parameters } = modelFromConfig(qwen);
  const bias = parameters.find(({ name }) => name === 'model.layers.11.self_attn.q_proj.bias');
  expect(bias).toMatchObject({ layer: 11, role: 'bias', module: 'model.layers.11.self_attn.q_proj', shape: [896] });
  expect(bias?.publishedNames).toContain('layers.11.self_attn.q_proj.bias');
  expect(parameters[0]).toMatchObject({ role: 'embedding' });
  expect(parameters[0]?.layer).toBeUndefined();
});

test('published GPT-2 files, which lack the prefix of the task class, are found', () => {
  const { parameters } = modelFromConfig({ model_type: 'gpt2' });
  expect(parameters.reduce((sum, { shape }) => sum + countOf(shape), 0)).toBe(124_439_808);
  const names = new Map(parameters.map(({ name, publishedNames }) => [name, publishedNames]));
  expect(names.get('transformer.h.3.attn.c_attn.weight')).toContain('h.3.attn.c_attn.weight');
  expect(names.get('transformer.wte.weight')).toEqual(['transformer.wte.weight', 'wte.weight', 'lm_head.weight']);
});

test('a model that slides in its upper layers only reads two kinds of ranges', () => {
  const config = forward.find((each) => each.case === 'qwen2, upper layer slides')!.config;
  expect(rangeInputs(textModel(config))).toEqual([
    { keyRange: 'keyRange', queryRange: 'queryRange' },
    { keyRange: 'slidingKeyRange', queryRange: 'slidingQueryRange', window: 2 },
  ]);
});

test('layers that slide by different windows are no model yet, and are not read by the window of one', () => {
  const layers = [2, 3].map((window) => attentionLayer({ kvHeads: 1, headDim: 4, window }));
  expect(() => rangeInputs({ ...textModel(qwen), layers })).toThrow('slide by 2 and by 3');
});

test('an unknown type is refused with the types there are', () => {
  const refusal = refusalOf({ model_type: 'mamba' });
  expect(refusal.code).toBe('model-type-unsupported');
  expect(refusal.message).toContain('"mamba"');
  expect(refusal.message).toContain('one of these types: llama, mistral, ');
  expect(refusalOf({ model_type: 'constructor' }).code).toBe('model-type-unsupported');
});

test.each([
  ['a list', [], 'not a JSON object'],
  ['no model_type', { hidden_size: 4 }, 'model_type is missing'],
  ['a missing size', { ...qwen, hidden_size: undefined }, 'hidden_size is missing'],
  ['a size that is text', { ...qwen, vocab_size: '151936' }, 'vocab_size is "151936"'],
  ['heads that do not share keys evenly', { ...qwen, num_key_value_heads: 4 }, 'not a multiple'],
  ['heads that do not divide the width', { ...qwen, num_attention_heads: 13 }, 'hidden_size 896'],
  ['an odd head', { ...qwen, head_dim: 63 }, 'odd'],
  ['a thousand million layers', { ...qwen, num_hidden_layers: 1e9 }, 'more than any model has'],
  ['as many in GPT-2', { model_type: 'gpt2', n_layer: 1e9 }, 'more than any model has'],
  ['an unknown activation', { ...qwen, hidden_act: 'quick_gelu' }, '"quick_gelu" is not one of silu'],
  [
    'layer types of another length',
    { ...qwen, use_sliding_window: true, layer_types: ['full_attention'] },
    'layer_types',
  ],
  [
    'a kind of layer that LFM2 does not have',
    { ...qwen, model_type: 'lfm2', layer_types: ['conv', 'sliding_attention'] },
    'full_attention or conv',
  ],
  [
    'a kind of layer that Qwen3.5 does not have',
    { ...qwen, model_type: 'qwen3_5_text', layer_types: ['conv', 'full_attention'] },
    'full_attention or linear_attention',
  ],
  [
    'heads of v that do not share keys evenly',
    { ...qwen, model_type: 'qwen3_5_text', linear_num_key_heads: 3, linear_num_value_heads: 4 },
    'linear_num_value_heads 4 is not a multiple',
  ],
  [
    'a convolution of one tap in Qwen3.5',
    { ...qwen, model_type: 'qwen3_5_text', linear_conv_kernel_dim: 1 },
    'linear_conv_kernel_dim is 1',
  ],
  ['a convolution of one tap', { ...qwen, model_type: 'lfm2', conv_L_cache: 1 }, 'conv_L_cache is 1'],
  ['layers of attention that are no numbers', { ...qwen, model_type: 'lfm2', full_attn_idxs: '2' }, 'full_attn_idxs'],
])('config.json with %s is refused with the reason', (_what, config, reason) => {
  const refusal = refusalOf(config);
  expect(refusal.code).toBe('config-invalid');
  expect(refusal.message).toContain(reason);
});

const hybrid = {
  ...{ model_type: 'granitemoehybrid', num_local_experts: 0, layer_types: ['attention', 'attention'] },
  ...{ position_embedding_type: 'rope', shared_intermediate_size: 8 },
};
const [full, sliding] = ['full_attention', 'sliding_attention'];
const gemma4 = {
  ...{ model_type: 'gemma4_text', num_hidden_layers: 4, num_key_value_heads: 1, head_dim: 8 },
  ...{ layer_types: [sliding, full, sliding, full], vocab_size_per_layer_input: 8 },
};
const gemma3n = {
  ...{ model_type: 'gemma3n_text', num_hidden_layers: 4, num_key_value_heads: 1, head_dim: 8, num_kv_shared_layers: 0 },
  layer_types: [sliding, full, sliding, full],
};
const small = { vocab_size: 8, hidden_size: 16, intermediate_size: 8, num_hidden_layers: 2, num_attention_heads: 2 };

test.each([
  ['cross-attention in GPT-2', { model_type: 'gpt2', add_cross_attention: true }, 'cross-attention'],
  [
    'norms without weights in OPT',
    { model_type: 'opt', layer_norm_elementwise_affine: false },
    'norms without weights',
  ],
  [
    'norms of q and k in StableLM',
    { model_type: 'stablelm', num_key_value_heads: 2, qk_layernorm: true },
    'qk_layernorm',
  ],
  ['longrope without factors', { model_type: 'phi3', rope_scaling: { type: 'su' } }, 'short_factor'],
  [
    'longrope with a factor too few',
    {
      model_type: 'phi3',
      rope_scaling: { type: 'longrope', short_factor: [1, 1, 1], original_max_position_embeddings: 9 },
    },
    '3 numbers instead of 4',
  ],
  ['half a pair to rotate', { model_type: 'phi', partial_rotary_factor: 0.7 }, '5 of 8 numbers'],
  ['a part to rotate in Llama', { model_type: 'llama', partial_rotary_factor: 0.5 }, 'partial_rotary_factor'],
  ['attention both ways in Llama', { model_type: 'llama', is_causal: false }, 'is_causal'],
  ['attention both ways in Gemma 3', { model_type: 'gemma3_text', use_bidirectional_attention: true }, 'bidirectional'],
  ['experts in Gemma 4', { ...gemma4, enable_moe_block: true }, 'enable_moe_block'],
  [
    'attention both ways in Gemma 4',
    { ...gemma4, use_bidirectional_attention: 'all' },
    'use_bidirectional_attention "all"',
  ],
  ['layers of Gemma 4 that all read others’ keys', { ...gemma4, num_kv_shared_layers: 4 }, 'has keys for layer 0'],
  [
    'layers of Gemma 4 that slide and read keys of none that does',
    { ...gemma4, num_kv_shared_layers: 3, layer_types: [full, sliding, sliding, full] },
    'has keys for layer 1',
  ],
  ['too small a second table in Gemma 4', { ...gemma4, vocab_size_per_layer_input: 7 }, '7 is below vocab_size 8'],
  ['heads of Gemma 4 that no pairs fill', { ...gemma4, global_head_dim: 7 }, 'the head size 7 is odd'],
  [
    'heads of Gemma 4 that do not share keys evenly',
    { ...gemma4, attention_k_eq_v: true, num_global_key_value_heads: 3 },
    'not a multiple of num_global_key_value_heads 3',
  ],
  [
    'layers of Gemma 4 that differ within a type',
    { ...gemma4, per_layer_config: { 0: { head_dim: 6 }, 3: { head_dim: 10 } } },
    'layers of one type different heads',
  ],
  [
    'something else by layer in Gemma 4',
    { ...gemma4, per_layer_config: { 3: { sliding_window: 6 } } },
    'sliding_window in per_layer_config',
  ],
  [
    'an older way of scaling in Gemma 4',
    { ...gemma4, rope_scaling: { rope_type: 'linear', factor: 8 } },
    'rope_scaling is not read',
  ],
  [
    'one rope for all layers of Gemma 4',
    { ...gemma4, rope_parameters: { rope_type: 'default', rope_theta: 7 } },
    'rope_parameters lacks sliding_attention',
  ],
  [
    'a rope of some layers of Gemma 4',
    { ...gemma4, rope_parameters: { sliding_attention: { rope_theta: 7 } } },
    'rope_parameters lacks full_attention',
  ],
  ['too many streams in Gemma 3n', { ...gemma3n, altup_num_inputs: 9 }, 'altup_num_inputs is 9, not from 2 to 8'],
  ['a single stream in Gemma 3n', { ...gemma3n, altup_num_inputs: 1 }, 'altup_num_inputs is 1'],
  ['a stream of Gemma 3n that is none', { ...gemma3n, altup_active_idx: 4 }, 'altup_active_idx is 4'],
  [
    'clipped coefficients in Gemma 3n',
    { ...gemma3n, altup_coef_clip: 1 },
    'altup_coef_clip is 1: weights are not clipped',
  ],
  [
    'widths of some layers of Gemma 3n',
    { ...gemma3n, intermediate_size: [8, 8, 8] },
    'intermediate_size does not name one for each of 4 layers',
  ],
  ['a width of Gemma 3n that is none', { ...gemma3n, intermediate_size: [8, 8, 0, 8] }, 'intermediate_size is 0'],
  [
    'one sparsity for all layers of Gemma 3n',
    { ...gemma3n, activation_sparsity_pattern: 0.95 },
    'activation_sparsity_pattern does not name a share',
  ],
  [
    'a layer of Gemma 3n that cuts everything off',
    { ...gemma3n, activation_sparsity_pattern: [0, 1, 0, 0] },
    'activation_sparsity_pattern does not name a share',
  ],
  ['layers of Gemma 3n that all read others’ keys', { ...gemma3n, num_kv_shared_layers: 4 }, 'has keys for layer 0'],
  ['more experts than there are', { model_type: 'olmoe', num_experts: 1e6 }, 'num_experts is 1000000 in each of 2'],
  [
    'more experts in all layers than there are',
    { model_type: 'granitemoe', num_local_experts: 1024, num_hidden_layers: 17 },
    'num_local_experts is 1024 in each of 17 layers',
  ],
  ['experts in Granite 4', { ...hybrid, num_local_experts: 62 }, 'num_local_experts is 62'],
  ['experts in Granite 4 that go unsaid', { ...hybrid, num_local_experts: undefined }, 'num_local_experts is 8'],
  ['Mamba layers in Granite 4', { ...hybrid, layer_types: ['mamba', 'attention'] }, 'layers of Mamba'],
  ['unsaid layers of Granite 4', { ...hybrid, layer_types: undefined }, 'layers of Mamba'],
  ['learned positions in Granite 4', { ...hybrid, position_embedding_type: 'learned' }, '"learned"'],
  [
    'a pattern of letters in EXAONE 4',
    { model_type: 'exaone4', num_key_value_heads: 1, sliding_window_pattern: 'LLLG' },
    'sliding_window_pattern "LLLG"',
  ],
  ['a part to rotate in ERNIE', { model_type: 'ernie4_5', partial_rotary_factor: 0.5 }, 'partial_rotary_factor'],
  ['alpha in another type than HunYuan', { model_type: 'llama', rope_scaling: { type: 'dynamic', alpha: 9 } }, 'alpha'],
  [
    'queries of Ministral 3 without their growth',
    {
      ...{ model_type: 'ministral3', num_key_value_heads: 1 },
      rope_parameters: { rope_type: 'yarn', factor: 2, original_max_position_embeddings: 8 },
    },
    'llama_4_scaling_beta is missing',
  ],
  [
    'no theta for the layers of ModernBERT that slide',
    { model_type: 'modernbert', local_rope_theta: null },
    'local_rope_theta',
  ],
  [
    'another pooling in ModernBERT',
    { model_type: 'modernbert', classifier_pooling: 'max' },
    'classifier_pooling "max"',
  ],
  [
    'a thousand layers in each of a thousand groups of ALBERT',
    { model_type: 'albert', num_hidden_groups: 1000, inner_group_num: 1000 },
    'inner_group_num is 1000',
  ],
  [
    'too short a list of layers in SmolLM3',
    { model_type: 'smollm3', num_key_value_heads: 1, no_rope_layers: [1] },
    'no_rope_layers',
  ],
])('%s is refused with the reason', (_what, config, reason) => {
  const refusal = refusalOf({ ...small, ...config });
  expect(refusal.code).toBe('config-invalid');
  expect(refusal.message).toContain(reason);
});

test('Granite 4 with the names that its published files have is read', () => {
  expect(modelFromConfig({ ...small, ...hybrid })).toMatchObject({ modelType: 'granitemoehybrid', heads: 2 });
});

test('a model with longrope takes texts up to the length it was first trained with', () => {
  const rope_scaling = { type: 'longrope', short_factor: [1, 1.1, 1.2, 1.3], long_factor: [2, 2, 2, 2] };
  const lengths = { max_position_embeddings: 131072, original_max_position_embeddings: 4096 };
  const model = modelFromConfig({ ...small, ...lengths, model_type: 'phi3', rope_scaling });
  expect(model).toMatchObject({ maxPositions: 4096, tablePositions: 4096 });
});

test('the head of GPT-NeoX files is found by its older name', () => {
  const head = modelFromConfig({ ...small, model_type: 'gpt_neox' }).parameters.at(-1);
  expect(head).toMatchObject({ role: 'head', name: 'lm_head.weight' });
  expect(head?.publishedNames).toContain('embed_out.weight');
});

test('Gemma 3 has a table for each of its rotations, in either dialect of config.json', () => {
  const shape = {
    ...small,
    head_dim: 4,
    num_key_value_heads: 1,
    model_type: 'gemma3_text',
    max_position_embeddings: 32,
  };
  const older = textModel({ ...shape, rope_theta: 1e6, rope_local_base_freq: 1e4, sliding_window_pattern: 2 });
  const newer = textModel({
    ...shape,
    layer_types: ['sliding_attention', 'full_attention'],
    rope_parameters: { full_attention: { rope_theta: 1e6 }, sliding_attention: { rope_theta: 1e4 } },
  });
  expect(older.layers.map(({ attention }) => attention?.window)).toEqual([4096, undefined]);
  expect(older.tables()).toEqual(newer.tables());
  const [whole, sliding] = older.tables();
  expect(sliding?.data).not.toEqual(whole?.data);
});

test('OLMoE has as many experts as either name says, and nothing in place of a number says none', () => {
  const routerOf = (said: object) =>
    textModel({ ...small, model_type: 'olmoe', ...said }).parameters.find(({ name }) => name.endsWith('.gate.weight'))!;
  expect(routerOf({ num_local_experts: 10 }).shape[0]).toBe(10);
  expect(routerOf({ num_local_experts: null, num_experts: 12 }).shape[0]).toBe(12);
});

test('the last layers of Gemma 4 read the keys of the last one before them that looks as far, and keep none', () => {
  const kinds = [sliding, full, sliding, sliding, sliding, full];
  const config = { ...small, ...gemma4, num_hidden_layers: 6, layer_types: kinds, num_kv_shared_layers: 2 };
  const { layers, parameters, constants } = textModel(config);
  expect(layers.map(({ attention }) => attention?.keysOf)).toEqual([undefined, undefined, undefined, undefined, 3, 1]);
  expect(layers.map(({ keeps }) => keeps.map(({ width }) => width))).toEqual([
    ...[
      [8, 8],
      [512, 512],
      [8, 8],
      [8, 8],
    ],
    ...[[], []],
  ]);
  expect(parameters.some(({ name }) => /layers\.[45]\.self_attn\.[kv]_/.test(name))).toBe(false);
  expect(constants?.map(({ name, publishedNames }) => [name, publishedNames[1]]).at(-1)).toEqual([
    'model.layers.5.layer_scalar',
    'layers.5.layer_scalar',
  ]);
});

test('of Gemma 3n AltUp’s matrices for all layers belong to none, and the first ten layers of more are sparse', () => {
  const twelve = { ...gemma3n, num_hidden_layers: 12, layer_types: undefined, num_kv_shared_layers: 2 };
  const { layers, parameters } = textModel({ ...small, ...twelve });
  expect(layers.map(({ attention }) => attention?.window === undefined)).toEqual(
    Array.from({ length: 12 }, (_, layer) => layer % 5 === 4),
  );
  expect(parameters.filter(({ name }) => name.includes('altup_proj')).map(({ layer }) => layer)).toEqual([
    ...[undefined, undefined, undefined],
  ]);
  const { kinds } = readGemma3nConfig({ ...small, ...twelve });
  expect(kinds.map(({ cutoff }) => cutoff !== undefined)).toEqual(Array.from({ length: 12 }, (_, layer) => layer < 10));
  // scipy.stats.norm.ppf(0.95)
  expect(kinds[0]!.cutoff).toBeCloseTo(1.6448536269514722, 6);
});

test('the last layer of Gemma 4 looks at everything whatever the config says, as in transformers', () => {
  const { layers } = textModel({ ...small, ...gemma4, layer_types: [sliding, full, sliding, sliding] });
  expect(layers.map(({ attention }) => attention?.window)).toEqual([512, undefined, 512, undefined]);
});

test('tables end at the longest sequence, and a shorter one is their beginning', () => {
  const model = textModel(qwen);
  expect(model.tablePositions).toBe(16384);
  const [whole] = model.tables();
  const [start] = model.tables(5);
  expect(whole?.shape).toEqual([16384, 64]);
  expect(start?.data).toEqual(whole?.data.slice(0, 5 * 64));
});
