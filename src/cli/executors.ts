import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { toAppError } from '../errors.ts';
import { automatic, type Executor, type ExecutorName } from '../plan/executor.ts';
import { cacheFolder } from './cache-folder.ts';
import { nodeDirectory } from './node-directory.ts';

const makers: Readonly<Record<ExecutorName, () => Promise<Executor>>> = {
  async webgpu() {
    const [{ createNodeGpu }, { requestDevice }, { createWebGpuExecutor }, { jsonFile }] = await Promise.all([
      import('./node-gpu.ts'),
      import('../webgpu/device.ts'),
      import('../webgpu/executor.ts'),
      import('../files/json-file.ts'),
    ]);
    const cache = nodeDirectory(cacheFolder());
    return createWebGpuExecutor(
      await requestDevice(await createNodeGpu()),
      jsonFile(async () => cache, 'tiles.json'),
    );
  },
  async 'tfjs-webgpu'() {
    const [{ createNodeGpu }, { requestDevice }, { createTfjsExecutor }] = await Promise.all([
      import('./node-gpu.ts'),
      import('../webgpu/device.ts'),
      import('../tfjs/executor.ts'),
    ]);
    const { device } = await requestDevice(await createNodeGpu());
    // TensorFlow.js asks for GPUBuffer and its like by their global names, as a browser has them.
    Object.assign(globalThis, (await import('webgpu')).globals);
    return createTfjsExecutor({ backend: 'webgpu', device: { device, adapterInfo: device.adapterInfo } });
  },
  async 'tfjs-wasm'() {
    const { createTfjsExecutor } = await import('../tfjs/executor.ts');
    const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    return createTfjsExecutor({ backend: 'wasm', wasmPaths: `${dirname(entry)}/` });
  },
  async 'tfjs-cpu'() {
    const { createTfjsExecutor } = await import('../tfjs/executor.ts');
    return createTfjsExecutor({ backend: 'cpu' });
  },
};

/**
 * The executor of that name, or for `auto` the first that starts; `onSkipped` is told why one did not.
 * @throws AppError of the last one tried
 */
export async function createExecutor(
  name: ExecutorName | 'auto',
  onSkipped: (name: ExecutorName, reason: string) => void = () => {},
): Promise<Executor> {
  if (name !== 'auto') return makers[name]();
  let last: unknown;
  for (const each of automatic) {
    try {
      return await makers[each]();
    } catch (error) {
      last = error;
      onSkipped(each, toAppError(error).message);
    }
  }
  throw toAppError(last);
}
