import { expect, test } from 'vitest';
import { goldenCase } from '../../testing/golden-case.ts';
import { folderFiles } from '../../testing/golden-run.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { defaultRunConfig } from '../config/run-config.ts';
import { continueAdapter } from './continue-adapter.ts';

const golden = new URL('../../../interop/golden/', import.meta.url);
const adapterOf = (name: string) => folderFiles(new URL(`${name}/adapter-initial/`, golden));

test.each([
  'llama-lora',
  'llama-lora-patterns',
  'llama-lora-embedding',
  'llama-dora',
  'llama-ia3',
  'llama-prompt',
  'llama-prefix',
  'llama-vera',
  'llama-adapter',
  'llama-series',
  'gpt2-parallel',
  'qwen2-lora-bias',
])('the settings of an adapter train what it holds: %s', async (name) => {
  const { open, config } = await goldenCase(name);
  const { tuning, adapter } = await continueAdapter(open, adapterOf(name), defaultRunConfig, 'before');
  expect(tuning.init_from).toBe('before');
  expect(tuning.method).toBe(config.tuning.method);
  const continued = resolveTuning(open.model, tuning);
  const trained = resolveTuning(open.model, config.tuning);
  const shapes = (parameters: typeof trained.adapterParameters) => parameters.map(({ name, shape }) => [name, shape]);
  expect(shapes(continued.adapterParameters)).toEqual(shapes(trained.adapterParameters));
  expect([...continued.trained.keys()].sort()).toEqual([...adapter.tuning.trained.keys()].sort());
});

test('an adapter of another model is refused', async () => {
  const { open } = await goldenCase('gpt2-lora');
  await expect(continueAdapter(open, adapterOf('llama-lora'), defaultRunConfig, 'x')).rejects.toMatchObject({
    code: 'adapter-invalid',
  });
});
