import type { Batch, Batches } from '../../data/batches.ts';
import type { Model } from '../../models/model.ts';
import type { Session } from '../../plan/executor.ts';
import type { InputSizes } from '../../tasks/inputs.ts';
import { objectiveOf } from '../../tasks/registry.ts';
import type { Scores } from '../../tasks/scores.ts';
import type { VirtualTokens } from '../../tuning/method.ts';
import { batchFeeds } from '../programs/feeds.ts';
import { InFlight } from './in-flight.ts';

export interface Evaluation {
  /** Mean negative log-likelihood a scored token, in nats. transformers' eval_loss is the mean of batch means instead. */
  readonly loss: number;
  /** exp(loss). */
  readonly perplexity: number;
  /** Where the task has some. */
  readonly scores?: Scores;
}

/** A program of the session that gives `loss`, the sum over scored tokens times `lossScale`, and its input names. */
export interface EvaluationProgram {
  readonly name: string;
  readonly inputs: InputSizes;
}

/** Loss over all batches, weighted by tokens. `programFor` gives the program for a padded length. */
export async function evaluate(
  session: Session,
  model: Model,
  batches: Batches,
  programFor: (length: number) => EvaluationProgram,
  virtual?: VirtualTokens,
): Promise<Evaluation> {
  const { scores } = objectiveOf(model);
  const inFlight = new InFlight();
  const predictions = new Map<number, Float32Array>();
  /** Kept for the scores alone. */
  const answers: Batch[] = [];
  let sum = 0;
  let scoredTokens = 0;
  for (let index = 0; index < batches.batchesPerEpoch; index++) {
    const batch = batches.batchAt(0, index);
    const { name, inputs } = programFor(batch.length);
    await inFlight.room();
    const feeds = { ...batchFeeds(model, batch, inputs, virtual), lossScale: Float32Array.of(1) };
    inFlight.add(session.run(name, feeds), ({ loss, logits }) => {
      sum += loss![0]!;
      if (logits) predictions.set(index, logits);
    });
    if (scores) answers.push(batch);
    scoredTokens += batch.scoredTokens;
  }
  await inFlight.drain();
  const loss = sum / scoredTokens;
  const found = scores?.(model, answers, (index) => predictions.get(index)!);
  return { loss, perplexity: Math.exp(loss), ...(found ? { scores: found } : {}) };
}
