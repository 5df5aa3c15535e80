import { expect, test } from 'vitest';
import { requireTextModel } from '../models/model.ts';
import { modelFromConfig } from '../models/registry.ts';
import { tinyLlama } from '../testing/tiny-llama.ts';
import { methodNames } from './method-names.ts';
import { methodOf, methods } from './methods.ts';
import { resolveTuning } from './resolve.ts';

const model = requireTextModel(modelFromConfig(tinyLlama));

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
