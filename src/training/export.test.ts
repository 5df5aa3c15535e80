import { describe, expect, test } from 'vitest';
import { directoryFiles } from '../files/directory.ts';
import { memoryDirectory } from '../files/memory-directory.ts';
import { openSafetensors } from '../files/safetensors.ts';
import type { ModelFiles } from '../files/source.ts';
import { sequenceLogits } from '../generation/logits.ts';
import { openAdapter } from './adapter-tuning.ts';
import { readFloats } from './checkpoint.ts';
import { resultFiles, type StreamedFile, wholeModel } from './export.ts';
import { createModelSession } from './model-session.ts';
import { openModel } from './open-model.ts';
import { referenceExecutor } from './reference-executor.ts';
import { goldenNames, goldenRun } from './test-run.ts';
import { createTraining, type Training } from './trainer.ts';

async function written(files: readonly StreamedFile[]): Promise<ModelFiles> {
  const directory = memoryDirectory();
  for (const { path, parts } of files) await directory.write(path, parts);
  return directoryFiles(directory, 'download');
}

async function trained(name: string): Promise<Training> {
  const training = createTraining({
    ...(await goldenRun(name, { training: { max_steps: 3 } })),
    executor: referenceExecutor(),
  });
  await training.start();
  return training;
}

const ids = [5, 23, 15, 40, 7];

/** Within `tolerance` of the largest of `expected`. */
function expectClose(actual: Float32Array, expected: Float32Array, tolerance: number): void {
  const largest = Math.max(...expected.map(Math.abs));
  for (const [index, value] of actual.entries())
    expect(Math.abs(value - expected[index]!) / largest).toBeLessThan(tolerance);
}

describe.each(goldenNames.filter((name) => !/full|bitfit/.test(name)))('%s', { timeout: 30_000 }, (name) => {
  test('a downloaded adapter loaded into a fresh session gives the logits of the run', async () => {
    const training = await trained(name);
    const { open } = training.model;
    const files = await written(await resultFiles(training.model, 'owner/model'));
    const { tuning, values, baseModel } = await openAdapter(open.model, files);
    expect(baseModel).toBe('owner/model');
    const fresh = createModelSession({ executor: referenceExecutor(), open, tuning, values });
    const logits = await sequenceLogits(training.model, ids);
    const again = await sequenceLogits(fresh, ids);
    if (training.tuning.adapter?.exported) expectClose(again, logits, 1e-6);
    else expect(again).toEqual(logits);

    if (!tuning.adapter.merged) return;
    const whole = await openModel(await written(await wholeModel(open, tuning, async (key) => values.get(key)!)));
    const merged = createModelSession({ executor: referenceExecutor(), open: whole, tuning: null });
    // The merged weights are rounded to f32 once more.
    expectClose(await sequenceLogits(merged, ids), logits, 1e-5);
  });
});

test('after full fine-tuning the download holds just the changed weights, and the whole model opens anew', async () => {
  const training = await trained('llama-full');
  const changed = await openSafetensors(await written(await resultFiles(training.model, null)), 'model.safetensors');
  expect([...changed.tensors.keys()].sort()).toEqual([...training.tuning.trained.keys()].sort());

  const read = (name: string) => readFloats(training.model.session, name);
  const open = await openModel(await written(await wholeModel(training.model.open, training.tuning, read)));
  const fresh = createModelSession({ executor: referenceExecutor(), open, tuning: null });
  expect(await sequenceLogits(fresh, ids)).toEqual(await sequenceLogits(training.model, ids));
  const base = createModelSession({ executor: referenceExecutor(), open: training.model.open, tuning: null });
  expect(await sequenceLogits(base, ids)).not.toEqual(await sequenceLogits(fresh, ids));
});
