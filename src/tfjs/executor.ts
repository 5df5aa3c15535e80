import { version_core } from '@tensorflow/tfjs-core';
import { AppError } from '../errors.ts';
import type { Executor } from '../plan/executor.ts';
import { type DeviceProfile, portable } from '../plan/profile.ts';
import { type BackendName, startCpu, startWasm, startWebgpu, stopWebgpu, type WasmPaths } from './backends.ts';
import { DeviceWatch } from './device-watch.ts';
import { TfjsSession } from './session.ts';

export interface TfjsOptions {
  readonly backend: BackendName;
  /** The device that backend 'webgpu' runs on. */
  readonly device?: { readonly device: GPUDevice; readonly adapterInfo: GPUAdapterInfo };
  /** Where backend 'wasm' finds its binaries: a folder ending in a slash, or an address for each file name. */
  readonly wasmPaths?: WasmPaths;
  /** Bytes of tensors a session may need. Default: 3 GiB on wasm and cpu, no limit of ours on webgpu. */
  readonly memoryLimit?: number;
}

const GiB = 2 ** 30;

/** Assumed rates, for time estimates alone: one core of plain JavaScript, a few cores with SIMD, a small GPU. */
const flopsPerSecond: Readonly<Record<BackendName, number>> = { cpu: 0.5e9, wasm: 20e9, webgpu: 0.2e12 };

/** What wasm can address is 4 GiB, in one heap that fragments; the garbage-collected arrays of cpu fare no better. */
const defaultLimit: Readonly<Record<BackendName, number>> = {
  cpu: 3 * GiB,
  wasm: 3 * GiB,
  webgpu: Number.POSITIVE_INFINITY,
};

function profileOf(backend: BackendName, device: GPUDevice | undefined): DeviceProfile {
  const limits = device && {
    maxBufferSize: device.limits.maxBufferSize,
    maxStorageBufferBindingSize: device.limits.maxStorageBufferBindingSize,
  };
  return {
    ...portable,
    ...limits,
    name: `tfjs-${backend}`,
    software: backend !== 'webgpu',
    flopsPerSecond: flopsPerSecond[backend],
  };
}

/** Starts the backend; says in words what it runs on. */
async function startBackend({ backend, device, wasmPaths }: TfjsOptions): Promise<string> {
  if (backend === 'cpu') {
    await startCpu();
    return 'JavaScript';
  }
  if (backend === 'wasm') return `WebAssembly, ${await startWasm(wasmPaths)}`;
  if (device === undefined) throw new AppError('webgpu-unavailable', { reason: 'no device was given' });
  await startWebgpu(device.device, device.adapterInfo);
  return device.adapterInfo.description || device.adapterInfo.vendor || 'WebGPU';
}

/**
 * The portable executor: graphs interpreted with TensorFlow.js. Weights are widened to f32, dropout masks come from
 * JavaScript, and every integer input is read on the host, so it must be fed and not computed. The backends are
 * TensorFlow.js's global ones: several executors of one backend share its memory, and of 'webgpu' only the one made
 * last works.
 * @throws AppError 'webgpu-unavailable' where backend 'webgpu' is given no device, 'internal' where a backend does not
 * start.
 */
export async function createTfjsExecutor(options: TfjsOptions): Promise<Executor> {
  const { backend, memoryLimit = defaultLimit[backend] } = options;
  const running = await startBackend(options);
  const device = backend === 'webgpu' ? options.device?.device : undefined;
  const watch = new DeviceWatch(device);
  const name = `tfjs-${backend}` as const;
  const profile = profileOf(backend, device);
  const sessions: TfjsSession[] = [];
  return {
    name,
    profile,
    description: `TensorFlow.js ${version_core} (${running})`,
    lost: watch.lost,
    createSession() {
      const session = new TfjsSession({ name, backend, profile, watch, memoryLimit });
      sessions.push(session);
      return session;
    },
    dispose() {
      for (const session of sessions) session.dispose();
      watch.dispose();
      if (backend === 'webgpu') stopWebgpu();
    },
  };
}
