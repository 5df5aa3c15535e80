import type { Batch, Batches } from '../../data/batches.ts';
import { objectiveOf } from '../../tasks/registry.ts';
import type { Scores } from '../../tasks/scores.ts';
import { batchFeeds } from '../programs/feeds.ts';
import { evaluateName } from '../programs/training-programs.ts';
import type { ModelSession } from '../session/model-session.ts';
import { InFlight } from './in-flight.ts';
import type { LoopContext } from './loop-context.ts';

export interface Evaluation {
  /** Mean negative log-likelihood a scored token, in nats. transformers' eval_loss is the mean of batch means instead. */
  readonly loss: number;
  /** exp(loss). */
  readonly perplexity: number;
  /** Where the task has some. */
  readonly scores?: Scores;
}

/** Whether the update that makes it `step` is followed by an evaluation. */
export const evaluatesAfter = ({ data, plan }: LoopContext, step: number): boolean =>
  data.validation !== null && (step === plan.schedule.totalSteps || step % plan.evaluationSteps === 0);

/** Loss over all batches with the weights as they are now, weighted by tokens. No step may be enqueued meanwhile. */
export async function evaluate(
  { open, tuning, session, inputsOf }: ModelSession,
  batches: Batches,
): Promise<Evaluation> {
  const virtual = tuning?.adapter?.virtualTokens;
  const { scores } = objectiveOf(open.model);
  const inFlight = new InFlight();
  const predictions = new Map<number, Float32Array>();
  /** Kept for the scores alone. */
  const answers: Batch[] = [];
  let sum = 0;
  let scoredTokens = 0;
  for (let index = 0; index < batches.batchesPerEpoch; index++) {
    const batch = batches.batchAt(0, index);
    const name = evaluateName(batch.batchSize, batch.length);
    await inFlight.room();
    const feeds = { ...batchFeeds(open.model, batch, inputsOf(name), virtual), lossScale: Float32Array.of(1) };
    inFlight.add(session.run(name, feeds), ({ loss, logits }) => {
      sum += loss![0]!;
      if (logits) predictions.set(index, logits);
    });
    if (scores) answers.push(batch);
    scoredTokens += batch.scoredTokens;
  }
  await inFlight.drain();
  const loss = sum / scoredTokens;
  const found = scores?.(open.model, answers, (index) => predictions.get(index)!);
  return { loss, perplexity: Math.exp(loss), ...(found ? { scores: found } : {}) };
}
