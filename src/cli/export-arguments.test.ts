import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportRequest, isOtherName } from './export-arguments.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-'));
});
afterAll(() => rm(folder, { recursive: true }));

const out = ['--out', 'o'];

test('a target with its run, or its model and adapter, as before', async () => {
  const run = join(folder, 'earlier');
  await mkdir(run);
  await writeFile(join(run, 'run.json'), '{}');
  expect(await exportRequest(['peft', '--run', run, ...out])).toMatchObject({ target: 'peft', run, verify: false });
  const named = ['merged', '--model', 'm', '--adapter', 'a', ...out, '--verify'];
  expect(await exportRequest(named)).toMatchObject({ target: 'merged', model: 'm', adapter: 'a', verify: true });
});

test('a folder tells by what lies in it whether it is a run or an adapter, and what that was trained on', async () => {
  const gguf = (...more: string[]) => exportRequest([folder, '--to', 'gguf', ...more, ...out]);
  await expect(gguf()).rejects.toThrow('No finished run and no adapter');
  await writeFile(join(folder, 'adapter_config.json'), '{"base_model_name_or_path": "owner/base"}');
  expect(await gguf()).toMatchObject({ target: 'gguf-f16', adapter: folder, model: 'owner/base' });
  expect(await gguf('--model', 'mine')).toMatchObject({ model: 'mine' });
  await writeFile(join(folder, 'run.json'), '{}');
  expect(await gguf('--type', 'Q8_0')).toMatchObject({ target: 'gguf-q8', run: folder, type: 'Q8_0' });
  expect(await gguf('--type', 'bf16')).toMatchObject({ target: 'gguf-bf16' });
});

test('an adapter that names its base by the folder alone is found by the run that it lies in', async () => {
  const adapter = join(folder, 'result', 'adapter');
  await mkdir(adapter, { recursive: true });
  await writeFile(join(adapter, 'adapter_config.json'), '{"base_model_name_or_path": "./base"}');
  const mlx = (...more: string[]) => exportRequest([adapter, '--to', 'mlx', ...more, ...out]);
  await expect(mlx()).rejects.toThrow('made for the folder base: say where it lies with --model PATH');
  expect(await mlx('--model', 'm')).toMatchObject({ adapter, model: 'm' });
  await writeFile(join(folder, 'result', 'run.json'), '{}');
  expect(await mlx()).toMatchObject({ run: join(folder, 'result') });
});

test('the whole model that a run wrote is known by the run, any other says what to give', async () => {
  const model = join(folder, 'whole', 'model');
  await mkdir(model, { recursive: true });
  const gguf = (path = model) => exportRequest([path, '--to', 'gguf', ...out]);
  await writeFile(join(model, 'config.json'), '{}');
  await expect(gguf()).rejects.toThrow('is a whole model, and forms are written of a run or of an adapter: give the');
  await writeFile(join(folder, 'whole', 'run.json'), '{"tuning": {"method": "full"}}');
  expect(await gguf()).toMatchObject({ run: join(folder, 'whole') });
  await mkdir(join(folder, 'whole', 'model-4'));
  await writeFile(join(folder, 'whole', 'model-4', 'config.json'), '{}');
  await expect(gguf(join(folder, 'whole', 'model-4'))).rejects.toThrow(`give ${join(folder, 'whole')}.`);
});

test('a base of another name is told from one that lies elsewhere', () => {
  expect(isOtherName('owner/Base', '/models/base/')).toBe(false);
  expect(isOtherName('./base', '../base')).toBe(false);
  expect(isOtherName('owner/base', 'owner/base-instruct')).toBe(true);
});

test.each([
  [['x', '--to'], /argument missing|did you mean/],
  [['ggufs', '--run', 'r', ...out], 'There is no target "ggufs"; did you mean gguf'],
  [['gguf', '--run', 'r', '--type', 'q4', ...out], '--type must be one of f16, bf16, q8_0, q4_k_m, not "q4"'],
  [['gguf', '--run', 'r'], '--out DIR is missing'],
  [['peft', '--run', 'r', '--type', 'f16', ...out], '--type is of the targets gguf and ollama'],
  [['gguf', '--run', 'r', '--rank', '4', ...out], '--rank is of the target lora'],
  [['--to', 'gguf', ...out], 'RUN_OR_ADAPTER is missing'],
  [['src', '--to', 'GGUF', ...out], 'There is no target "GGUF"; did you mean gguf?'],
  [['src', ...out], '--to TARGET is missing'],
  [['src', '--to', 'gguf', '--to', 'mlx', ...out], '--to is given twice'],
] as const)('%j says what is wrong', async (argv, message) => {
  await expect(exportRequest(argv)).rejects.toThrow(message);
});
