import { afterAll, describe, expect, test } from 'vitest';
import { createNodeGpu } from '../../cli/node-gpu.ts';
import { type Batch, padBatch } from '../../data/batches.ts';
import type { Example } from '../../data/examples.ts';
import { packRows } from '../../data/packing.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { mix32 } from '../../graph/random.ts';
import type { Executor } from '../../plan/executor.ts';
import { goldenRun, recorder } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { trainableParameters } from '../../tuning/tuning.ts';
import { requestDevice } from '../../webgpu/device.ts';
import { createWebGpuExecutor } from '../../webgpu/executor.ts';
import { batchFeeds, onlyWanted } from '../programs/feeds.ts';
import { type BatchShape, microStepProgram } from '../programs/programs.ts';
import { createModelSession } from '../session/model-session.ts';
import { readFloats } from './checkpoint.ts';
import { createTraining } from './trainer.ts';

const webGpu = createWebGpuExecutor(await requestDevice(await createNodeGpu({ backend: 'software' })));
afterAll(() => webGpu.dispose());

/** Lengths of no common factor, most of them beyond Mistral's window of 6; the prompt's share of labels is masked. */
const examples: readonly Example[] = [7, 13, 5, 2, 11, 3].map((length, index) => {
  const ids = Int32Array.from({ length }, (_, t) => mix32(100 * index + t) % 127);
  const promptLength = Math.floor(length / 3);
  return { ids, labels: ids.map((id, t) => (t < promptLength ? -100 : id)), promptLength, truncated: false };
});

const padded = (rows: readonly (readonly number[])[], length: number): Batch =>
  padBatch(examples, rows, { batchSize: rows.length, padId: 0, buckets: [length], paddingQuantile: 1 });

const apart = padded(
  examples.map((_, index) => [index]),
  13,
);
const packed = padded(
  packRows(
    examples.map(({ ids }) => ids.length),
    23,
  ),
  23,
);

/** Loss and every gradient of one micro-step of full fine-tuning, from the golden run's weights. */
async function gradientsOf(
  executor: Executor,
  golden: string,
  batch: Batch & BatchShape,
): Promise<Map<string, Float32Array>> {
  const { open } = await goldenRun(golden);
  const { model, dtypes } = open;
  const tuning = resolveTuning(model, { method: 'full' });
  const { session, ...loaded } = createModelSession({ executor, open, tuning });
  await loaded.load(new Map([['micro-step', () => microStepProgram(model, tuning, dtypes, batch)]]));
  const wanted = loaded.inputsOf('micro-step');
  const scalars = { lossScale: Float32Array.of(1 / batch.scoredTokens), keep: Float32Array.of(0) };
  await session.run('micro-step', { ...batchFeeds(model, batch, wanted), ...onlyWanted(scalars, wanted) });
  const names = ['loss', ...trainableParameters(model, tuning).map(({ name }) => `gradient/${name}`)];
  const values = new Map<string, Float32Array>();
  for (const name of names) values.set(name, await readFloats(session, name));
  session.dispose();
  return values;
}

/** Largest difference over the largest value. */
function relativeError(actual: Float32Array, expected: Float32Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0) / largest;
}

describe.each<[string, Executor]>([
  ['in float64', referenceExecutor()],
  ['on WebGPU', webGpu],
])('packed examples %s', (_what, executor) => {
  // Sums over other numbers of places: the kernels add in another order.
  test.each(['llama-full', 'mistral-lora', 'lfm2-full', 'qwen3_5-full'])(
    'of %s have the loss and the gradients they have in rows of their own',
    async (golden) => {
      expect(packed.rows.length).toBeLessThan(apart.rows.length / 2);
      const expected = await gradientsOf(executor, golden, apart);
      const actual = await gradientsOf(executor, golden, packed);
      for (const [name, values] of expected) {
        expect({ name, small: relativeError(actual.get(name)!, values) < 1e-5 }).toEqual({ name, small: true });
      }
    },
    240_000,
  );
});

describe.each<[string, Executor]>([
  ['in float64', referenceExecutor()],
  ['on WebGPU', webGpu],
])('a head that sees only the tokens with a label, %s', (_what, executor) => {
  test('gives the loss and the gradients of one that sees all', async () => {
    const expected = await gradientsOf(executor, 'llama-full', apart);
    const actual = await gradientsOf(executor, 'llama-full', { ...apart, scoredRows: apart.scoredTokens + 5 });
    for (const [name, values] of expected)
      expect({ name, small: relativeError(actual.get(name)!, values) < 1e-5 }).toEqual({ name, small: true });
  }, 240_000);
});

test('without their boundaries they would have other ones', async () => {
  const joined = { ...packed, lengths: packed.lengths.map((row) => [row.reduce((sum, each) => sum + each, 0)]) };
  const executor = referenceExecutor();
  const expected = await gradientsOf(executor, 'llama-full', apart);
  const actual = await gradientsOf(executor, 'llama-full', joined);
  for (const [name, values] of expected) expect(relativeError(actual.get(name)!, values)).toBeGreaterThan(1e-3);
});

describe('a run with packing', () => {
  const options = () =>
    goldenRun('llama-lora', {
      tokenizer: { packing: true, max_length: 64 },
      training: { max_steps: 10, shuffle: true, batch_size: 1, grad_accumulation: 2 },
      tuning: { lora_dropout: 0.3 },
    });

  test('broken off after five steps and gone on with is bitwise the one without a break', async () => {
    const whole = createTraining({ ...(await options()), executor: referenceExecutor() });
    expect(await whole.start()).toMatchObject({ reason: 'finished', step: 10 });
    const run = memoryDirectory();
    const first = createTraining({ ...(await options()), executor: referenceExecutor(), run, stopAfter: 5 });
    expect(await first.start()).toMatchObject({ reason: 'stopped', step: 5 });
    const second = createTraining({ ...(await options()), executor: referenceExecutor(), run, resume: true });
    await second.start();
    for (const { name } of trainableParameters(whole.model.open.model, whole.tuning))
      for (const buffer of [name, `moment1/${name}`, `moment2/${name}`])
        expect(await readFloats(second.model.session, buffer)).toEqual(await readFloats(whole.model.session, buffer));
  });

  test('has fewer steps an epoch, with all tokens of its rows in them', async () => {
    const { expected: _, ...packedRun } = await options();
    const { onEvent, steps } = recorder();
    const training = createTraining({ ...packedRun, executor: referenceExecutor(), onEvent, stopAfter: 3 });
    const { train, trainExamples } = training.data;
    expect(train.rowsPerEpoch).toBeLessThan(trainExamples.examples.length / 2);
    expect(train.stepsPerEpoch).toBe(Math.ceil(train.rowsPerEpoch / 2));
    expect(train.fillRatio()).toBeGreaterThan(0.9);
    await training.start();
    expect(steps[0]!.tokens).toBe(train.windowAt(0, 0).tokens);
  });

  test('with too few packed rows for one batch is refused, and says how many there are', async () => {
    const golden = await goldenRun('llama-lora', { tokenizer: { packing: true }, training: { batch_size: 20 } });
    expect(() => createTraining({ ...golden, executor: referenceExecutor() })).toThrow(
      expect.objectContaining({ code: 'rows-too-few', params: expect.objectContaining({ batchSize: 20 }) }),
    );
  });
});
