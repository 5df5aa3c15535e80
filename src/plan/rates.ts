import type { CostSheet } from './cost-sheet.ts';

/** What the time of a program grows with, for one run of it or the sum of several. */
export interface Work {
  /** Runs of programs: each is enqueued and its results are read back. */
  readonly runs: number;
  readonly dispatches: number;
  readonly flops: number;
  readonly bytes: number;
}

/** Seconds for one of each kind of work. */
export type Rates = Readonly<Record<keyof Work, number>>;

/** What a run does beside running programs. */
export interface FixedWork {
  /** Dispatches of all programs together, which are planned and recorded. */
  readonly planned: number;
  /** Kernels compiled, as `compileWork` counts them. */
  readonly kernels: number;
  /** Bytes of weights read and uploaded. */
  readonly loadedBytes: number;
  /** Checkpoints written. */
  readonly saves: number;
  readonly savedBytes: number;
}

export type FixedRates = Readonly<Record<keyof FixedWork, number>>;

/** How fast a device is, in seconds for each unit of work. */
export interface Calibration {
  readonly work: Rates;
  readonly fixed: FixedRates;
}

/**
 * Seconds of work: a sum over its kinds, so more work is never less time. A dispatch computes while it reads, but no
 * device of those measured hides one behind the other well enough for the larger of both to be the better estimate.
 */
export const secondsOf = <K extends string>(
  work: Readonly<Record<K, number>>,
  rates: Readonly<Record<K, number>>,
): number => (Object.keys(rates) as K[]).reduce((sum, kind) => sum + work[kind] * rates[kind], 0);

/** Kernels of some hundred unrolled lines: of 27 s of compiling on SwiftShader they took 26. */
const isLong = /^\{"kernel":"(matmul|attention(_backward\w*)?)"/;
const shortKernel = 0.06;

/** What compiling kernels takes, in long ones; by their pipeline keys. */
export const compileWork = (pipelineKeys: Iterable<string>): number =>
  [...pipelineKeys].reduce((sum, key) => sum + (isLong.test(key) ? 1 : shortKernel), 0);

/** The work of one run of the program that a sheet is of. */
export const workOf = ({ dispatches, flops, bytesMoved }: CostSheet): Work => ({
  runs: 1,
  dispatches,
  flops,
  bytes: bytesMoved,
});

/**
 * What is assumed of a software adapter on two cores, as measured on llvmpipe (`bench/RESULTS.md`). SwiftShader takes
 * four to six times as long for everything: the ratios of the rates are what carries over to another device.
 */
const softwareWork: Rates = { runs: 3e-4, dispatches: 1.6e-4, flops: 2.4e-10, bytes: 2.1e-9 };
const softwareFixed: FixedRates = { planned: 2e-4, kernels: 0.15, loadedBytes: 2e-9, saves: 0.02, savedBytes: 3e-9 };
/** Not measured on a GPU: a launch takes microseconds, and reading a result back about a millisecond. */
const hardwareOverhead = { runs: 1e-3, dispatches: 8e-6 };
const hardwareFixed: FixedRates = { planned: 1e-4, kernels: 0.06, loadedBytes: 1e-9, saves: 0.02, savedBytes: 3e-9 };

export interface AssumedSpeed {
  readonly software: boolean;
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** What is taken of a device on which nothing was measured yet. */
export function assumedCalibration({ software, flopsPerSecond, bytesPerSecond }: AssumedSpeed): Calibration {
  if (software) return { work: softwareWork, fixed: softwareFixed };
  return {
    work: { ...hardwareOverhead, flops: 1 / flopsPerSecond, bytes: 1 / bytesPerSecond },
    fixed: hardwareFixed,
  };
}
