import { afterEach, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { requestDevice } from './device.ts';
import { createWebGpuExecutor } from './executor.ts';

/** The null backend validates as any other and answers at once. */
const gpu = await createNodeGpu({ backend: 'null' });

async function started() {
  const gpuDevice = await requestDevice(gpu);
  const executor = createWebGpuExecutor(gpuDevice);
  open.push(executor);
  const session = executor.createSession();
  session.define('double', doubling(64));
  await session.compile('double');
  return { gpuDevice, executor, session, run: () => session.run('double', { x: new Float32Array(64) }) };
}

const open: { dispose(): void }[] = [];
afterEach(() => {
  for (const executor of open.splice(0)) executor.dispose();
});

function doubling(size: number) {
  const builder = new GraphBuilder();
  const weight = builder.parameter('w', { shape: [size], dtype: 'f32' }, 'weight');
  const x = builder.input('x', { shape: [size], dtype: 'f32' });
  return builder.finish({ y: builder.add(builder.scale(x, 2), weight) });
}

describe('requestDevice', () => {
  it('says that there is no WebGPU', async () => {
    await expect(requestDevice(undefined)).rejects.toMatchObject({ code: 'webgpu-unavailable' });
  });

  it('says that there is no adapter', async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU;
    await expect(requestDevice(none)).rejects.toMatchObject({ code: 'webgpu-unavailable' });
  });
});

describe('a failure of the GPU', () => {
  it('is told when the device is lost, by the executor and by every later call', async () => {
    const { gpuDevice, executor, session, run } = await started();
    const lost = executor.lost;
    gpuDevice.device.destroy();
    await expect(lost).rejects.toMatchObject({ code: 'device-lost' });
    await expect(run()).rejects.toMatchObject({ code: 'device-lost' });
    await expect(session.read('w')).rejects.toMatchObject({ code: 'device-lost' });
    expect(() => session.write('w', new Uint8Array(4))).toThrow(expect.objectContaining({ code: 'device-lost' }));
    expect(() => session.define('again', doubling(8))).toThrow(expect.objectContaining({ code: 'device-lost' }));
  });

  it('is told to the run that was waiting when the device went away', async () => {
    const { gpuDevice, run } = await started();
    const pending = run();
    gpuDevice.device.destroy();
    // It may have been done before the device went; it must not hang or end in a foreign error.
    const outcome = await pending.then(
      () => 'done',
      (error) => error.code,
    );
    expect(['done', 'device-lost']).toContain(outcome);
  });

  it('of validation stops every later call instead of leaving old numbers', async () => {
    const { gpuDevice, run } = await started();
    await run();
    gpuDevice.device.createShaderModule({ code: 'this is no shader' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(run()).rejects.toMatchObject({ code: 'gpu-validation' });
    await expect(run()).rejects.toMatchObject({ code: 'gpu-validation' });
  });

  it('to allocate is told by the next call, and another session goes on', async () => {
    const { gpuDevice, executor } = await started();
    // The null backend has 512 MiB in all.
    const rows = 30 * 2 ** 20;
    const session = executor.createSession();
    const builder = new GraphBuilder();
    const names = ['a', 'b', 'c', 'd', 'e'];
    const parts = names.map((name) => builder.parameter(name, { shape: [rows], dtype: 'f32' }, 'weight'));
    const sums = parts.map((part) => builder.reduceSum(part, 1));
    session.define('sum', builder.finish(Object.fromEntries(sums.map((sum, i) => [names[i]!, sum]))));
    session.write('e', new Uint8Array(1024));
    await expect(session.compile('sum')).rejects.toMatchObject({ code: 'gpu-out-of-memory' });
    session.dispose();
    gpuDevice.health.check();
    const other = executor.createSession();
    other.define('double', doubling(8));
    await other.compile('double');
    await expect(other.run('double', { x: new Float32Array(8) })).resolves.toHaveProperty('y');
  });
});

describe('a session', () => {
  it('refuses every call once it is closed', async () => {
    const { session, run } = await started();
    session.dispose();
    await expect(run()).rejects.toMatchObject({ code: 'internal' });
    expect(() => session.define('again', doubling(8))).toThrow('closed');
  });

  it('names an input that is missing, or of the wrong kind or length', async () => {
    const { session } = await started();
    await expect(session.run('double', {})).rejects.toThrow('input x is not fed');
    await expect(session.run('double', { x: new Float32Array(63) })).rejects.toThrow('Float32Array(64)');
    await expect(session.run('double', { x: new Int32Array(64) })).rejects.toThrow('Int32Array(64)');
  });

  it('names a program or parameter that does not exist', async () => {
    const { session } = await started();
    await expect(session.run('halve', {})).rejects.toThrow('halve');
    expect(() => session.write('nothing', new Uint8Array(4))).toThrow('nothing');
  });

  it('refuses more bytes than a parameter has', async () => {
    const { session } = await started();
    expect(() => session.write('w', new Uint8Array(260))).toThrow('256 bytes');
    expect(() => session.write('w', new Uint8Array(8), 252)).toThrow('256 bytes');
  });
});
