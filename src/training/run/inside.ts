import type { InsideRecord } from '../../files/run-records.ts';
import { appendInside, readInside } from '../../files/runs.ts';
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
  /** The last look; those before it stand in the folder of the run. */
  private last: InsideRecord | undefined;

  constructor(private readonly context: LoopContext) {
    const { model, tuning } = context;
    this.norms = insideProgram(model.open.model, tuning, model.dtypes).norms;
    this.readBack = model.open.model.parameters.reduce(
      (sum, { name, shape }) => (tuning.trained.has(name) ? sum + elementCount(shape) : sum),
      0,
    );
  }

  /** After the update that made it `step`. Nothing may be on its way. */
  async look(step: number): Promise<void> {
    await this.tell(step, this.readBack <= mostReadBack);
  }

  /** After the last update and before its checkpoint: a run that is taken up there has no gradient any more. */
  async lookAtLast(step: number): Promise<void> {
    if (this.canLook(step) && !(await this.before(step))) await this.look(step);
  }

  /** Looks at the weights that are the result, unless that was done. */
  async lookAtResult(step: number): Promise<void> {
    if (!this.canLook(step)) return;
    const before = await this.before(step);
    // Who stops a run wants it to end.
    const whole = !this.context.control.stopRequested || this.readBack <= mostReadBack;
    if (!before || (whole && !this.isWhole(before))) await this.tell(step, whole, before ?? null);
  }

  private canLook(step: number): boolean {
    return step > 0 && this.context.model.has(insideName);
  }

  /** What was seen of a step, before the run was taken up too. */
  private async before(step: number): Promise<InsideRecord | undefined> {
    const { run } = this.context;
    if (this.last?.step === step) return this.last;
    return run && (await readInside(run)).find((record) => record.step === step);
  }

  private isWhole({ weights }: InsideRecord): boolean {
    const { trained } = this.context.tuning;
    return weights.every(({ name, change }) => change !== null || !trained.has(name));
  }

  /** `before`: what was seen of these weights when their gradient was there; null where nothing was. */
  private async tell(step: number, whole: boolean, before?: InsideRecord | null): Promise<void> {
    const { model, run, emit } = this.context;
    const read = this.norms(await model.session.run(insideName, insideFeeds(model.inputsOf(insideName))));
    const earlier = new Map(before?.weights.map(({ name, gradient }) => [name, gradient]));
    // A run that was taken up and makes no update has no gradient any more.
    const hasGradient = before === undefined && read.some(({ gradient }) => gradient !== 0);
    const weights: WeightNorms[] = [];
    for (const norms of read) {
      const known = whole ? await this.withChange(norms) : norms;
      weights.push(hasGradient ? known : { ...known, gradient: earlier.get(norms.name) ?? null });
    }
    this.last = { step, weights };
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
