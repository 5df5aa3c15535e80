import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readText } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { appendInside, readInside } from '../../files/runs.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { startValues } from '../session/start-values.ts';
import { readFloats } from './checkpoint.ts';
import type { Inside, TrainingEvent } from './events.ts';
import { createTraining } from './trainer.ts';

async function looked(name: string, changes: Parameters<typeof goldenRun>[1] = {}) {
  const options = await goldenRun(name, changes);
  const looks: Inside[] = [];
  const norms: number[] = [];
  const onEvent = (event: TrainingEvent) => {
    if (event.kind === 'inside') looks.push(event);
    if (event.kind === 'step') norms.push(event.metrics.gradNorm);
  };
  const run = memoryDirectory();
  const training = createTraining({ ...options, executor: referenceExecutor(), run, onEvent });
  await training.start();
  return { training, looks, norms, run, seed: options.config.environment.seed };
}

const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));

/** What merges, on models with matrices of both layouts, with embeddings and with quantised weights. */
const merged = [
  ['llama-lora', {}],
  ['gpt2-lora', {}],
  ['llama-lora', { model: { weights: 'nf4' } }],
  ['llama-lora-embedding', {}],
  ['gpt2-lora-embedding', {}],
  ['llama-dora', {}],
  ['llama-ia3', {}],
  ['gpt2-ia3', {}],
  ['llama-vera', {}],
] as const;

describe.each(merged)('%s %o', (name, changes) => {
  test('the change of each weight is that of the merged one', async () => {
    const { training, looks } = await looked(name, changes);
    const { open, tuning } = training.model;
    const read = (parameter: string) => readFloats(training.model.session, parameter);
    const { weights } = looks.at(-1)!;
    const known = weights.filter(({ change }) => change !== null);
    expect(known.map((each) => each.name)).toEqual(weights.map((each) => each.name));
    for (const { name: weight, change, norm: length } of known) {
      const info = open.model.parameters.find((parameter) => parameter.name === weight)!;
      const kept = await read(weight);
      const published = kept.length === info.shape[0]! * info.shape[1]! ? kept : null;
      const base = published ?? (await startValues(open, weight, 0));
      const now = (await tuning!.adapter!.merged!(info, base.slice(), read))!;
      const moved = norm(now.map((value, index) => value - base[index]!));
      // A merged weight is rounded to f32, which is a part of 6e-8 of W.
      expect(Math.abs(change! - moved)).toBeLessThan(1e-5 * moved + 1e-6 * norm(base));
      expect(Math.abs(length! / norm(base) - 1)).toBeLessThan(published ? 1e-5 : 0.1);
      expect(change).toBeGreaterThan(0);
    }
  });
});

type Norms = Readonly<Record<string, readonly [gradient: number, change: number, norm: number]>>;
/** What PyTorch and PEFT say of the same training: interop/golden_inside.py. */
const golden: Readonly<Record<string, Norms>> = JSON.parse(
  readFileSync(new URL('./golden/inside.json', import.meta.url), 'utf8'),
);

test.each(Object.entries(golden))(
  '%s: norms of gradients, changes and weights are those of PEFT',
  async (name, norms) => {
    const { looks } = await looked(name);
    const { weights } = looks.at(-1)!;
    expect(weights.map((each) => each.name).sort()).toEqual(Object.keys(norms).sort());
    for (const { name: weight, gradient, change, norm: length } of weights) {
      const [ofGradient, ofChange, ofWeight] = norms[weight]!;
      // Twenty updates in f32 there, in float64 here.
      expect(Math.abs(gradient! / ofGradient - 1)).toBeLessThan(1e-3);
      expect(Math.abs(change! / ofChange - 1)).toBeLessThan(1e-4);
      expect(Math.abs(length! / ofWeight - 1)).toBeLessThan(1e-6);
    }
  },
);

test('squares of gradients add up to the gradient norm', async () => {
  for (const name of ['llama-lora', 'gpt2-full', 'llama-prompt']) {
    const { looks, norms } = await looked(name, { training: { max_steps: 3 } });
    const { weights, step } = looks.at(-1)!;
    expect(step).toBe(3);
    const total = Math.sqrt(weights.reduce((sum, { gradient }) => sum + gradient! ** 2, 0));
    expect(Math.abs(total / norms.at(-1)! - 1)).toBeLessThan(1e-6);
  }
});

test('weights that are trained themselves are held against the published ones', async () => {
  const { training, looks, run, seed } = await looked('llama-full', { training: { max_steps: 3 } });
  const { weights } = looks.at(-1)!;
  expect(weights.length).toBeGreaterThan(5);
  for (const { name, change, norm: length } of weights) {
    const [before, now] = [
      await startValues(training.model.open, name, seed),
      await readFloats(training.model.session, name),
    ];
    expect(change).toBeCloseTo(norm(now.map((value, index) => value - before[index]!)), 6);
    expect(length).toBeCloseTo(norm(before), 4);
  }
  expect((await readInside(run)).map(({ step }) => step)).toEqual([3]);
});

test.each(['last', 'best'] as const)(
  'a run that was killed before it told its end is looked at once (%s)',
  async (kept) => {
    const validation = { validation_strategy: 'automatic', validation_size: 0.2 } as const;
    const training = { max_steps: 4, evaluation_epochs: 1, save_checkpoint: kept, learning_rate: 3 };
    const options = await goldenRun('llama-full', { dataset: validation, training });
    const run = memoryDirectory();
    const start = (folder: typeof run, resume: boolean) =>
      createTraining({ ...options, executor: referenceExecutor(), run: folder, resume }).start();
    const killed: typeof run = {
      ...run,
      write: async (path, parts) => {
        if (path === 'outcome.json') throw new Error('killed');
        await run.write(path, parts);
      },
    };
    await expect(start(killed, false)).rejects.toThrow('killed');
    const looks = await readText(run, 'inside.jsonl');
    const last = (await readInside(run)).at(-1)!;
    expect(last.step).toBe(4);
    for (const { gradient, change } of last.weights) expect([gradient, change]).not.toContain(null);
    await start(run, true);
    expect(await readText(run, 'inside.jsonl')).toBe(looks);
  },
);

test('what changes no weight has a gradient and no change', async () => {
  const { looks } = await looked('llama-prompt', { training: { max_steps: 2 } });
  for (const { gradient, change, norm: length } of looks.at(-1)!.weights) {
    expect(gradient).toBeGreaterThan(0);
    expect([change, length]).toEqual([null, null]);
  }
});

test('what is kept is one look for each step, the last one of it, in the order of the steps', async () => {
  const run = memoryDirectory();
  const look = (change: number) => [{ name: 'w', gradient: null, change, norm: 1 }];
  for (const [step, change] of [
    [2, 1],
    [4, 2],
    [2, 3],
  ] as const)
    await appendInside(run, { step, weights: look(change) });
  expect(await readInside(run)).toEqual([
    { step: 2, weights: look(3) },
    { step: 4, weights: look(2) },
  ]);
});
