import { AppError } from '../errors.ts';
import type { FloatDType, Graph } from '../graph/types.ts';
import type { CostSheet } from '../plan/cost-sheet.ts';
import type { Feeds, Outputs, Session, SessionStatistics } from '../plan/executor.ts';
import { planProgram } from '../plan/plan.ts';
import type { PersistentLayout, PersistentTensor, Plan } from '../plan/types.ts';
import { BufferOwner, storageUsage } from './buffers.ts';
import type { GpuDevice } from './device.ts';
import { PersistentTransfer } from './persistent.ts';
import type { PipelineCache } from './pipelines.ts';
import { type Counters, Program } from './program.ts';
import { WeightQuantiser } from './quantiser.ts';
import { type GpuWeightShelf, weightBuffers } from './weight-shelf.ts';

/** One run on the GPU: its buffers, and the programs that share them. */
export class WebGpuSession implements Session {
  private readonly buffers: BufferOwner;
  private readonly transfer: PersistentTransfer;
  private readonly quantiser: WeightQuantiser;
  private readonly programs = new Map<string, Program>();
  private readonly named = new Map<string, GPUBuffer>();
  /** Weights that were found filled, and those that are left filled. */
  private readonly found = new Set<string>();
  private readonly left = new Set<string>();
  private readonly poolBytes: number[] = [];
  /** Grows with each new pool buffer, so that programs know that their bind groups are stale. */
  private poolGeneration = 0;
  private layout: PersistentLayout | undefined;
  private disposed = false;
  private readonly count: Counters = { dispatches: 0, submits: 0, bindGroups: 0, pipelines: 0 };

  constructor(
    private readonly gpu: GpuDevice,
    private readonly pipelines: PipelineCache,
    private readonly onDispose: () => void,
    private readonly shelf?: GpuWeightShelf,
  ) {
    this.buffers = new BufferOwner(gpu.device, gpu.health);
    this.transfer = new PersistentTransfer(gpu.device, gpu.health, this.buffers, this.bufferNamed);
    this.quantiser = new WeightQuantiser({
      ...{ device: gpu.device, health: gpu.health, buffers: this.buffers, pipelines, bufferOf: this.bufferNamed },
      onPipeline: () => this.count.pipelines++,
    });
  }

  get statistics(): SessionStatistics {
    return { ...this.count, bufferBytes: this.buffers.bytes, buffers: this.buffers.created };
  }

  define(name: string, graph: Graph): CostSheet {
    this.check();
    const plan = planProgram(graph, this.gpu.profile, this.layout);
    this.layout = plan.persistent;
    this.programs.get(name)?.dispose();
    this.takeFromShelf(plan.persistent);
    const program = this.buffers.allocate(this.missingBytes(plan), () => {
      this.createPersistent(plan);
      this.growPool(plan.pool);
      return new Program(plan, {
        gpu: this.gpu,
        pipelines: this.pipelines,
        buffers: this.buffers,
        shared: this.bufferNamed,
        count: this.count,
      });
    });
    this.programs.set(name, program);
    return plan.cost;
  }

  async compile(name: string, onProgress?: (done: number, total: number) => void): Promise<void> {
    this.check();
    const program = this.program(name);
    await this.settled();
    await program.compile(onProgress);
    this.check();
    program.record(this.poolGeneration);
  }

  write(parameter: string, bytes: Uint8Array, byteOffset = 0): void {
    this.check();
    this.left.delete(parameter);
    this.buffers.use(() => this.transfer.write(this.tensor(parameter), bytes, byteOffset));
  }

  quantise(parameter: string, published: Uint8Array, dtype: FloatDType, firstRow: number): void {
    this.check();
    this.left.delete(parameter);
    this.buffers.use(() => this.quantiser.write(this.tensor(parameter), published, dtype, firstRow));
  }

  async finishQuantising(): Promise<number> {
    this.check();
    const error = await this.whileOpen(this.quantiser.finish());
    this.check();
    return error;
  }

  async read(parameter: string): Promise<Uint8Array> {
    this.check();
    const bytes = await this.whileOpen(this.transfer.read(this.tensor(parameter)));
    this.check();
    return bytes;
  }

