/** What the rows that were held back say of a run's result: asked once, when the run has ended. */
import type { Batch } from '../../data/batches.ts';
import { rowsThatTell } from '../../data/split.ts';
import { AppError } from '../../errors.ts';
import type { Outputs } from '../../plan/executor.ts';
import { comparedRows, type HeldOut } from '../../tasks/held-out.ts';
import type { MeasuredBatch } from '../../tasks/objective.ts';
import { objectiveOf } from '../../tasks/registry.ts';
import { batchFeeds } from '../programs/feeds.ts';
import { evaluateProgram, type Side } from '../programs/programs.ts';
import { evaluateName, validationShapes } from '../programs/training-programs.ts';
import type { ModelSession } from '../session/model-session.ts';
import type { AnsweringContext } from './answering.ts';
import { singleExamples } from './single-examples.ts';

/** Rows are asked in an order in which any first part of them is spread over all, until the time is up. */
export interface HeldOutLimits {
  readonly signal: AbortSignal;
  /** Whether to begin with more rows. */
  hasTime(): boolean;
  readonly onDone: (done: number, total: number) => void;
}

export type HeldOutContext = Omit<AnsweringContext, 'earlier' | 'keep'>;

type EvaluatedContext = Pick<HeldOutContext, 'model' | 'data' | 'config'>;

/**
 * Answers held-out rows with both sides of a model that writes; `generation` makes it, which this folder does not know.
 * Null where no row has a prompt, or none was answered.
 */
export type AskHeldOut = (context: HeldOutContext, limits: HeldOutLimits) => Promise<HeldOut | null>;

/** Validation batches that are asked at most, or examples where each is asked alone. */
const mostBatches = 128;

/**
 * `count` numbers below `total`, spread over all of them, in an order of which each beginning is spread, too: halves,
 * then quarters, as van der Corput has them.
 */
export function spread(total: number, count: number): number[] {
  const places = Array.from({ length: Math.min(total, count) }, (_, index) => {
    let [fraction, digit] = [0, 0.5];
    for (let rest = index; rest > 0; rest >>= 1, digit /= 2) fraction += (rest & 1) * digit;
    return { index, fraction };
  });
  const even = places.map(({ index }) => Math.floor((index * total) / places.length));
  const order = places.toSorted((a, b) => a.fraction - b.fraction).map(({ index }) => index);
  const visited = new Array<number>(places.length);
  for (const [rank, index] of order.entries()) visited[index] = even[rank]!;
  return visited;
}

interface Evaluated {
  readonly losses: readonly number[];
  readonly logits: readonly (Float32Array | undefined)[];
}

/** What the validation batches say of both sides: by the scores of the task, else by the loss. */
export async function evaluatedHeldOut(
  { model, data, config }: EvaluatedContext,
  { signal, hasTime, onDone }: HeldOutLimits,
): Promise<HeldOut | null> {
  const { validation } = data;
  if (!validation || signal.aborted) return null;
  const { heldOut, measuredHeldOut } = objectiveOf(model.open.model);
  if (measuredHeldOut) return measured({ model, data, config }, { signal, hasTime, onDone });
  const whole = spread(validation.batchesPerEpoch, mostBatches).map((index) => validation.batchAt(0, index));
  // Of a task without scores only the loss is known, which tells of rows where each is asked alone.
  const all = heldOut ? whole.map((batch) => () => batch) : singleExamples(whole, mostBatches);
  const fewest = heldOut ? 1 : rowsThatTell;
  const batches: Batch[] = [];
  const sides: Record<Side, Evaluated> = { tuned: { losses: [], logits: [] }, base: { losses: [], logits: [] } };
  const baseIsKnown = await loadBase({ model, data, config }).catch(unlessLost);
  for (const batchOf of all) {
    if (signal.aborted || (batches.length >= fewest && !hasTime())) break;
    const batch = batchOf();
    const tuned = await evaluatedBatch(model, batch, 'tuned');
    if (baseIsKnown) sides.base = withBatch(sides.base, await evaluatedBatch(model, batch, 'base'));
    batches.push(batch);
    sides.tuned = withBatch(sides.tuned, tuned);
    onDone(batches.length, all.length);
  }
  if (batches.length === 0) return null;
  const base = baseIsKnown ? sides.base : null;
  if (!heldOut) return byLoss(batches, sides.tuned, base);
  const logitsOf = (side: Evaluated) => (index: number) => side.logits[index]!;
  return heldOut(model.open.model, batches, logitsOf(sides.tuned), base && logitsOf(base));
}

