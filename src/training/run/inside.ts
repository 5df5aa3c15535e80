import { appendInside } from '../../files/runs.ts';
import { elementCount } from '../../graph/types.ts';
import { insideFeeds, insideName, insideProgram, type WeightNorms } from '../programs/inside.ts';
import { startValues } from '../session/start-values.ts';
import { readFloats } from './checkpoint.ts';
import { unlessLost } from './held-out.ts';
import type { LoopContext } from './loop-context.ts';

/**
 * Of weights that are trained themselves the device has no originals: they are read back, and held against the model's
 * file. Where they are more than so many numbers that is done at the end only.
 */
const mostReadBack = 2 ** 23;

/** Looks at the weights while a run goes on: how far each has moved, and where the gradient is. */
export class WeightLooks {
  private readonly norms: ReturnType<typeof insideProgram>['norms'];
  private readonly readBack: number;
  /** Steps whose weights were all looked at. */
  private readonly whole = new Set<number>();

  constructor(private readonly context: LoopContext) {
    const { model, tuning } = context;
    this.norms = insideProgram(model.open.model, tuning, model.dtypes).norms;
    this.readBack = model.open.model.parameters.reduce(
      (sum, { name, shape }) => (tuning.trained.has(name) ? sum + elementCount(shape) : sum),
      0,
    );
  }

  /** After the update that made it `step`. Nothing may be on its way. */
  look(step: number): Promise<void> {
    return this.tell(step, this.readBack <= mostReadBack);
  }

  /** Looks at the weights that are the result, unless that was done; `last` is the step of the last update. */
  async lookAtResult(step: number, last: number): Promise<void> {
    const { model, control } = this.context;
    if (step === 0 || !model.has(insideName) || this.whole.has(step)) return;
    // Who stops a run wants it to end.
    await this.tell(step, !control.stopRequested || this.readBack <= mostReadBack, step === last);
  }

  private async tell(step: number, whole: boolean, isOfLastUpdate = true): Promise<void> {
    const { model, run, emit } = this.context;
    const read = this.norms(await model.session.run(insideName, insideFeeds(model.inputsOf(insideName))));
    // A run that was taken up and makes no update has no gradient any more.
    const hasGradient = isOfLastUpdate && read.some(({ gradient }) => gradient !== 0);
    const weights: WeightNorms[] = [];
    for (const norms of read) {
      const known = whole ? await this.withChange(norms) : norms;
      weights.push(hasGradient ? known : { ...known, gradient: null });
    }
    if (whole) this.whole.add(step);
    if (run) await appendInside(run, { step, weights });
    emit({ kind: 'inside', step, weights });
  }

  /** Where it cannot be read any more what a weight began as, it stays unknown how far it has moved. */
  private async withChange(norms: WeightNorms): Promise<WeightNorms> {
    const { model, tuning, config } = this.context;
    if (!tuning.trained.has(norms.name)) return norms;
    const before = await startValues(model.open, norms.name, config.environment.seed).catch(unlessLost);
    if (!before) return norms;
    const now = await readFloats(model.session, norms.name);
    let [moved, length] = [0, 0];
    for (let i = 0; i < now.length; i++) {
      const start = before[i]!;
      moved += (now[i]! - start) ** 2;
      length += start ** 2;
    }
    return { ...norms, change: Math.sqrt(moved), norm: Math.sqrt(length) };
  }
}
