import { describe, expect, test } from 'vitest';
import forward from './golden/forward.json';
import { headOf } from './heads.ts';
import { processorInput } from './image-input.ts';
import { modelFromConfig } from './registry.ts';
import { namedHead } from './sequence-classifier.ts';

const deberta = { model_type: 'deberta-v2', relative_attention: true, pos_att_type: 'p2c|c2p' };

/** What a text is made of without a question. */
const others = [{ a: 1 }, ['x'], 7];

describe('a name in a config that is no text is refused with what stands there', () => {
  test.each(others)('%j', (value) => {
    const refused = (key: string) =>
      expect.objectContaining({
        code: 'config-invalid',
        message: expect.stringContaining(`${key} is ${JSON.stringify(value)}, not a text`),
      });
    const opened = (config: object) => () => modelFromConfig(config as never);
    expect(opened({ ...deberta, norm_rel_ebd: value })).toThrow(refused('norm_rel_ebd'));
    const wrapped = forward.find(({ config }) => config.model_type === 'gemma3')!.config as unknown as {
      text_config: object;
    };
    expect(opened({ ...wrapped, text_config: { ...wrapped.text_config, model_type: value } })).toThrow(
      refused('model_type'),
    );
    for (const key of ['image_processor_type', 'feature_extractor_type'])
      expect(() => processorInput({ [key]: value }, 224)).toThrow(refused(key));
  });
});

test('names that every object has are no names of ours', () => {
  for (const name of ['constructor', 'toString', '__proto__']) {
    expect(() => processorInput({ resample: name }, 224)).toThrow('resample is');
    expect(() => processorInput({ image_processor_type: name }, 224)).toThrow(`names ${name}`);
    expect(() => modelFromConfig({ model_type: name })).toThrow(name);
    expect(() => modelFromConfig({ architecture: name })).toThrow(name);
  }
});

test('a class that is no text is none', () => {
  for (const value of others) {
    expect(headOf({ auto_mapping: { base_model_class: value } }, undefined, [])).toBe('causal');
    expect(namedHead({ architectures: [value] })).toBeUndefined();
  }
});