/** What the task measures of the result, over whole batches. */
async function measured(
  { model, data, config }: EvaluatedContext,
  { signal, hasTime, onDone }: HeldOutLimits,
): Promise<HeldOut | null> {
  const { measures = [], counted, measuredHeldOut, readsReference } = objectiveOf(model.open.model);
  const { validation } = data;
  const hasReference = readsReference?.(config.training) ?? false;
  const asksBase = !hasReference && (await loadBase({ model, data, config }).catch(unlessLost));
  const measure = async (batch: Batch, side: Side) => {
    const outputs = await runEvaluation(model, batch, side);
    return Object.fromEntries(measures.map((name) => [name, outputs[name]![0]!]));
  };
  const places = spread(validation!.batchesPerEpoch, mostBatches);
  const batches: MeasuredBatch[] = [];
  let count = 0;
  for (const [done, index] of places.entries()) {
    if (signal.aborted || (count >= rowsThatTell && !hasTime())) break;
    const batch = validation!.batchAt(0, index);
    const tuned = await measure(batch, 'tuned');
    batches.push({ count: counted!(batch), tuned, base: asksBase ? await measure(batch, 'base') : null });
    count += counted!(batch);
    onDone(done + 1, places.length);
  }
  return count === 0 ? null : measuredHeldOut!(batches, hasReference);
}

/** A base that finds no room beside the result is not asked. @throws any other error */
export function unlessLost(thrown: unknown): null {
  if (thrown instanceof AppError && thrown.code !== 'device-lost') return null;
  throw thrown;
}

const withBatch = (side: Evaluated, { loss, logits }: { loss: number; logits: Float32Array | undefined }) => ({
  losses: [...side.losses, loss],
  logits: [...side.logits, logits],
});

/** The programs of the published model beside those that evaluate the run. @throws as `ModelSession.load` */
async function loadBase({ model, data, config }: EvaluatedContext): Promise<true> {
  const { open, tuning, dtypes } = model;
  const shapes = validationShapes(open.model, data.validation!).map((shape) => ({
    ...shape,
    lossSettings: config.training,
  }));
  const named = shapes.map(
    (shape) =>
      [
        evaluateName(shape.batchSize, shape.length, 'base'),
        () => evaluateProgram(open.model, tuning, dtypes, shape, 'base'),
      ] as const,
  );
  await model.load(new Map(named));
  return true;
}

async function evaluatedBatch(model: ModelSession, batch: Batch, side: Side) {
  const { loss, logits } = await runEvaluation(model, batch, side);
  return { loss: loss![0]!, logits };
}

function runEvaluation({ open, tuning, session, inputsOf }: ModelSession, batch: Batch, side: Side): Promise<Outputs> {
  const name = evaluateName(batch.batchSize, batch.length, side);
  const virtual = side === 'tuned' ? tuning?.adapter?.virtualTokens : undefined;
  const feeds = { ...batchFeeds(open.model, batch, inputsOf(name), virtual), lossScale: Float32Array.of(1) };
  return session.run(name, feeds);
}

/** By perplexity, where nothing else is known of the rows; each batch has the labels of one of them. */
function byLoss(batches: readonly Batch[], tuned: Evaluated, base: Evaluated | null): HeldOut {
  const tokens = batches.map(({ scoredTokens }) => scoredTokens);
  const total = tokens.reduce((sum, count) => sum + count, 0);
  const mean = ({ losses }: Evaluated) => losses.reduce((sum, loss) => sum + loss, 0) / total;
  const each = ({ losses }: Evaluated) => losses.map((loss, index) => -loss / tokens[index]!);
  return {
    metric: 'perplexity',
    rows: batches.length,
    tuned: Math.exp(mean(tuned)),
    base: base && Math.exp(mean(base)),
    blind: 0,
    ...comparedRows({ tuned: each(tuned), base: base && each(base) }),
    more: {},
    baseMore: {},
  };
}
