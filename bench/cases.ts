/**
 * Every operation and decoder of the float64 reference on the adapter that Node finds, with the kernels of software
 * adapters and of real GPUs: src/webgpu/cases.test.ts for machines that have no test runner.
 * npx tsx bench/cases.ts [--only attention]
 */
import { parseArgs } from 'node:util';
import { createNodeGpu } from '../src/cli/node-gpu.ts';
import { checkExecutor, opCases } from '../src/graph/reference/cases.ts';
import { requestDevice } from '../src/webgpu/device.ts';
import { createWebGpuExecutor } from '../src/webgpu/executor.ts';

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const gpuDevice = await requestDevice(await createNodeGpu());
const cases = opCases.filter(({ name }) => name.includes(values.only));
console.log(gpuDevice.description);
let failed = 0;
for (const software of [false, true]) {
  const executor = createWebGpuExecutor({ ...gpuDevice, profile: { ...gpuDevice.profile, software } });
  for (const opCase of cases)
    await checkExecutor(executor, opCase).catch((error: unknown) => {
      failed++;
      console.log(
        `FAILED ${software ? 'direct' : 'staged'} ${opCase.name}: ${error instanceof Error ? error.message : error}`,
      );
    });
}
console.log(`${2 * cases.length - failed} of ${2 * cases.length} agree with the reference`);
process.exit(failed === 0 ? 0 : 1);
