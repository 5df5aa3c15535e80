import type { CompiledKernels } from '../../plan/executor.ts';
import { compileWork } from '../../plan/rates.ts';
import type { RunClock } from '../session/run-clock.ts';
import type { TrainingEvent } from './events.ts';
import type { RunTimes } from './run-times.ts';

/** Steps after which a run is told of first, and then whenever they have doubled: a page may be closed at any time. */
const firstTold = 8;

/** Hears what a run tells and knows from that, and from its session's clock, what the run took. */
export class RunTimer {
  private readonly run = Date.now();
  private readonly began: number;
  private readonly before: ReadonlySet<string>;
  private ready: number | undefined;
  private tuningSince: number | undefined;
  private tuning = 0;
  private savingSince: number | undefined;
  private saving: number | undefined;
  private steps = 0;

  constructor(
    private readonly clock: RunClock,
    private readonly now: () => number,
    private readonly kernels: CompiledKernels | undefined,
  ) {
    this.began = now();
    this.before = new Set(kernels?.keys());
  }

  /** @returns whether it is time to tell of the run's times */
  hear(event: TrainingEvent): boolean {
    if (event.kind === 'step' && event.metrics.step > 0) return isPowerOf2(++this.steps / firstTold);
    if (event.kind !== 'phase') return false;
    const { phase } = event;
    // Measuring tiles goes before loading, and is done once for a device.
    if (phase === 'preparing-kernels') this.tuningSince ??= this.now();
    if (phase === 'loading' && this.tuningSince !== undefined) {
      this.tuning += this.now() - this.tuningSince;
      this.tuningSince = undefined;
    }
    if (phase !== 'loading' && phase !== 'preparing-kernels') this.ready ??= this.now();
    if (this.savingSince !== undefined && phase !== 'saving') {
      this.saving = this.now() - this.savingSince;
      this.savingSince = undefined;
    }
    if (phase === 'saving') this.savingSince = this.now();
    return phase === 'finished' || phase === 'stopped' || phase === 'stopped-early';
  }

  times(): RunTimes {
    const times = this.clock.times();
    const added = [...(this.kernels?.keys() ?? [])].filter((key) => !this.before.has(key));
    const { saving, ready: until = this.now() } = this;
    return {
      ...times,
      run: this.run,
      kernels: compileWork(added),
      preparing: Math.max(0, (until - this.began - this.tuning) / 1000 - times.compilingAhead),
      saving: saving === undefined ? null : { seconds: saving / 1000, bytes: times.savedBytes },
    };
  }
}

const isPowerOf2 = (value: number): boolean => value >= 1 && Number.isInteger(Math.log2(value));
