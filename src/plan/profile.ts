import type { MatmulTile } from './kernels/matmul.ts';
import type { Calibration } from './rates.ts';

/** Tiles by class of product, as measured on one adapter. A class that is not there has the default tile. */
export type TileTable = Readonly<Record<string, MatmulTile>>;

/** What a device can do and how fast it is: all that a plan may know of it. Plain data, so plans need no GPU. */
export interface DeviceProfile {
  readonly name: string;
  readonly features: { readonly f16: boolean; readonly subgroups: boolean };
  /** Invocations of a subgroup where it is fixed, else 0. */
  readonly subgroupSize: number;
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  /** A software adapter pays dearly for barriers: kernels without workgroup memory are chosen. */
  readonly software: boolean;
  /** A thread may have 128 registers without a core running short of threads (`defaultTile`); absent where that is unknown. */
  readonly manyRegisters?: boolean;
  /** Assumed rates, for cutting long submits, and for time estimates where nothing was measured. */
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
  /** Threads at work that are assumed to keep it busy, for naming dispatches that leave most of it empty. */
  readonly threadsToFill: number;
  /** What earlier runs on the device took, for time estimates; absent where nothing was measured yet. */
  readonly calibration?: Calibration;
  /** Measured tiles of matrix products; empty before that, and on software adapters, which have fixed ones. */
  readonly tiles: TileTable;
  /**
   * Operands of products of more than four rows are rounded to f16 on their way into workgroup memory; sums stay f32.
   * Needs the feature. Off unless asked for.
   */
  readonly halfProducts?: boolean;
  /** Bytes that a run may take, an estimate or the user's word; absent where nothing is known. */
  readonly memoryBudget?: number;
}

const MiB = 2 ** 20;

/** The least that WebGPU promises: no optional feature and the specification's default limits. */
export const portable: DeviceProfile = {
  name: 'portable',
  features: { f16: false, subgroups: false },
  subgroupSize: 0,
  maxBufferSize: 256 * MiB,
  maxStorageBufferBindingSize: 128 * MiB,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeWorkgroupsPerDimension: 65535,
  software: false,
  flopsPerSecond: 0.4e12,
  bytesPerSecond: 50e9,
  threadsToFill: 2048,
  tiles: {},
};

/** A middling desktop card: an assumption for estimates before the adapter is known. */
export const desktop: DeviceProfile = {
  ...portable,
  name: 'desktop',
  features: { f16: true, subgroups: true },
  subgroupSize: 32,
  maxBufferSize: 2048 * MiB,
  maxStorageBufferBindingSize: 2048 * MiB - 4,
  maxComputeWorkgroupStorageSize: 32768,
  flopsPerSecond: 4e12,
  bytesPerSecond: 250e9,
  // 384 for each of about forty cores.
  threadsToFill: 16384,
};

export const profiles = { portable, desktop } as const;
