import { describe, expect, test } from 'vitest';
import forward from './golden/forward.json';
import { requireTextModel } from './model.ts';
import { modelFromConfig } from './registry.ts';
import { otherParts, plainName, textConfig, wrappedName } from './wrapper.ts';

const { config } = forward.find((each) => each.case === 'gemma3, beside images')!;
const reasonOf = (changed: object): string => {
  try {
    modelFromConfig({ ...config, ...changed });
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('a text model inside of one for images', () => {
  const model = requireTextModel(modelFromConfig(config));

  test('is found by the names of transformers 4 and 5, and of a file of its own', () => {
    const names = model.parameters.find(({ name }) => name.endsWith('.1.mlp.up_proj.weight'));
    expect(names?.name).toBe('model.language_model.layers.1.mlp.up_proj.weight');
    expect(names?.publishedNames).toContain('language_model.model.layers.1.mlp.up_proj.weight');
    expect(model.parameters[0]?.publishedNames).toContain('language_model.lm_head.weight');
    for (const { publishedNames } of model.parameters)
      expect(otherParts(model, publishedNames.slice(0, 2))).toEqual([]);
  });

  test('keeps the names of its layers apart from those of the other parts', () => {
    const tower = ['vision_tower.encoder.layers.0.mlp.fc1.weight', 'model.multi_modal_projector.linear_1.weight'];
    expect(otherParts(model, ['language_model.model.norm.weight', 'lm_head.weight', ...tower])).toEqual(tower);
    expect(otherParts(requireTextModel(modelFromConfig(textConfig(model))), tower)).toEqual([]);
  });

  test('leaves out what predicts further tokens, too', () => {
    const { config } = forward.find((each) => each.case === 'qwen3_5, beside images')!;
    const others = ['mtp.layers.0.mlp.up_proj.weight', 'mtp.fc.weight', 'model.visual.blocks.0.attn.qkv.weight'];
    const own = ['model.language_model.layers.0.linear_attn.A_log', 'lm_head.weight'];
    expect(otherParts(modelFromConfig(config), [...own, ...others])).toEqual(others);
  });

  test('has its head tied as the whole config says', () => {
    const untied = modelFromConfig({ ...config, tie_word_embeddings: false });
    expect(untied.headParameter).toBe('lm_head.weight');
    expect(model.headParameter).toBe('model.language_model.embed_tokens.weight');
  });
});

test('the config.json of Gemma 3 4B, which says few sizes, gives its text model', () => {
  const text_config = {
    ...{ hidden_size: 2560, intermediate_size: 10240, model_type: 'gemma3_text', num_hidden_layers: 34 },
    ...{ rope_scaling: { factor: 8, rope_type: 'linear' }, sliding_window: 1024 },
  };
  const model = requireTextModel(modelFromConfig({ model_type: 'gemma3', text_config }));
  const count = model.parameters.reduce((sum, { shape }) => sum + shape.reduce((all, size) => all * size), 0);
  expect(count).toBe(3_880_263_168);
  expect(model).toMatchObject({ heads: 8, vocabularySize: 262_208, maxPositions: 131_072 });
});

test('names are told in each other dialect', () => {
  expect(wrappedName('language_model.model.layers.0.mlp.up_proj.lora_A.weight')).toBe(
    'model.language_model.layers.0.mlp.up_proj.lora_A.weight',
  );
  expect(wrappedName('language_model.lm_head.weight')).toBe('lm_head.weight');
  expect(wrappedName('model.language_model.norm.weight')).toBe('model.language_model.norm.weight');
  expect(plainName('model.language_model.norm.weight')).toBe('model.norm.weight');
  expect(plainName('lm_head.weight')).toBe('lm_head.weight');
});

test('what is not known of it is refused by its name', () => {
  expect(reasonOf({ text_config: undefined })).toContain('text_config is missing');
  expect(reasonOf({ text_config: { ...config.text_config, model_type: 'mamba' } })).toContain('of the type mamba');
  expect(reasonOf({ text_config: { ...config.text_config, hidden_size: undefined } })).toContain('hidden_size');
});
