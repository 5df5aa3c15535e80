import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createNodeGpu } from './node-gpu.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A process that computes on the GPU and then has nothing more to do. */
const program = `
import { createNodeGpu } from './src/cli/node-gpu.ts';
import { GraphBuilder } from './src/graph/builder.ts';
import { requestDevice } from './src/webgpu/device.ts';
import { createWebGpuExecutor } from './src/webgpu/executor.ts';
const executor = createWebGpuExecutor(await requestDevice(await createNodeGpu({ backend: 'software' })));
const builder = new GraphBuilder();
const x = builder.input('x', { shape: [3], dtype: 'f32' });
const session = executor.createSession();
session.define('triple', builder.finish({ y: builder.scale(x, 3) }));
const { y } = await session.run('triple', { x: Float32Array.of(1, 2, 3) });
console.log('result', [...y].join());
executor.dispose();
`;

describe('WebGPU in Node', () => {
  it('lets the process end by itself when its device is disposed of', () => {
    const { stdout, status, signal } = spawnSync('npx', ['tsx', '--input-type=module', '--eval', program], {
      cwd: root,
      encoding: 'utf8',
      timeout: 50_000,
    });
    expect({ result: stdout.trim().split('\n').at(-1), status, signal }).toEqual({
      result: 'result 3,6,9',
      status: 0,
      signal: null,
    });
  });

  it('finds a software adapter on a machine without a GPU', async () => {
    const gpu = await createNodeGpu({ backend: 'software' });
    expect(gpu, 'install Chromium, or Mesa 25 or later, for its software adapter').toBeDefined();
    expect(await gpu?.requestAdapter()).not.toBeNull();
  });

  it('has a backend that only validates', async () => {
    const adapter = await (await createNodeGpu({ backend: 'null' }))?.requestAdapter();
    expect(adapter?.info.device).toBe('null-backend');
  });
});
