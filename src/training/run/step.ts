import { AppError } from '../../errors.ts';
import type { Model } from '../../models/model.ts';
import type { Outputs } from '../../plan/executor.ts';
import { objectiveOf } from '../../tasks/registry.ts';
import type { Scores } from '../../tasks/scores.ts';
import { stepSeed } from '../../tasks/step-seed.ts';
import { lossScaleFeed } from '../../tasks/texts/inputs.ts';
import { batchFeeds, onlyWanted } from '../programs/feeds.ts';
import { lossShares } from '../programs/loss-share.ts';
import { learningRateFactor, updateHyper } from '../programs/schedule.ts';
import { microStepName, updateName } from '../programs/training-programs.ts';
import type { StepMetrics } from './events.ts';
import type { InFlight } from './in-flight.ts';
import type { LoopContext, Position } from './loop-context.ts';

/**
 * Enqueues the micro-steps of one accumulation window and the update, and waits for nothing but room in the queue.
 * `onDone` gets the step's metrics, and the tokens of its window, once they are back. A loss or a gradient that is not
 * finite fails the run in the queue: AppError 'loss-not-finite'.
 */
export async function enqueueStep(
  context: LoopContext,
  inFlight: InFlight,
  from: Position,
  onDone: (metrics: StepMetrics, windowTokens: number) => void,
): Promise<Position> {
  const { model, config, plan } = context;
  const windowTokens = await enqueueMicroSteps(context, inFlight, from.step);
  const position = { ...from, step: from.step + 1, tokens: from.tokens + windowTokens };
  const { step, tokens } = position;
  const learningRate = config.training.learning_rate * learningRateFactor(plan.schedule, from.step);
  const epoch = step / plan.stepsPerEpoch;
  const hyper = updateHyper(config.training, plan.schedule, from.step);
  // Without room of its own: two micro-steps are on their way with their updates, and the GPU never waits for us.
  inFlight.attach(model.session.run(updateName, { hyper }), (outputs) => {
    const { loss, gradNorm } = finiteResults(outputs, step);
    const scores = measuredIn(model.open.model, outputs);
    onDone({ step, epoch, loss, learningRate, gradNorm, tokens, ...(scores ? { scores } : {}) }, windowTokens);
  });
  return position;
}

/** Resolves to the tokens of the window, without padding. */
async function enqueueMicroSteps(
  { model, data: { train }, config }: LoopContext,
  inFlight: InFlight,
  step: number,
): Promise<number> {
  const window = train.windowAt(Math.floor(step / train.stepsPerEpoch), step % train.stepsPerEpoch);
  const shareOf = lossShares(window, config.training, objectiveOf(model.open.model).counted);
  const virtual = model.tuning?.adapter?.virtualTokens;
  for (const [index, batch] of window.batches.entries()) {
    const program = microStepName(batch.batchSize, batch.length);
    const inputs = model.inputsOf(program);
    const lossScale = lossScaleFeed(batch, shareOf(batch), inputs, virtual);
    const scalars = { lossScale, keep: Float32Array.of(index === 0 ? 0 : 1) };
    const seed = stepSeed(config.environment.seed, step, index);
    const fed = batchFeeds(model.open.model, batch, inputs, virtual);
    const feeds = { ...fed, ...onlyWanted({ ...scalars, seed }, inputs) };
    await inFlight.room();
    inFlight.add(model.session.run(program, feeds));
  }
  return window.tokens;
}

/** What the objective measures beside the loss; undefined where it measures nothing. */
export function measuredIn(model: Model, outputs: Outputs, count = 1): Scores | undefined {
  const { measures, measuredScores } = objectiveOf(model);
  if (!measures) return undefined;
  const means = Object.fromEntries(measures.map((name) => [name, outputs[name]![0]! / count]));
  return measuredScores?.(means) ?? means;
}

function finiteResults(outputs: Outputs, step: number): Pick<StepMetrics, 'loss' | 'gradNorm'> {
  const loss = outputs.loss![0]!;
  const gradNorm = outputs.gradNorm![0]!;
  if (!Number.isFinite(loss)) throw new AppError('loss-not-finite', { value: String(loss), step });
  if (!Number.isFinite(gradNorm))
    throw new AppError('loss-not-finite', { value: `${loss} (gradient ${gradNorm})`, step });
  return { loss, gradNorm };
}
