/** The process that `connectProcess` starts. */
import { fileURLToPath } from 'node:url';
import { createExecutor } from '../src/cli/executors.ts';
import { nodeFiles } from '../src/cli/node-files.ts';
import { createNodeGpu } from '../src/cli/node-gpu.ts';
import { serveContender } from './remote.ts';

const example = fileURLToPath(new URL('../public/example/', import.meta.url));

serveContender(
  {
    send: (message) => void process.send!(message),
    receive: (onMessage) => void process.on('message', onMessage as (message: unknown) => void),
  },
  {
    example: { data: nodeFiles(example), model: nodeFiles(`${example}/model`) },
    executor: createExecutor,
    async provideNavigatorGpu() {
      const gpu = await createNodeGpu();
      Object.assign(globalThis, (await import('webgpu')).globals);
      Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent: 'Node' }, configurable: true });
    },
  },
);
