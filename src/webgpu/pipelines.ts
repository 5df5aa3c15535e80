import { AppError } from '../errors.ts';
import type { Access, Dispatch } from '../plan/types.ts';
import type { DeviceHealth } from './health.ts';
import { kernelSource } from './kernels/source.ts';

interface Layout {
  readonly bindings: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

/** All compiled kernels of a device, shared by its sessions. */
export class PipelineCache {
  private readonly ready = new Map<string, GPUComputePipeline>();
  private readonly pending = new Map<string, Promise<void>>();
  private readonly layouts = new Map<string, Layout>();

  constructor(
    private readonly device: GPUDevice,
    private readonly health: DeviceHealth,
  ) {}

  has(dispatch: Dispatch): boolean {
    return this.ready.has(dispatch.pipelineKey);
  }

  /** Compiles without blocking; a pipeline two callers want is compiled once. */
  compile(dispatch: Dispatch): Promise<void> {
    const key = dispatch.pipelineKey;
    if (this.ready.has(key)) return Promise.resolve();
    const known = this.pending.get(key);
    if (known !== undefined) return known;
    const compiling = this.compileAsync(dispatch).finally(() => this.pending.delete(key));
    this.pending.set(key, compiling);
    return compiling;
  }

  /** The pipeline at once; compiles it on the spot where nobody prepared it. `onCreate` hears of that. */
  get(dispatch: Dispatch, onCreate: () => void): GPUComputePipeline {
    const known = this.ready.get(dispatch.pipelineKey);
    if (known !== undefined) return known;
    const pipeline = this.device.createComputePipeline(this.descriptor(dispatch).descriptor);
    this.ready.set(dispatch.pipelineKey, pipeline);
    onCreate();
    return pipeline;
  }

  bindGroupLayout(dispatch: Dispatch): GPUBindGroupLayout {
    return this.layout(accessOf(dispatch)).bindings;
  }

  private async compileAsync(dispatch: Dispatch): Promise<void> {
    const { descriptor, module } = this.descriptor(dispatch);
    try {
      this.ready.set(dispatch.pipelineKey, await this.device.createComputePipelineAsync(descriptor));
    } catch (cause) {
      this.health.check();
      const { messages } = await module.getCompilationInfo();
      const reason = messages.map((message) => message.message).join('; ') || String(cause);
      throw new AppError('gpu-validation', { reason: `${dispatch.spec.kernel}: ${reason}` }, { cause });
    }
  }

  private descriptor(dispatch: Dispatch): { descriptor: GPUComputePipelineDescriptor; module: GPUShaderModule } {
    const access = accessOf(dispatch);
    const label = dispatch.spec.kernel;
    const module = this.device.createShaderModule({ label, code: kernelSource(dispatch.spec, access) });
    return { module, descriptor: { label, layout: this.layout(access).pipeline, compute: { module } } };
  }

  /**
   * A layout that says the access modes of the shader itself: an automatic one belongs to one pipeline, and a mismatch
   * must be an error, not silently wrong data.
   */
  private layout(access: readonly Access[]): Layout {
    const key = access.join();
    const known = this.layouts.get(key);
    if (known !== undefined) return known;
    const entries: GPUBindGroupLayoutEntry[] = access.map((mode, binding) => ({
      binding,
      visibility: GPUShaderStageCompute,
      buffer: { type: mode === 'read' ? 'read-only-storage' : 'storage' },
    }));
    entries.push({ binding: access.length, visibility: GPUShaderStageCompute, buffer: { type: 'uniform' } });
    const bindings = this.device.createBindGroupLayout({ entries });
    const layout = { bindings, pipeline: this.device.createPipelineLayout({ bindGroupLayouts: [bindings] }) };
    this.layouts.set(key, layout);
    return layout;
  }
}

const accessOf = (dispatch: Dispatch): Access[] => dispatch.bindings.map(({ access }) => access);

/** `GPUShaderStage.COMPUTE`; Node has no such global. */
const GPUShaderStageCompute = 4;
