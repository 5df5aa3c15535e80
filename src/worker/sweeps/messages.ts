/** Sweeps: several runs as one thing. */
import type { ErrorCode, ErrorParams } from '../../errors.ts';
import type { SweepPrice } from '../../sweeps/price.ts';
import type { Sweep } from '../../sweeps/sweep.ts';
import type { SweepTable } from '../../sweeps/table.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { RunDetail } from '../runs/messages.ts';

/** A sweep as a file of one says it, beside `run` and `config`; not checked yet. */
export type SweepGiven = Readonly<Record<string, unknown>>;

/** A sweep that is kept, and how far it is. */
export interface SweepView {
  readonly id: string;
  readonly created: number;
  readonly sweep: Sweep;
  readonly table: SweepTable;
  /** Seconds that the rest is to take, by what was trained of it; null where that is not known. */
  readonly secondsLeft: number | null;
  /** `paused`: not all is trained, and nothing of it is being trained. `elsewhere`: another tab trains it. */
  readonly state: 'running' | 'paused' | 'finished' | 'elsewhere';
  /** Why it stopped, of this visit. */
  readonly error: { readonly code: ErrorCode; readonly params: ErrorParams } | null;
}

export interface SweepRequests {
  /** What a sweep over a config would cost. @throws AppError 'sweep-invalid' and whatever keeps a run from beginning */
  priceSweep: { params: { given: SweepGiven; config: RunConfig }; result: SweepPrice };
  startSweep: { params: { given: SweepGiven; config: RunConfig }; result: SweepView };
  resumeSweep: { params: { sweepId: string }; result: SweepView };
  /** Stops the run under way, with a checkpoint, and begins no other. */
  pauseSweep: { params: Record<never, never>; result: Record<never, never> };
  /** The newest first. */
  listSweeps: { params: Record<never, never>; result: readonly SweepView[] };
  /** Its runs stay. */
  deleteSweep: { params: { sweepId: string }; result: Record<never, never> };
  /** A file of a sweep, and the run config that it holds, whole or in part. @throws AppError as `parseSweepFile` */
  readSweepFile: {
    params: { text: string; file: string };
    result: { given: SweepGiven; config: Readonly<Record<string, unknown>> | null };
  };
  writeSweepFile: { params: { given: SweepGiven; config: RunConfig }; result: { text: string } };
}

export interface SweepEvents {
  /** A sweep has begun, has come further or has ended. */
  sweep: SweepView;
  /** A run of it has begun, or goes on. */
  sweepRun: RunDetail;
}
