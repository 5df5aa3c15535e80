import { afterAll, expect, test } from 'vitest';
import { createNodeGpu } from '../../cli/node-gpu.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { requestDevice } from '../../webgpu/device.ts';
import { createWebGpuExecutor } from '../../webgpu/executor.ts';
import { createTraining } from './trainer.ts';

const executor = createWebGpuExecutor(await requestDevice(await createNodeGpu({ backend: 'null' })));
afterAll(() => executor.dispose());

test('a run that was warmed up finds every kernel compiled, and warming up holds no memory', async () => {
  const options = await goldenRun('llama-lora', {
    training: { max_steps: 3 },
    dataset: { validation_strategy: 'automatic', validation_size: 0.2 },
  });
  const ahead = createTraining({ ...options, executor });
  expect(await ahead.warm()).toBeGreaterThan(10);
  expect(await ahead.warm()).toBe(0);
  expect(ahead.model.session.statistics).toMatchObject({ buffers: 0, bufferBytes: 0 });
  ahead.dispose();
  const training = createTraining({ ...options, executor });
  expect(await training.start()).toMatchObject({ reason: 'finished', step: 3 });
  expect(training.model.session.statistics.pipelines).toBe(0);
  training.dispose();
});
