import { type DispatchUse, usesOfPlan } from '../plan/occupancy.ts';
import type { Plan } from '../plan/types.ts';

/** A GPU as far as the model goes. Nothing here was measured by us. */
export interface Machine {
  readonly name: string;
  /** f32 FLOP/s and bytes/s as its maker says them. */
  readonly flops: number;
  readonly bandwidth: number;
  readonly cores: number;
  /** What its adapter's profile says of registers (`hasManyRegisters` in src/webgpu/device.ts). */
  readonly manyRegisters: boolean;
  /** Threads that a core needs for its full rate. */
  readonly threadsPerCore: number;
  /** Of what workgroup memory lets a kernel reach (`reach`), the share that it does, by family. */
  readonly share: { readonly product: number; readonly narrow: number; readonly attention: number };
  /** Seconds of one step of a workgroup that has its core to itself: two barriers and the way to memory. */
  readonly step: number;
  /** Seconds between two dispatches. */
  readonly launch: number;
}

const vulkan = { product: 0.7, narrow: 0.45, attention: 0.44 };

export const machines = {
  m3: {
    ...{ manyRegisters: true, name: 'M3, 10 cores', flops: 3.5e12, bandwidth: 100e9, cores: 10, threadsPerCore: 384 },
    ...{ share: { product: 0.76, narrow: 0.45, attention: 0.44 }, step: 1e-6, launch: 8e-6 },
  },
  rtx4070: {
    ...{ manyRegisters: true, name: 'RTX 4070 Laptop', flops: 15e12, bandwidth: 256e9, cores: 36, threadsPerCore: 384 },
    ...{ share: vulkan, step: 0.8e-6, launch: 5e-6 },
  },
  xe: {
    ...{ manyRegisters: false, name: 'Iris Xe, 96 units', flops: 2e12, bandwidth: 60e9, cores: 6, threadsPerCore: 768 },
    ...{ share: { product: 0.5, narrow: 0.36, attention: 0.3 }, step: 1.2e-6, launch: 8e-6 },
  },
  h200: {
    ...{ manyRegisters: true, name: 'H200', flops: 60e12, bandwidth: 4800e9, cores: 132, threadsPerCore: 384 },
    ...{ share: vulkan, step: 0.8e-6, launch: 4e-6 },
  },
} as const satisfies Readonly<Record<string, Machine>>;

export type MachineName = keyof typeof machines;

/** Of the bandwidth, what a kernel that only moves memory reaches. */
const memoryShare = 0.8;

/** A core reads 128 bytes of workgroup memory a clock, and does 128 multiply-adds: 2 FLOP for each byte at full rate. */
const reach = (flopsPerByte: number): number => Math.min(1, flopsPerByte / 2);

function reachedShare({ family, flopsPerByte = 2 }: DispatchUse, { share }: Machine): number {
  const of = { product: share.product, 'narrow product': share.narrow, attention: share.attention, other: 1 }[family];
  return of * reach(flopsPerByte);
}

/** Seconds that one dispatch is modelled to take. */
export function modelledSeconds(use: DispatchUse, machine: Machine): number {
  const { workgroups, workgroupThreads, chain, longest, flops, bytesMoved } = use;
  const coreRate = (machine.flops / machine.cores) * reachedShare(use, machine);
  const filled = (threads: number): number => Math.min(1, threads / machine.threadsPerCore);
  const mean = flops / workgroups;
  // The cores that get one workgroup more than the others set the time; so may one long workgroup by itself.
  const most = Math.ceil(workgroups / machine.cores);
  const computing = (most * mean) / (coreRate * filled(most * workgroupThreads));
  const alone = (longest * mean) / (coreRate * filled(workgroupThreads));
  const staged = use.flopsPerByte === undefined ? 0 : chain * machine.step;
  const moving = bytesMoved / (memoryShare * machine.bandwidth);
  return machine.launch + Math.max(computing, alone, staged, moving);
}

/** Seconds by kind of dispatch for one run of a plan, the longest first. */
export function modelledKinds(plan: Plan, machine: Machine): { kind: string; dispatches: number; seconds: number }[] {
  const kinds = new Map<string, { kind: string; dispatches: number; seconds: number }>();
  for (const use of usesOfPlan(plan)) {
    const known = kinds.get(use.kind) ?? { kind: use.kind, dispatches: 0, seconds: 0 };
    kinds.set(use.kind, {
      kind: use.kind,
      dispatches: known.dispatches + 1,
      seconds: known.seconds + modelledSeconds(use, machine),
    });
  }
  return [...kinds.values()].sort((a, b) => b.seconds - a.seconds);
}