  async run(name: string, feeds: Feeds): Promise<Outputs> {
    this.check();
    const program = this.program(name);
    // Only between an allocation and the first run; in steady state a run is enqueued before this returns.
    if (!this.buffers.isSettled) await this.settled();
    program.record(this.poolGeneration);
    const outputs = await this.whileOpen(program.enqueue(feeds));
    this.check();
    return outputs;
  }

  isFound = (parameter: string): boolean => this.found.has(parameter);

  leave(parameters: Iterable<string>): void {
    for (const name of parameters) this.left.add(name);
  }

  dispose(): void {
    this.disposed = true;
    this.programs.clear();
    this.putOnShelf();
    this.named.clear();
    this.buffers.destroyAll();
    this.onDispose();
  }

  private async settled(): Promise<void> {
    await this.buffers.settle();
    this.check();
  }

  /** Destroyed buffers reject what is pending on them; say why. */
  private async whileOpen<T>(promise: Promise<T>): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      this.check();
      throw error;
    }
  }

  private check(): void {
    if (this.disposed) throw new AppError('internal', { reason: 'the session is closed' });
    // A refused buffer makes later commands invalid: the cause is told, not its consequences.
    this.buffers.check();
    this.gpu.health.check();
  }

  private program(name: string): Program {
    const program = this.programs.get(name);
    if (program === undefined) throw new AppError('internal', { reason: `there is no program ${name}` });
    return program;
  }

  private tensor(name: string): PersistentTensor {
    const tensor = this.layout?.tensors.get(name);
    if (tensor === undefined) throw new AppError('internal', { reason: `no program has a parameter ${name}` });
    return tensor;
  }

  private bufferNamed = (name: string): GPUBuffer => {
    const buffer = this.named.get(name);
    if (buffer === undefined) throw new AppError('internal', { reason: `there is no buffer ${name}` });
    return buffer;
  };

  private missingBytes(plan: Plan): number {
    let bytes = plan.feedBytes + plan.uniforms.byteLength + plan.stagingBytes;
    for (const [name, buffer] of plan.persistent.buffers) if (!this.named.has(name)) bytes += buffer.bytes;
    plan.pool.forEach((wanted, i) => {
      bytes += Math.max(0, wanted - (this.poolBytes[i] ?? 0));
    });
    return bytes;
  }

  private createPersistent(plan: Plan): void {
    for (const [name, { bytes }] of plan.persistent.buffers)
      if (!this.named.has(name)) this.named.set(name, this.buffers.create(name, bytes, storageUsage));
  }

  /** Buffers of weights that lie on the shelf as the layout has them. What does not fit makes room before more is made. */
  private takeFromShelf(layout: PersistentLayout): void {
    const { shelf } = this;
    if (!shelf) return;
    let isAllThere = true;
    for (const [name, { names, contents }] of weightBuffers(layout)) {
      if (this.named.has(name)) continue;
      const buffer = shelf.take(contents);
      isAllThere &&= buffer !== undefined;
      if (!buffer) continue;
      this.buffers.adopt(buffer);
      this.named.set(name, buffer);
      for (const each of names) this.found.add(each);
    }
    if (!isAllThere) shelf.clear();
  }

  private putOnShelf(): void {
    if (!this.shelf || !this.layout || this.gpu.health.isBroken || this.buffers.hasFailed) return;
    for (const [name, { names, contents }] of weightBuffers(this.layout)) {
      const buffer = this.named.get(name);
      const isFilled = names.every((each) => this.left.has(each));
      if (buffer && isFilled && this.buffers.release(buffer)) this.shelf.give(contents, buffer);
    }
  }

  /** The pool holds the largest program; nothing in it outlives a run, so it may be made anew between runs. */
  private growPool(pool: readonly number[]): void {
    for (const [i, bytes] of pool.entries()) {
      if (bytes <= (this.poolBytes[i] ?? 0)) continue;
      const name = `pool/${i}`;
      const old = this.named.get(name);
      if (old !== undefined) this.buffers.destroy(old);
      this.named.set(name, this.buffers.create(name, bytes, storageUsage));
      this.poolBytes[i] = bytes;
      this.poolGeneration++;
    }
  }
}
