import { expect, test } from 'vitest';
import { goldenCase } from '../../testing/golden-case.ts';
import { folderFiles } from '../../testing/golden-run.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { defaultRunConfig } from '../config/run-config.ts';
import { otherSettings } from './adapter-tuning.ts';
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

test('settings that a run has otherwise than the adapter it continues are told', async () => {
  const { open } = await goldenCase('llama-lora');
  const { tuning, adapter } = await continueAdapter(open, adapterOf('llama-lora'), defaultRunConfig, 'before');
  const others = (lora_dropout: number) =>
    otherSettings(resolveTuning(open.model, { ...tuning, lora_dropout }), adapter);
  expect(others(tuning.lora_dropout)).toEqual([]);
  const [before, now] = [String(tuning.lora_dropout), '0.25'];
  expect(others(0.25)).toEqual([{ key: 'lora_dropout', adapter: before, run: now }]);
});

test('an exclusion that excluded nothing does not stop an adapter from being continued', async () => {
  const { open } = await goldenCase('llama-lora');
  const files = adapterOf('llama-lora');
  const text = async (path: string) =>
    path === 'adapter_config.json'
      ? JSON.stringify({ ...JSON.parse(await files.text(path)), exclude_modules: ['vision_tower'] })
      : files.text(path);
  const { tuning } = await continueAdapter(open, { ...files, text }, defaultRunConfig, 'before');
  expect(tuning.exclude_modules).toBe('');
});

test('an adapter of another model is refused', async () => {
  const { open } = await goldenCase('gpt2-lora');
  await expect(continueAdapter(open, adapterOf('llama-lora'), defaultRunConfig, 'x')).rejects.toMatchObject({
    code: 'adapter-invalid',
  });
});
