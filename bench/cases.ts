/**
 * Every operation and decoder of the float64 reference on the adapter that Node finds, with the kernels of software
 * adapters and of real GPUs: src/webgpu/cases.test.ts for machines that have no test runner.
 * npx tsx bench/cases.ts [--only attention] [--staged], which leaves out the kernels of software adapters
 */
import { parseArgs } from 'node:util';
import { createNodeGpu } from '../src/cli/node-gpu.ts';
import { checkExecutor, opCases } from '../src/graph/reference/cases.ts';
import { requestDevice } from '../src/webgpu/device.ts';
import { createWebGpuExecutor } from '../src/webgpu/executor.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, staged: { type: 'boolean', default: false } },
});
const gpuDevice = await requestDevice(await createNodeGpu());
const cases = opCases.filter(({ name }) => name.includes(values.only));
console.log(gpuDevice.description);
let failed = 0;
const kinds = values.staged ? [false] : [false, true];
for (const software of kinds) {
  const executor = createWebGpuExecutor({ ...gpuDevice, profile: { ...gpuDevice.profile, software } });
  for (const opCase of cases)
    await checkExecutor(executor, opCase).catch((error: unknown) => {
      failed++;
      console.log(
        `FAILED ${software ? 'direct' : 'staged'} ${opCase.name}: ${error instanceof Error ? error.message : error}`,
      );
    });
}
const all = kinds.length * cases.length;
console.log(`${all - failed} of ${all} agree with the reference`);
process.exit(failed === 0 ? 0 : 1);
