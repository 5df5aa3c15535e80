import { AppError } from '../errors.ts';
import type { CompiledKernels } from '../plan/executor.ts';
import type { Access } from '../plan/kernels/definition.ts';
import {
  bindingsOf,
  inOrder,
  type KernelName,
  type KernelSpec,
  leastBindingBytes,
  type Named,
  pipelineKey,
  type SpecOf,
} from '../plan/kernels.ts';
import type { DeviceHealth } from './health.ts';
import { kernelShader } from './kernels/source.ts';

/** What a pipeline is made of; every dispatch of a plan says it. */
export interface Kernel {
  readonly spec: KernelSpec;
  readonly pipelineKey: string;
  readonly bindings: readonly { readonly access: Access }[];
}

interface Layout {
  readonly bindings: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

/** All compiled kernels of a device, shared by its sessions. */
export class PipelineCache {
  private readonly ready = new Map<string, GPUComputePipeline>();
  private readonly pending = new Map<string, Promise<void>>();
  private readonly layouts = new Map<string, Layout>();
  private readonly layoutOfKernel = new Map<string, Layout>();

  constructor(
    private readonly device: GPUDevice,
    private readonly health: DeviceHealth,
  ) {}

  /** What is compiled, as others may look at it. */
  get compiled(): CompiledKernels {
    return this.ready;
  }

  has(kernel: Kernel): boolean {
    return this.ready.has(kernel.pipelineKey);
  }

  /** Compiles without blocking; a pipeline two callers want is compiled once. */
  compile(kernel: Kernel): Promise<void> {
    const key = kernel.pipelineKey;
    if (this.ready.has(key)) return Promise.resolve();
    const known = this.pending.get(key);
    if (known !== undefined) return known;
    const compiling = this.compileAsync(kernel).finally(() => this.pending.delete(key));
    this.pending.set(key, compiling);
    return compiling;
  }

  /** The pipeline at once; compiles it on the spot where nobody compiled it before. `onCreate` hears of that. */
  get(kernel: Kernel, onCreate: () => void): GPUComputePipeline {
    const known = this.ready.get(kernel.pipelineKey);
    if (known !== undefined) return known;
    const pipeline = this.device.createComputePipeline(this.descriptor(kernel).descriptor);
    this.ready.set(kernel.pipelineKey, pipeline);
    onCreate();
    return pipeline;
  }

  bindGroupLayout(kernel: Kernel): GPUBindGroupLayout {
    return this.layout(kernel).bindings;
  }

  private async compileAsync(kernel: Kernel): Promise<void> {
    const { descriptor, module } = this.descriptor(kernel);
    try {
      this.ready.set(kernel.pipelineKey, await this.device.createComputePipelineAsync(descriptor));
    } catch (cause) {
      this.health.check();
      const { messages } = await module.getCompilationInfo();
      const reason = messages.map((message) => message.message).join('; ') || String(cause);
      throw new AppError('gpu-validation', { reason: `${kernel.spec.kernel}: ${reason}` }, { cause });
    }
  }

  private descriptor(kernel: Kernel): { descriptor: GPUComputePipelineDescriptor; module: GPUShaderModule } {
    const label = kernel.spec.kernel;
    const module = this.device.createShaderModule({ label, code: kernelShader(kernel.spec, accessOf(kernel)) });
    const { pipeline: layout } = this.layout(kernel);
    return { module, descriptor: { label, layout, compute: { module } } };
  }

  private layout(kernel: Kernel): Layout {
    const known = this.layoutOfKernel.get(kernel.pipelineKey);
    if (known !== undefined) return known;
    const [access, bindingBytes] = [accessOf(kernel), leastBindingBytes(kernel.spec)];
    const key = `${access.join()} ${bindingBytes.join()}`;
    const layout = this.layouts.get(key) ?? createLayout(this.device, access, bindingBytes);
    this.layouts.set(key, layout);
    this.layoutOfKernel.set(kernel.pipelineKey, layout);
    return layout;
  }
}

/**
 * A layout that says the access modes of the shader itself: an automatic one belongs to one pipeline, and a mismatch must
 * be an error, not silently wrong data. It says the least sizes too: without them WebGPU compares sizes at each dispatch,
 * and wgpu compares with those of another pipeline where two of one layout follow each other (gfx-rs/wgpu issue 7359).
 */
function createLayout(device: GPUDevice, access: readonly Access[], bindingBytes: readonly number[]): Layout {
  const entries = bindingBytes.map((minBindingSize, binding): GPUBindGroupLayoutEntry => {
    const mode = access[binding];
    const type = mode === undefined ? 'uniform' : mode === 'read' ? 'read-only-storage' : 'storage';
    return { binding, visibility: GPUShaderStageCompute, buffer: { type, minBindingSize } };
  });
  const bindings = device.createBindGroupLayout({ entries });
  return { bindings, pipeline: device.createPipelineLayout({ bindGroupLayouts: [bindings] }) };
}

/** A kernel with each buffer bound as it needs it: for dispatches that are in no plan. */
export function kernelOf(spec: KernelSpec): Kernel {
  const bindings = bindingsOf(spec);
  return { spec, bindings, pipelineKey: pipelineKey(spec, bindings) };
}

/** The bind group entries of such a dispatch. */
export function entriesOf<K extends KernelName>(
  spec: SpecOf<K>,
  buffers: Named<K, GPUBufferBinding>,
  uniforms: GPUBuffer,
): GPUBindGroupEntry[] {
  const resources = [...inOrder(spec, buffers).map(({ value }) => value), { buffer: uniforms }];
  return resources.map((resource, binding) => ({ binding, resource }));
}

const accessOf = ({ bindings }: Kernel): Access[] => bindings.map(({ access }) => access);

/** `GPUShaderStage.COMPUTE`; Node has no such global. */
const GPUShaderStageCompute = 4;
