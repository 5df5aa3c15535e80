/** What computes, and how much memory it may fill. */
import type { ExecutorName } from '../../plan/executor.ts';

export interface Environment {
  /** The executor that `auto` means here. */
  readonly executor: ExecutorName;
  readonly available: readonly ExecutorName[];
  /** Adapter or processor, in words. */
  readonly description: string;
  /** Why there is no WebGPU, where there is none: not in this browser, no adapter, no device, or no secure address. */
  readonly webgpuMissing: 'no-api' | 'no-adapter' | 'refused' | 'insecure' | null;
  readonly software: boolean;
  /** GPU memory the plan may fill, in bytes. */
  readonly memoryBudget: number;
  /** Whether the visitor said so; else it is an estimate. */
  readonly memoryBudgetSet: boolean;
}

export interface DeviceEvents {
  /** The browser gives the page no storage: everything is held in memory. */
  nothingKept: Record<never, never>;
}

export interface DeviceRequests {
  /** Whether the visitor looks at the page: browsers slow down what nobody sees. */
  watch: { params: { watched: boolean }; result: Record<never, never> };
  environment: { params: Record<never, never>; result: Environment };
  /** The visitor's word on how much memory a run may fill; null goes back to the estimate. */
  setMemoryBudget: { params: { bytes: number | null }; result: Environment };
}
