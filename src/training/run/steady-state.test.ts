import { afterAll, expect, test } from 'vitest';
import { createNodeGpu } from '../../cli/node-gpu.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { type Holdings, holdingsOf } from '../../testing/holdings.ts';
import { requestDevice } from '../../webgpu/device.ts';
import { createWebGpuExecutor } from '../../webgpu/executor.ts';
import { createTraining, type Training } from './trainer.ts';

/** Validates everything and computes nothing: what is held here is ours alone. */
const executor = createWebGpuExecutor(await requestDevice(await createNodeGpu({ backend: 'null' })));
afterAll(() => executor.dispose());

/** By then every program has run and every function is compiled. */
const warm = 200;

test.each([false, true])(
  'a thousand steps keep no memory and make nothing on the GPU (packing %s)',
  async (packing) => {
    const options = await goldenRun('llama-lora', {
      tokenizer: { packing },
      tuning: { lora_dropout: 0.1 },
      training: { max_steps: warm + 1000, shuffle: true, batch_size: 2, grad_accumulation: 2 },
      dataset: { validation_strategy: 'automatic', validation_size: 0.2 },
    });
    const held = new Map<number, Holdings>();
    const training: Training = createTraining({
      ...options,
      executor,
      onEvent(event) {
        if (event.kind !== 'step') return;
        const { step } = event.metrics;
        if (step === warm || step === warm + 1000) held.set(step, holdingsOf(training.model.session));
      },
    });
    expect(await training.start()).toMatchObject({ reason: 'finished', step: warm + 1000 });
    const { heapBytes: before, ...made } = held.get(warm)!;
    const { heapBytes: after, ...madeLater } = held.get(warm + 1000)!;
    training.dispose();
    expect(madeLater).toEqual(made);
    expect(after - before).toBeLessThanOrEqual(1e6);
  },
  120_000,
);
