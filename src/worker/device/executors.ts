import { toAppError } from '../../errors.ts';
import type { CompiledKernels, Executor, ExecutorName } from '../../plan/executor.ts';
import { type DeviceProfile, portable } from '../../plan/profile.ts';
import type { Calibration } from '../../plan/rates.ts';
import { type Calibrations, deviceKey } from '../../training/run/calibrations.ts';
import type { RunTimes } from '../../training/run/run-times.ts';
import type { TileStore } from '../../webgpu/autotune.ts';
import { type GpuDevice, requestDevice } from '../../webgpu/device.ts';
import { estimateMemory, processorMemory } from './memory-budget.ts';
import type { Environment } from './messages.ts';

type Choice = ExecutorName | 'auto';

const processorName = `${navigator.hardwareConcurrency} × CPU`;

/** wasm and cpu: what plans assume until the backend runs. */
const processorProfile: DeviceProfile = {
  ...portable,
  name: 'processor',
  maxBufferSize: 2 ** 32,
  maxStorageBufferBindingSize: 2 ** 32,
  software: true,
  memoryBudget: processorMemory,
  // Assumed: what wasm reached a core with the example on two cores, rounded up because those were busy.
  flopsPerSecond: 2e9 * navigator.hardwareConcurrency,
};

const processorExecutors: readonly ExecutorName[] = ['tfjs-wasm', 'tfjs-cpu'];

const isOfProcessor = (choice: Choice): boolean => processorExecutors.some((name) => name === choice);

const deviceOf = (name: ExecutorName, gpu: GpuDevice | null): string =>
  gpu ? deviceKey(name, gpu.description, gpu.profile.features) : deviceKey(name, processorName);

/** The executors of this browser: what there is, and each made once, when first needed. */
export class Executors {
  private gpu: Promise<GpuDevice> | null = null;
  /** The device that was had last. Who had one goes on with none but the next one: never on the processor unasked. */
  private lastGpu: GpuDevice | null = null;
  /** What the visitor says may be filled, in bytes; null leaves it to the estimate. */
  private chosenBudget: number | null = null;
  private readonly completed = new Map<DeviceProfile, DeviceProfile>();
  private readonly made = new Map<ExecutorName, Promise<Executor>>();

  /** `tiles` keeps what was measured on each adapter, `calibrations` what runs took on each device. */
  constructor(
    private readonly tiles?: TileStore,
    private readonly calibrations?: Calibrations,
  ) {}

  /** What `auto` means here, and why it is not WebGPU where it is not. */
  async environment(): Promise<Environment> {
    try {
      const gpu = await this.knownGpu();
      return {
        executor: 'webgpu',
        available: ['webgpu', 'tfjs-webgpu', ...processorExecutors],
        description: gpu.description,
        webgpuMissing: null,
        software: gpu.profile.software,
        memoryBudget: this.chosenBudget ?? gpu.profile.memoryBudget ?? processorMemory,
        memoryBudgetSet: this.chosenBudget !== null,
      };
    } catch (thrown) {
      return {
        executor: 'tfjs-wasm',
        available: processorExecutors,
        description: processorName,
        webgpuMissing: missing(thrown),
        software: true,
        memoryBudget: this.chosenBudget ?? processorMemory,
        memoryBudgetSet: this.chosenBudget !== null,
      };
    }
  }

  /** Plans made from now on keep to `bytes`. */
  setMemoryBudget(bytes: number | null): Promise<Environment> {
    this.chosenBudget = bytes;
    return this.environment();
  }

  /** What plans for a choice are made with, with what earlier runs took on the device. */
  async profile(choice: Choice): Promise<DeviceProfile> {
    const gpu = isOfProcessor(choice) ? null : await this.knownGpu().catch(() => null);
    const name = choice === 'auto' ? (gpu ? 'webgpu' : 'tfjs-wasm') : choice;
    const calibration = await this.calibrations?.of(deviceOf(name, gpu));
    return this.complete(gpu?.profile ?? processorProfile, calibration);
  }

  /** Keeps what a run took on its device. */
  async learn({ name, profile }: Executor, times: RunTimes): Promise<void> {
    const gpu = isOfProcessor(name) ? null : await this.knownGpu().catch(() => null);
    await this.calibrations?.learn(deviceOf(name, gpu), times, profile);
  }

  /** What an executor that is made already has compiled; undefined where it is not made. */
  async compiled(choice: Choice): Promise<CompiledKernels | undefined> {
    const name = choice === 'auto' ? await this.automatic() : choice;
    return (await this.made.get(name)?.catch(() => undefined))?.kernels;
  }

