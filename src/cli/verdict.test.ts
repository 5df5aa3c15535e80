import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'atelier-verdict-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

test('studio train ends in a verdict, and in what to try next as keys of the config', {
  timeout: 120_000,
}, async () => {
  await cp(path('../../interop/golden/gpt2-full/'), folder, { recursive: true });
  const run = join(folder, 'run.json');
  const config = JSON.parse(await readFile(run, 'utf8'));
  Object.assign(config.dataset, { validation_strategy: 'automatic', validation_size: 0.3 });
  Object.assign(config.training, { learning_rate: 1e-7, max_steps: 3 });
  config.prediction = { max_length_inference: 4 };
  config.logging = { number_of_texts: 0 };
  await writeFile(run, JSON.stringify(config));
  const argv = [path('main.ts'), 'train', run, '--out', join(folder, 'out'), '--executor', 'tfjs-cpu'];
  const { stdout } = await promisify(execFile)(path('../../node_modules/.bin/tsx'), argv);
  expect(stdout).toContain('· answering');
  expect(stdout).toMatch(/^Not learned yet: a learning rate of 1e-7 is too small\. \d of \d held-out answers match/m);
  expect(stdout).toContain('Next: again with training.learning_rate 0.002');
});
