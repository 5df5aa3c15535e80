import { expect, test } from 'vitest';
import { modelFromConfig } from '../models/registry.ts';
import { tinyLlama } from '../testing/tiny-llama.ts';
import { methodNames } from '../tuning/method-names.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { methodFacts } from './method-facts.ts';

const model = modelFromConfig(tinyLlama);

test.each(methodNames)('a tick with %s goes on the module, or means LoRA where the method takes none', (method) => {
  const ticked = 'model.layers.1.mlp.up_proj';
  const { adapter } = resolveTuning(model, { method, lora_target_modules: [ticked] });
  expect(methodFacts[method].onModules).toBe([...adapter!.modules].join() === ticked);
});