  /** One object for each profile while nothing of it changes, so that plans made with it are known again. */
  private complete(profile: DeviceProfile, calibration: Calibration | undefined): DeviceProfile {
    const memoryBudget = this.chosenBudget ?? profile.memoryBudget;
    const before = this.completed.get(profile);
    if (before && before.calibration === calibration && before.memoryBudget === memoryBudget) return before;
    const whole = {
      ...profile,
      ...(calibration ? { calibration } : {}),
      ...(memoryBudget === undefined ? {} : { memoryBudget }),
    };
    this.completed.set(profile, whole);
    return whole;
  }

  /**
   * The executor of a choice; a new one where the device was lost or a failure of it stays.
   * @throws AppError 'webgpu-unavailable', 'internal'
   */
  async executor(choice: Choice): Promise<Executor> {
    const name = choice === 'auto' ? await this.automatic() : choice;
    const known = this.made.get(name);
    const before = await known?.catch(() => undefined);
    // Unless another who asked has done so meanwhile.
    if (before?.isBroken && this.made.get(name) === known) this.forget(name, before);
    const made = this.made.get(name) ?? this.make(name);
    this.made.set(name, made);
    const forget = () => {
      if (this.made.get(name) === made) this.made.delete(name);
    };
    made.then(({ lost }) => lost.catch(forget), forget);
    return made;
  }

  private forget(name: ExecutorName, broken: Executor): void {
    this.made.delete(name);
    if (name === 'webgpu') this.gpu = null;
    broken.dispose();
  }

  private automatic(): Promise<ExecutorName> {
    if (this.lastGpu) return Promise.resolve('webgpu');
    return this.gpuDevice().then(
      () => 'webgpu',
      () => 'tfjs-wasm',
    );
  }

  /** Our device, or between two of them the one that was lost. */
  private knownGpu(): Promise<GpuDevice> {
    return this.gpuDevice().catch((thrown) => {
      if (this.lastGpu) return this.lastGpu;
      throw thrown;
    });
  }

  /** Our device; after it is lost, or was refused, the next call asks anew. */
  private gpuDevice(): Promise<GpuDevice> {
    if (this.gpu) return this.gpu;
    const asked = (this.lastGpu ? nextDevice() : requestDevice(navigator.gpu)).then(withBudget);
    const forget = () => {
      if (this.gpu === asked) this.gpu = null;
    };
    asked.then((gpu) => {
      this.lastGpu = gpu;
      gpu.health.lost.catch(forget);
    }, forget);
    this.gpu = asked;
    return asked;
  }

  private async make(name: ExecutorName): Promise<Executor> {
    if (name === 'webgpu') {
      const { createWebGpuExecutor } = await import('../../webgpu/executor.ts');
      return createWebGpuExecutor(await this.gpuDevice(), this.tiles);
    }
    const { createTfjsExecutor } = await import('../../tfjs/executor.ts');
    if (name === 'tfjs-cpu') return createTfjsExecutor({ backend: 'cpu' });
    if (name === 'tfjs-wasm') {
      const { bundledWasmPaths } = await import('../../tfjs/bundled-wasm.ts');
      return createTfjsExecutor({ backend: 'wasm', wasmPaths: bundledWasmPaths });
    }
    const { device } = await (this.lastGpu ? nextDevice() : requestDevice(navigator.gpu));
    return createTfjsExecutor({ backend: 'webgpu', device: { device, adapterInfo: device.adapterInfo } });
  }
}

/** Milliseconds between two asks for a device: a browser whose GPU process died needs some seconds to have one again. */
const pauses = [100, 200, 400, 800, 1500, 2000, 3000];

/** A device after one that was lost. @throws AppError 'webgpu-unavailable' */
async function nextDevice(): Promise<GpuDevice> {
  for (const pause of pauses) {
    try {
      return await requestDevice(navigator.gpu);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return requestDevice(navigator.gpu);
}

async function withBudget(gpu: GpuDevice): Promise<GpuDevice> {
  return { ...gpu, profile: { ...gpu.profile, memoryBudget: await estimateMemory(gpu) } };
}

function missing(thrown: unknown): Environment['webgpuMissing'] {
  if (!self.isSecureContext) return 'insecure';
  if (navigator.gpu === undefined) return 'no-api';
  return String(toAppError(thrown).params.reason).includes('adapter was offered') ? 'no-adapter' : 'refused';
}
