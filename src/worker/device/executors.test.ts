import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createNodeGpu } from '../../cli/node-gpu.ts';

/** The null backend validates as any other and answers at once. */
const gpu = (await createNodeGpu({ backend: 'null' }))!;
vi.mock('./memory-budget.ts', () => ({ estimateMemory: async () => 2 ** 30, processorMemory: 2 ** 30 }));
const requestAdapter = vi.fn();
vi.stubGlobal('navigator', { hardwareConcurrency: 2, gpu: { requestAdapter } });
vi.stubGlobal('self', { isSecureContext: true, location: { href: 'http://localhost/worker.js' } });
const { Executors } = await import('./executors.ts');

const given = () => gpu.requestAdapter();
const none = async () => null;

beforeEach(() => {
  requestAdapter.mockReset().mockImplementation(given);
});

describe('what computes after a device was lost', { timeout: 30_000 }, () => {
  it('is the next device, and a browser that has none for a moment is asked again', async () => {
    const executors = new Executors();
    const first = await executors.executor('auto');
    expect(await executors.executor('auto')).toBe(first);
    first.abandon!('hangs' as never);
    await expect(first.lost).rejects.toMatchObject({ code: 'device-lost' });
    requestAdapter.mockImplementationOnce(none).mockImplementationOnce(none);
    const second = await executors.executor('auto');
    expect(second).not.toBe(first);
    expect(second).toMatchObject({ name: 'webgpu', isBroken: false });
    second.dispose();
  });

  it('is a new device, too, where an error of the old one stays', async () => {
    const executors = new Executors();
    const first = await executors.executor('webgpu');
    Object.defineProperty(first, 'isBroken', { value: true });
    const [second, asked] = await Promise.all([executors.executor('webgpu'), executors.executor('webgpu')]);
    expect(asked).toBe(second);
    expect(second).not.toBe(first);
    expect(second.isBroken).toBe(false);
    second.dispose();
  });

  it('is never the processor without a question, however long none comes', async () => {
    const executors = new Executors();
    const first = await executors.executor('auto');
    first.abandon!('hangs' as never);
    await first.lost.catch(() => {});
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      requestAdapter.mockImplementation(none);
      const refused = expect(executors.executor('auto')).rejects.toMatchObject({ code: 'webgpu-unavailable' });
      await vi.advanceTimersByTimeAsync(20_000);
      await refused;
      const environment = executors.environment();
      await vi.advanceTimersByTimeAsync(20_000);
      expect((await environment).executor).toBe('webgpu');
    } finally {
      vi.useRealTimers();
    }
  });

  it('is the processor where there never was a device', async () => {
    requestAdapter.mockImplementation(none);
    expect((await new Executors().environment()).executor).toBe('tfjs-wasm');
  });
});
