import { toAppError } from '../../errors.ts';
import { saveOutcome } from '../../files/runs.ts';
import type { HeldOut } from '../../tasks/held-out.ts';
import { rateFor, roundedRate } from '../config/recipes.ts';
import { askingTime } from '../session/held-out-time.ts';
import { modelFacts } from '../session/measure-rows.ts';
import { unlessLost } from './held-out.ts';
import type { LoopContext, Position } from './loop-context.ts';
import { type Outcome, rowFacts } from './outcome.ts';
import type { Phases } from './phases.ts';

type At = Pick<Outcome, 'step' | 'resultStep'>;

/** Keeps how a run ended, and has its held-out rows answered before. */
export class Ending {
  private readonly started: number;

  constructor(
    private readonly context: LoopContext,
    private readonly phases: Phases,
  ) {
    this.started = context.now();
  }

  /** Nothing may be on its way, and the weights must be those that are the result, of step `resultStep`. */
  async ended(reason: Exclude<Outcome['reason'], 'failed'>, at: At): Promise<void> {
    // Who stops a run wants it to end.
    const asks = !this.context.control.stopRequested && reason !== 'stopped' && at.step > 0;
    await this.keep(at, { reason, heldOut: asks ? await this.answered(at.step) : null });
  }

  async failed({ step, best }: Position, error: unknown): Promise<void> {
    const resultStep = this.context.config.training.save_checkpoint === 'best' && best !== null ? best.step : step;
    await this.keep({ step, resultStep }, { reason: 'failed', heldOut: null, code: toAppError(error).code });
  }

  private async keep(at: At, ending: Pick<Outcome, 'reason' | 'heldOut' | 'code'>): Promise<void> {
    const { run, data, config, model } = this.context;
    if (!run) return;
    const usualRate = roundedRate(rateFor(config, modelFacts(model.open.model)));
    const known = { rows: rowFacts(data), usualRate };
    const outcome: Outcome = { ...ending, ...at, ...known };
    await saveOutcome(run, outcome);
  }

  private async answered(step: number): Promise<HeldOut | null> {
    const { askHeldOut, control, data, now } = this.context;
    if (!askHeldOut || data.counts.validation === 0) return null;
    const begun = now();
    const time = 1000 * askingTime((begun - this.started) / 1000);
    this.phases.enter('answering', step);
    const hasTime = () => now() - begun < time;
    const onDone = (done: number, total: number) => this.phases.progress(done, total, step);
    // What cannot be answered costs the score, never the run, whose result is saved.
    return control.untilStopped((signal) => askHeldOut({ signal, hasTime, onDone })).catch(unlessLost);
  }
}
