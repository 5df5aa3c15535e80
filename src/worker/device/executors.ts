import { toAppError } from '../../errors.ts';
import type { Executor, ExecutorName } from '../../plan/executor.ts';
import { type DeviceProfile, portable } from '../../plan/profile.ts';
import type { TileStore } from '../../webgpu/autotune.ts';
import { type GpuDevice, requestDevice } from '../../webgpu/device.ts';
import { estimateMemory, processorMemory } from './memory-budget.ts';
import type { Environment } from './messages.ts';

type Choice = ExecutorName | 'auto';

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

/** The executors of this browser: what there is, and each made once, when first needed. */
export class Executors {
  private gpu: Promise<GpuDevice> | null = null;
  /** What the visitor says may be filled, in bytes; null leaves it to the estimate. */
  private chosenBudget: number | null = null;
  private readonly budgeted = new Map<DeviceProfile, DeviceProfile>();
  private readonly made = new Map<ExecutorName, Promise<Executor>>();

  /** `tiles` keeps what was measured on each adapter. */
  constructor(private readonly tiles?: TileStore) {}

  /** What `auto` means here, and why it is not WebGPU where it is not. */
  async environment(): Promise<Environment> {
    try {
      const gpu = await this.gpuDevice();
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
        description: `${navigator.hardwareConcurrency} × CPU`,
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
    this.budgeted.clear();
    return this.environment();
  }

  /** What plans for a choice are made with. */
  async profile(choice: Choice): Promise<DeviceProfile> {
    if (processorExecutors.includes(choice as ExecutorName)) return this.withChosenBudget(processorProfile);
    return this.gpuDevice().then(
      ({ profile }) => this.withChosenBudget(profile),
      () => this.withChosenBudget(processorProfile),
    );
  }

  /** One object for each profile, so that plans made with it are known again. */
  private withChosenBudget(profile: DeviceProfile): DeviceProfile {
    if (this.chosenBudget === null) return profile;
    const made = this.budgeted.get(profile) ?? { ...profile, memoryBudget: this.chosenBudget };
    this.budgeted.set(profile, made);
    return made;
  }

  /**
   * The executor of a choice.
   * @throws AppError 'webgpu-unavailable', 'internal'
   */
  async executor(choice: Choice): Promise<Executor> {
    const name = choice === 'auto' ? await this.automatic() : choice;
    const made = this.made.get(name) ?? this.make(name);
    this.made.set(name, made);
    const forget = () => {
      if (this.made.get(name) === made) this.made.delete(name);
    };
    made.then(({ lost }) => lost.catch(forget), forget);
    return made;
  }

  private automatic(): Promise<ExecutorName> {
    return this.gpuDevice().then(
      () => 'webgpu',
      () => 'tfjs-wasm',
    );
  }

  /** Our device; after it is lost, or was refused, the next call asks anew. */
  private gpuDevice(): Promise<GpuDevice> {
    if (this.gpu) return this.gpu;
    const asked = requestDevice(navigator.gpu).then(withBudget);
    const forget = () => {
      if (this.gpu === asked) this.gpu = null;
    };
    asked.then(({ device }) => device.lost.then(forget), forget);
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
    const { device } = await requestDevice(navigator.gpu);
    return createTfjsExecutor({ backend: 'webgpu', device: { device, adapterInfo: device.adapterInfo } });
  }
}

async function withBudget(gpu: GpuDevice): Promise<GpuDevice> {
  return { ...gpu, profile: { ...gpu.profile, memoryBudget: await estimateMemory(gpu) } };
}

function missing(thrown: unknown): Environment['webgpuMissing'] {
  if (!self.isSecureContext) return 'insecure';
  if (navigator.gpu === undefined) return 'no-api';
  return String(toAppError(thrown).params.reason).includes('adapter was offered') ? 'no-adapter' : 'refused';
}
