import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMetrics } from '../files/runs.ts';
import { goldenNames, sampledGoldenNames } from '../testing/golden-run.ts';
import { nodeDirectory } from './node-directory.ts';
import { createNodeGpu } from './node-gpu.ts';
import { train } from './train.ts';

const golden = fileURLToPath(new URL('../../interop/golden/', import.meta.url));
const gpu = await createNodeGpu();

/** f32 against PyTorch's f32 over 20 updates; what the project promises. */
const tolerance = 1e-3;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-curves-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const executors = gpu ? ['webgpu', 'tfjs-wasm'] : ['tfjs-wasm'];

// A software adapter compiles shaders slowly, more so beside other tests.
describe.each(executors)('studio train on %s', { timeout: 600_000 }, (executor) => {
  const names = executor === 'webgpu' ? goldenNames : sampledGoldenNames();
  test.each(names)('%s has the losses and gradient norms of PEFT', async (name) => {
    const out = join(folder, executor, name);
    await train([join(golden, name, 'run.json'), '--out', out, '--executor', executor, '--quiet']);
    const expected: { losses: number[]; grad_norms: number[] } = JSON.parse(
      await readFile(join(golden, name, 'expected.json'), 'utf8'),
    );
    const metrics = await readMetrics(nodeDirectory(out));
    expect(metrics.map(({ step }) => step)).toEqual(expected.losses.map((_, index) => index + 1));
    metrics.forEach(({ loss, grad_norm }, index) => {
      expect(Math.abs(Number(loss) / expected.losses[index]! - 1)).toBeLessThan(tolerance);
      expect(Math.abs(Number(grad_norm) / expected.grad_norms[index]! - 1)).toBeLessThan(tolerance);
    });
  });
});
