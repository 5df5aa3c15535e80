import type { SessionTimes } from '../session/run-clock.ts';

/** What a run was seen to take: plain data, from which the next run is estimated. */
export interface RunTimes extends SessionTimes {
  /** When it began, in milliseconds since 1970. */
  readonly run: number;
  /** What was compiled, as `compileWork` counts it. */
  readonly kernels: number;
  /** Seconds until the first program could run, compiling left out. */
  readonly preparing: number;
  /** The last checkpoint; null where none was written yet. */
  readonly saving: { readonly seconds: number; readonly bytes: number } | null;
}
