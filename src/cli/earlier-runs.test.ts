/**
 * Run folders that the version of 21 November 2026 left after 6 of 20 updates (`golden/earlier-runs/NAME/run`, executor tfjs-cpu),
 * and what that version made of them when it went on.
 */
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { train } from './train.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

test.each(['llama-lora', 'bert-lora'])('%s goes on from its own folder, bit for bit', async (name) => {
  const earlier = path(`golden/earlier-runs/${name}`);
  const root = await mkdtemp(join(tmpdir(), 'atelier-earlier-'));
  try {
    // The run's config names its model and its table as they lay from where it was: ../../interop/….
    const out = join(root, 'runs', name);
    await mkdir(join(root, 'runs'));
    await symlink(path('../../interop'), join(root, 'interop'));
    await cp(join(earlier, 'run'), out, { recursive: true });
    await train([join(out, 'run.json'), '--out', out, '--resume', '--quiet']);
    const lines = async (folder: string) =>
      (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).replace(/,"time":[\d.]+/g, '').split('\n');
    expect(await lines(out)).toEqual(await lines(earlier));
    expect(await readFile(join(out, 'adapter/adapter_model.safetensors'))).toEqual(
      await readFile(join(earlier, 'adapter.safetensors')),
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
