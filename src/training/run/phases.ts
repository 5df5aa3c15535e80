import type { TrainingEvent, TrainingPhase } from './events.ts';

/** What a run is doing, told once where it changes. */
export class Phases {
  private phase: TrainingPhase | undefined;

  constructor(private readonly emit: (event: TrainingEvent) => void) {}

  /** `step`: updates done. */
  enter(phase: TrainingPhase, step: number): void {
    if (phase === this.phase) return;
    this.phase = phase;
    this.emit({ kind: 'phase', phase, step });
  }

  /** How far the phase is. */
  progress(done: number, total: number, step: number): void {
    if (this.phase) this.emit({ kind: 'phase', phase: this.phase, step, detail: { done, total } });
  }

  /** The result of a step is back. */
  stepDone(step: number): void {
    if (this.phase === 'first-step') this.enter('training', step);
  }
}
