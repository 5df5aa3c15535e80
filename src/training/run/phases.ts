import type { TrainingEvent, TrainingPhase } from './events.ts';

/** What a run is doing, told once where it changes. */
export class Phases {
  private phase: TrainingPhase | undefined;

  constructor(private readonly emit: (event: TrainingEvent) => void) {}

  enter(phase: TrainingPhase): void {
    if (phase === this.phase) return;
    this.phase = phase;
    this.emit({ kind: 'phase', phase });
  }

  /** The result of the first step is back. */
  firstStepDone(): void {
    if (this.phase === 'first-step') this.enter('training');
  }
}
