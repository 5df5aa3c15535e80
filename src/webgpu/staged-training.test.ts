import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { goldenRun, recorder } from '../testing/golden-run.ts';
import { createTraining } from '../training/run/trainer.ts';
import { requestDevice } from './device.ts';
import { createWebGpuExecutor } from './executor.ts';

/** Kernels and groups of dispatches as real GPUs get them, on the adapter that is here. */
const gpuDevice = await requestDevice(await createNodeGpu({ backend: 'software' }));
const executor = createWebGpuExecutor({ ...gpuDevice, profile: { ...gpuDevice.profile, software: false } });
afterAll(() => executor.dispose());

/** f32 against PyTorch's f32, as for the kernels of software adapters. */
const tolerance = 1e-3;

describe('training with the kernels of real GPUs', { timeout: 600_000 }, () => {
  // Biases, low-rank updates of all seven matrices and gradients of whole matrices between them.
  it.each(['qwen2-lora', 'llama-full'])('%s has the losses and gradient norms of PyTorch', async (name) => {
    const { expected, ...options } = await goldenRun(name, { training: { max_steps: 4 } });
    const { onEvent, steps } = recorder();
    const training = createTraining({ ...options, executor, onEvent });
    await training.start();
    training.dispose();
    expect(steps.length).toBe(4);
    for (const [index, { loss, gradNorm }] of steps.entries()) {
      expect(Math.abs(loss / expected.losses[index]! - 1)).toBeLessThan(tolerance);
      expect(Math.abs(gradNorm / expected.grad_norms[index]! - 1)).toBeLessThan(tolerance);
    }
  });
});
