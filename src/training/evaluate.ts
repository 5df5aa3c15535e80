import type { Batch, Batches } from '../data/batches.ts';
import { maskedLabel } from '../data/examples.ts';
import type { Classifier, Model } from '../models/model.ts';
import type { Session } from '../plan/executor.ts';
import type { VirtualTokens } from '../tuning/method.ts';
import { batchFeeds, type InputSizes } from './feeds.ts';
import { InFlight } from './in-flight.ts';
import { type Prediction, type PredictionScores, predictionScores } from './prediction-scores.ts';

export interface Evaluation {
  /** Mean negative log-likelihood a scored token, in nats. transformers' eval_loss is the mean of batch means instead. */
  readonly loss: number;
  /** exp(loss). */
  readonly perplexity: number;
  /** Of a classifier. */
  readonly scores?: PredictionScores;
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
  const inFlight = new InFlight();
  const predictions = new Map<number, Float32Array>();
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
    if (model.classifier) answers.push(batch);
    scoredTokens += batch.scoredTokens;
  }
  await inFlight.drain();
  const loss = sum / scoredTokens;
  const { classifier } = model;
  const scores = classifier && scoredPredictions(classifier, answers, (index) => predictions.get(index)!);
  return { loss, perplexity: Math.exp(loss), ...(scores ? { scores } : {}) };
}

/** The scores of what a classifier gave for each batch, in the order of the batches' labels. */
function scoredPredictions(
  { outputs, problem }: Classifier,
  batches: readonly Batch[],
  logitsOf: (index: number) => Float32Array,
): PredictionScores {
  const predictions = batches.flatMap(({ labels, targets }, index): Prediction[] => {
    const logits = logitsOf(index);
    return [...labels.filter((label) => label !== maskedLabel)].map((label, row) => ({
      logits: logits.subarray(row * outputs, (row + 1) * outputs),
      label,
      values: targets?.subarray(row * outputs, (row + 1) * outputs),
    }));
  });
  return predictionScores(problem, predictions);
}
