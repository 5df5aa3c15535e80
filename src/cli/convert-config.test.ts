import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { convertConfig } from './convert-config.ts';
import { readRunConfig } from './run-files.ts';

let folder: string;
let told: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-convert-'));
  told = [];
  vi.spyOn(console, 'error').mockImplementation((line: string) => void told.push(line));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

test('a cfg.yaml becomes a run config, which training reads either way', async () => {
  const [yaml, json] = [join(folder, 'cfg.yaml'), join(folder, 'run.json')];
  await writeFile(yaml, 'llm_backbone: ./model\ntraining: {lora_r: 6, batch_size: 3}\nenvironment: {gpus: ["0"]}\n');
  await convertConfig([yaml, '--out', json]);
  expect(told.join('\n')).toContain('training.lora_r → tuning.lora_r = 6');
  expect(told.join('\n')).toContain('environment.gpus: Ignored');
  const converted = await readRunConfig(json);
  expect(converted).toMatchObject({
    model: { llm_backbone: './model' },
    tuning: { lora_r: 6 },
    training: { batch_size: 3 },
  });
  expect(await readRunConfig(yaml)).toEqual(converted);
});

test('what another format cannot say is told, and an unknown format refused', async () => {
  const [json, arguments_] = [join(folder, 'run.json'), join(folder, 'arguments.json')];
  await writeFile(json, '{"tuning": {"lora_plus_ratio": 4}, "training": {"learning_rate": 0.002}}');
  await convertConfig([json, '--to', 'hugging-face', '--out', arguments_]);
  expect(JSON.parse(await readFile(arguments_, 'utf8')).learning_rate).toBe(0.002);
  expect(told.join('\n')).toContain('tuning.lora_plus_ratio');
  await expect(convertConfig([json, '--to', 'xml'])).rejects.toMatchObject({ code: 'usage' });
});
