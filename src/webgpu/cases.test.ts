import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { checkExecutor, opCases } from '../graph/reference/cases.ts';
import { requestDevice } from './device.ts';
import { createWebGpuExecutor } from './executor.ts';

const gpu = await createNodeGpu({ backend: 'software' });

it('has a WebGPU adapter to test on', () => {
  expect(gpu, 'install Chromium, or Mesa 25 or later, for its software adapter').toBeDefined();
});

/** `direct` is what software adapters get, `staged` (workgroup memory and barriers) what real GPUs get. */
describe.each([
  ['direct', true],
  ['staged', false],
] as const)('WebGPU with %s kernels', async (_, software) => {
  const gpuDevice = await requestDevice(gpu);
  const executor = createWebGpuExecutor({ ...gpuDevice, profile: { ...gpuDevice.profile, software } });
  afterAll(() => executor.dispose());

  it.each(opCases.map((opCase) => [opCase.name, opCase] as const))(
    'computes as the reference: %s',
    async (_name, opCase) => {
      await checkExecutor(executor, opCase);
    },
  );
});
