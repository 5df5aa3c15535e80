import { env, getBackend, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { AppError } from '../errors.ts';
import { withWebgpuGlobals } from './webgpu-globals.ts';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/** Where the backend's .wasm files are: a folder with a closing slash, or the address of each file by its own name. */
export type WasmPaths = string | Readonly<Record<string, string>>;

/** Makes the backend of all later calls the one named, which must have been started; at once. */
export function selectBackend(name: BackendName): void {
  // The promise only matters for a backend that is not there yet.
  if (getBackend() !== name) void setBackend(name);
}

async function start(name: BackendName): Promise<void> {
  if (!(await setBackend(name))) throw new AppError('internal', { reason: `TensorFlow.js cannot start ${name}` });
}

export async function startCpu(): Promise<void> {
  await import('@tensorflow/tfjs-backend-cpu');
  await start('cpu');
}

/** Longest wait for the threads of wasm: where the page forbids their workers they never answer. */
const THREADS_MILLISECONDS = 15_000;

/**
 * Starts wasm, with threads where the page is cross-origin isolated, else with one. Says what it runs with.
 * A second start keeps the first one's files and threads.
 */
export async function startWasm(paths: WasmPaths | undefined): Promise<string> {
  const { setWasmPaths, getThreadsCount } = await import('@tensorflow/tfjs-backend-wasm');
  if (paths !== undefined) setWasmPaths(paths as Parameters<typeof setWasmPaths>[0]);
  const [simd, threads] = await Promise.all([
    env().getAsync('WASM_HAS_SIMD_SUPPORT'),
    env().getAsync('WASM_HAS_MULTITHREAD_SUPPORT'),
  ]);
  if (!(threads && simd && (await startedInTime()))) {
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    await start('wasm');
  }
  const count = env().getBool('WASM_HAS_MULTITHREAD_SUPPORT') && simd ? getThreadsCount() : 1;
  return `${simd ? 'SIMD, ' : ''}${count} ${count === 1 ? 'thread' : 'threads'}`;
}

async function startedInTime(): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), THREADS_MILLISECONDS);
  });
  try {
    return await Promise.race([setBackend('wasm').catch(() => false), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The split-K product of 4.22 ignores transposeB where K ≥ 2000, which is LoRA's dY·Bᵀ; type 3 never takes it. */
const PACKED_MATMUL = 3;

/** Starts the webgpu backend on a device of ours: its own registration asks for too few limits. */
export async function startWebgpu(device: GPUDevice, adapterInfo: GPUAdapterInfo): Promise<void> {
  await withWebgpuGlobals(device, async () => {
    const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
    removeBackend('webgpu');
    registerBackend('webgpu', () => new WebGPUBackend(device, adapterInfo));
    env().set('WEBGPU_MATMUL_PROGRAM_TYPE', PACKED_MATMUL);
    await start('webgpu');
  });
}

export function stopWebgpu(): void {
  removeBackend('webgpu');
}
