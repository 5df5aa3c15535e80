import type { Outputs } from '../plan/executor.ts';
import type { OutputPlan } from '../plan/types.ts';
import { type BufferOwner, usage } from './buffers.ts';
import type { DeviceHealth } from './health.ts';

/** Two runs in flight and one being read. */
const ringSize = 3;

/** `GPUMapMode.READ`; Node has no such global. */
export const mapModeRead = 1;

/** Staging buffers of one program, in turn: copying an output never waits for the reading of an earlier one. */
export class ReadbackRing {
  private readonly free: GPUBuffer[] = [];
  private disposed = false;
  private readonly entries: readonly (readonly [string, OutputPlan])[];

  constructor(
    private readonly buffers: BufferOwner,
    private readonly health: DeviceHealth,
    outputs: Readonly<Record<string, OutputPlan>>,
    private readonly bytes: number,
  ) {
    this.entries = Object.entries(outputs);
    if (bytes > 0) for (let i = 0; i < ringSize; i++) this.free.push(this.create());
  }

  /** Encodes the copies of all outputs; gives the staging buffer they will be in, if there are any. */
  encode(encoder: GPUCommandEncoder, source: (name: string) => GPUBuffer): GPUBuffer | undefined {
    if (this.bytes === 0) return undefined;
    // More runs in flight than agreed: one more buffer, rather than old numbers.
    const staging = this.free.pop() ?? this.create();
    for (const [, { buffer, offset, bytes, stagingOffset }] of this.entries)
      encoder.copyBufferToBuffer(source(buffer), offset, staging, stagingOffset, bytes);
    return staging;
  }

  /** The outputs, when the run that was encoded into `staging` is done. */
  async read(staging: GPUBuffer): Promise<Outputs> {
    await this.health.settle(staging.mapAsync(mapModeRead));
    const mapped = staging.getMappedRange();
    const outputs = Object.fromEntries(
      this.entries.map(([name, { stagingOffset, bytes }]) => [
        name,
        new Float32Array(mapped.slice(stagingOffset, stagingOffset + bytes)),
      ]),
    );
    staging.unmap();
    if (this.disposed) this.buffers.destroy(staging);
    else this.free.push(staging);
    return outputs;
  }

  /** Frees the staging buffers; those in flight when they are read. */
  dispose(): void {
    this.disposed = true;
    for (const staging of this.free.splice(0)) this.buffers.destroy(staging);
  }

  private create(): GPUBuffer {
    return this.buffers.create('readback', this.bytes, usage.mapRead | usage.copyTarget);
  }
}
