import { expect, test } from 'vitest';
import { requireTextModel } from '../models/model.ts';
import { modelFromConfig } from '../models/registry.ts';
import { methodNames } from './method-names.ts';
import { methodOf, methods } from './methods.ts';
import { resolveTuning } from './resolve.ts';

const config = {
  model_type: 'llama',
  hidden_size: 32,
  intermediate_size: 64,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  num_hidden_layers: 2,
  vocab_size: 100,
};
const model = requireTextModel(modelFromConfig(config));

test.each(methodNames)(
  'an adapter of %s is known by the config that is saved with it, and read as it was',
  (method) => {
    const adapter = resolveTuning(model, { method }).adapter!;
    const found = methodOf(adapter.peftConfig);
    // What is saved of P-tuning is the prompt that its encoder wrote.
    expect(found).toBe(method === 'p-tuning' ? 'prompt' : method);
    const settings = { ...methods[found!]!.settingsOf(adapter.peftConfig), method: found! };
    const read = methods[found!]!.create(model, settings, () => 1);
    expect(read.modules).toEqual(adapter.modules);
    if (adapter.exported === undefined)
      expect(read.parameters.map(({ name, shape }) => [name, shape])).toEqual(
        adapter.parameters.map(({ name, shape }) => [name, shape]),
      );
  },
);
