/** The time of a compute pass by the device's own clock where it has one, else by the queue's answer. */
import { usage } from '../src/webgpu/buffers.ts';
import type { GpuDevice } from '../src/webgpu/device.ts';

export interface Passes {
  readonly gpu: GpuDevice;
  /** `timestamps` are the device's own; `queue` contains the way there and back. */
  readonly clock: 'timestamps' | 'queue';
  readonly queries: { readonly set: GPUQuerySet; readonly resolved: GPUBuffer; readonly read: GPUBuffer } | undefined;
}

const queryResolve = 0x200;
const mapRead = 1;

export function createPasses(gpu: GpuDevice): Passes {
  const { device } = gpu;
  if (!device.features.has('timestamp-query')) return { gpu, clock: 'queue', queries: undefined };
  const queries = {
    set: device.createQuerySet({ type: 'timestamp', count: 2 }),
    resolved: device.createBuffer({ size: 16, usage: queryResolve | usage.copySource }),
    read: device.createBuffer({ size: 16, usage: usage.mapRead | usage.copyTarget }),
  };
  return { gpu, clock: 'timestamps', queries };
}

export interface RepeatedPass {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
  readonly repeats: number;
}

/** Seconds of one dispatch of many in one pass, after one that warms up. */
export async function secondsOfPass(passes: Passes, pass: RepeatedPass): Promise<number> {
  await runPass(passes, { ...pass, repeats: 1 });
  return (await runPass(passes, pass)) / pass.repeats;
}

async function runPass({ gpu, queries }: Passes, { pipeline, bindGroup, workgroups, repeats }: RepeatedPass) {
  const { device, health } = gpu;
  const encoder = device.createCommandEncoder();
  const timestampWrites = queries && {
    querySet: queries.set,
    beginningOfPassWriteIndex: 0,
    endOfPassWriteIndex: 1,
  };
  const start = performance.now();
  const pass = encoder.beginComputePass(timestampWrites ? { timestampWrites } : {});
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  for (let i = 0; i < repeats; i++) pass.dispatchWorkgroups(...workgroups);
  pass.end();
  if (queries !== undefined) {
    encoder.resolveQuerySet(queries.set, 0, 2, queries.resolved, 0);
    encoder.copyBufferToBuffer(queries.resolved, 0, queries.read, 0, 16);
  }
  device.queue.submit([encoder.finish()]);
  await health.settle(device.queue.onSubmittedWorkDone());
  if (queries === undefined) return (performance.now() - start) / 1000;
  await health.settle(queries.read.mapAsync(mapRead));
  const [begin, end] = new BigUint64Array(queries.read.getMappedRange().slice(0));
  queries.read.unmap();
  return Number(end! - begin!) / 1e9;
}
