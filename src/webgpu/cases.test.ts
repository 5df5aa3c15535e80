import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { checkExecutor } from '../graph/reference/cases.ts';
import { casesFor, type KernelForm } from '../testing/kernel-cases.ts';
import { requestDevice } from './device.ts';
import { createWebGpuExecutor } from './executor.ts';

const gpu = await createNodeGpu({ backend: 'software' });

it('has a WebGPU adapter to test on', () => {
  expect(gpu, 'install Chromium, or Mesa 25 or later, for its software adapter').toBeDefined();
});

describe.each<KernelForm>(['direct', 'staged'])('WebGPU with %s kernels', async (form) => {
  const gpuDevice = await requestDevice(gpu);
  const executor = createWebGpuExecutor({
    ...gpuDevice,
    profile: { ...gpuDevice.profile, software: form === 'direct' },
  });
  afterAll(() => executor.dispose());

  it.each(casesFor(form).map((opCase) => [opCase.name, opCase] as const))(
    'computes as the reference: %s',
    async (_name, opCase) => checkExecutor(executor, opCase),
    600_000,
  );
});
