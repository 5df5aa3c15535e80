import type { Feeds, Outputs } from '../plan/executor.ts';
import type { Dispatch, Plan } from '../plan/types.ts';
import { type BufferOwner, storageUsage, usage } from './buffers.ts';
import type { GpuDevice } from './device.ts';
import { FeedWriter } from './feeds.ts';
import type { PipelineCache } from './pipelines.ts';
import { ReadbackRing } from './readback.ts';

/** A dispatch with all it needs; replayed as it stands. */
interface Step {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
}

/** What a session lends its programs. */
export interface ProgramContext {
  readonly gpu: GpuDevice;
  readonly pipelines: PipelineCache;
  readonly buffers: BufferOwner;
  /** A persistent or pool buffer by name. */
  readonly shared: (name: string) => GPUBuffer;
  readonly count: Counters;
}

export interface Counters {
  dispatches: number;
  submits: number;
  bindGroups: number;
  pipelines: number;
}

/** A planned program: its own small buffers, and the recorded steps, grouped by command buffer. */
export class Program {
  private readonly feedWriter: FeedWriter;
  private readonly feeds: GPUBuffer;
  private readonly uniforms: GPUBuffer;
  private readonly readback: ReadbackRing;
  private groups: readonly (readonly Step[])[] = [];
  /** The generation of the pool that the bind groups point into. */
  private recordedFor = -1;

  constructor(
    readonly plan: Plan,
    private readonly context: ProgramContext,
  ) {
    const { buffers, gpu } = context;
    this.feedWriter = new FeedWriter(plan.feeds, plan.feedBytes);
    this.feeds = buffers.create('feeds', plan.feedBytes, storageUsage);
    this.uniforms = buffers.create('uniforms', plan.uniforms.byteLength, usage.uniform | usage.copyTarget);
    gpu.device.queue.writeBuffer(this.uniforms, 0, plan.uniforms);
    this.readback = new ReadbackRing(buffers, gpu.health, plan.outputs, plan.stagingBytes);
  }

  /** Compiles all pipelines, several at a time. */
  async compile(onProgress?: (done: number, total: number) => void): Promise<void> {
    const { pipelines, count } = this.context;
    const wanted = [...new Map(this.plan.dispatches.map((dispatch) => [dispatch.pipelineKey, dispatch])).values()];
    let done = 0;
    onProgress?.(0, wanted.length);
    await Promise.all(
      wanted.map(async (dispatch) => {
        if (!pipelines.has(dispatch)) count.pipelines++;
        await pipelines.compile(dispatch);
        onProgress?.(++done, wanted.length);
      }),
    );
  }

  /** Makes the bind groups, if the pool has changed since they were made. */
  record(poolGeneration: number): void {
    if (this.recordedFor === poolGeneration) return;
    const groups = new Map<number, Step[]>();
    for (const dispatch of this.plan.dispatches) {
      const group = groups.get(dispatch.submit) ?? [];
      groups.set(dispatch.submit, group);
      group.push(this.step(dispatch));
    }
    this.groups = groups.size === 0 ? [[]] : [...groups.values()];
    this.recordedFor = poolGeneration;
  }

  /** Enqueues one run; nothing is created but the command buffers, which WebGPU uses once. */
  enqueue(feeds: Feeds): Promise<Outputs> {
    const { gpu, count } = this.context;
    const { queue } = gpu.device;
    this.feedWriter.fill(feeds);
    if (this.plan.feedBytes > 0) queue.writeBuffer(this.feeds, 0, this.feedWriter.data);
    let staging: GPUBuffer | undefined;
    for (const [i, steps] of this.groups.entries()) {
      const encoder = gpu.device.createCommandEncoder();
      encodeSteps(encoder, steps);
      if (i === this.groups.length - 1) staging = this.readback.encode(encoder, this.bufferOf);
      queue.submit([encoder.finish()]);
      count.dispatches += steps.length;
      count.submits++;
    }
    if (staging !== undefined) return this.readback.read(staging);
    return gpu.health.settle(queue.onSubmittedWorkDone()).then(() => ({}));
  }

  /** Frees its own buffers; runs already enqueued are carried out. */
  dispose(): void {
    for (const buffer of [this.feeds, this.uniforms]) this.context.buffers.destroy(buffer);
    this.readback.dispose();
  }

  private step(dispatch: Dispatch): Step {
    const { gpu, pipelines, count } = this.context;
    const entries: GPUBindGroupEntry[] = dispatch.bindings.map(({ buffer, offset, bytes }, binding) => ({
      binding,
      resource: { buffer: this.bufferOf(buffer), offset, size: bytes },
    }));
    const { uniformOffset: offset, uniformBytes: size } = dispatch;
    entries.push({ binding: entries.length, resource: { buffer: this.uniforms, offset, size } });
    count.bindGroups++;
    return {
      pipeline: pipelines.get(dispatch, () => count.pipelines++),
      bindGroup: gpu.device.createBindGroup({ layout: pipelines.bindGroupLayout(dispatch), entries }),
      workgroups: dispatch.workgroups,
    };
  }

  private bufferOf = (name: string): GPUBuffer => {
    if (name === 'feeds') return this.feeds;
    return this.context.shared(name);
  };
}

function encodeSteps(encoder: GPUCommandEncoder, steps: readonly Step[]): void {
  if (steps.length === 0) return;
  const pass = encoder.beginComputePass();
  let pipeline: GPUComputePipeline | undefined;
  for (const step of steps) {
    if (step.pipeline !== pipeline) pass.setPipeline(step.pipeline);
    pipeline = step.pipeline;
    pass.setBindGroup(0, step.bindGroup);
    pass.dispatchWorkgroups(step.workgroups[0], step.workgroups[1], step.workgroups[2]);
  }
  pass.end();
}
