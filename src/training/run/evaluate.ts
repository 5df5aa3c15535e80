import type { Batch, Batches } from '../../data/batches.ts';
import { objectiveOf } from '../../tasks/registry.ts';
import type { Scores } from '../../tasks/scores.ts';
import { batchFeeds } from '../programs/feeds.ts';
import { evaluateName } from '../programs/training-programs.ts';
import type { ModelSession } from '../session/model-session.ts';
import { InFlight } from './in-flight.ts';
import type { LoopContext } from './loop-context.ts';

export interface Evaluation {
  /**
   * Mean negative log-likelihood a scored token, in nats, or the mean over what the task counts. transformers' eval_loss is
   * the mean of batch means instead.
   */
  readonly loss: number;
  /** exp(loss). */
  readonly perplexity: number;
  /** Where the task has some. */
  readonly scores?: Scores;
}

/** Whether the update that makes it `step` is followed by an evaluation, of validation rows or of general texts. */
export const evaluatesAfter = ({ data, forgetting, plan }: LoopContext, step: number): boolean =>
  (data.validation !== null || forgetting !== null) &&
  (step === plan.schedule.totalSteps || step % plan.evaluationSteps === 0);

/** Loss over all batches with the weights as they are now, weighted by tokens. No step may be enqueued meanwhile. */
export async function evaluate(
  { open, tuning, session, inputsOf }: ModelSession,
  batches: Batches,
): Promise<Evaluation> {
  const virtual = tuning?.adapter?.virtualTokens;
  const {
    scores,
    measures = [],
    measuredScores,
    counted = (batch: Batch) => batch.scoredTokens,
  } = objectiveOf(open.model);
  const measured = Object.fromEntries(measures.map((name) => [name, 0]));
  const inFlight = new InFlight();
  const predictions = new Map<number, Float32Array>();
  /** Kept for the scores alone. */
  const answers: Batch[] = [];
  let sum = 0;
  let count = 0;
  for (let index = 0; index < batches.batchesPerEpoch; index++) {
    const batch = batches.batchAt(0, index);
    const name = evaluateName(batch.batchSize, batch.length);
    await inFlight.room();
    const feeds = { ...batchFeeds(open.model, batch, inputsOf(name), virtual), lossScale: Float32Array.of(1) };
    inFlight.add(session.run(name, feeds), ({ loss, logits, ...others }) => {
      sum += loss![0]!;
      for (const name of measures) measured[name]! += others[name]![0]!;
      if (logits) predictions.set(index, logits);
    });
    if (scores) answers.push(batch);
    count += counted(batch);
  }
  await inFlight.drain();
  const loss = sum / count;
  const means = Object.fromEntries(measures.map((name) => [name, measured[name]! / count]));
  const found =
    scores?.(open.model, answers, (index) => predictions.get(index)!) ??
    measuredScores?.(means) ??
    (measures.length > 0 ? means : undefined);
  return { loss, perplexity: Math.exp(loss), ...(found ? { scores: found } : {}) };
}
