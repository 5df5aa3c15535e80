import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { checkExecutor, opCases } from '../graph/reference/cases.ts';
import { requestDevice } from './device.ts';
import { createWebGpuExecutor } from './executor.ts';

const gpu = await createNodeGpu({ backend: 'software' });

it('has a WebGPU adapter to test on', () => {
  expect(gpu, 'install Chromium, or Mesa 25 or later, for its software adapter').toBeDefined();
});

/**
 * Tiled attention keeps lavapipe's compiler busy for up to half a minute a kernel; with other sizes of head it is always
 * run, the direct kernels run these always, and ATELIER_ALL_CASES=1 runs everything, as on a machine with a GPU.
 */
const slowToCompile = /^attention.* heads of (20|64|128)$/;
const runsAll = process.env.ATELIER_ALL_CASES === '1';

/** `direct` is what software adapters get, `staged` (workgroup memory and barriers) what real GPUs get. */
describe.each([
  ['direct', true],
  ['staged', false],
] as const)('WebGPU with %s kernels', async (_, direct) => {
  const gpuDevice = await requestDevice(gpu);
  const executor = createWebGpuExecutor({ ...gpuDevice, profile: { ...gpuDevice.profile, software: direct } });
  afterAll(() => executor.dispose());
  const cases = opCases.filter(({ name }) => direct || runsAll || !slowToCompile.test(name));

  it.each(cases.map((opCase) => [opCase.name, opCase] as const))(
    'computes as the reference: %s',
    async (_name, opCase) => checkExecutor(executor, opCase),
    120_000,
  );
});
