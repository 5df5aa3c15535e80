import type { Batch } from '../data/batches.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { Model } from '../models/model.ts';
import type { HeadSeams } from '../models/seams.ts';
import type { VirtualTokens } from '../tuning/method.ts';
import type { ForwardOptions } from '../tuning/seams.ts';
import type { HeldOut } from './held-out.ts';
import type { InputSizes, InputValues } from './inputs.ts';
import type { JudgedLossSettings } from './judged/losses.ts';
import type { LengthLimit, TakenPositions } from './lengths.ts';
import type { PairLossSettings } from './preference/losses.ts';
import type { Scores } from './scores.ts';

export interface BatchShape {
  readonly batchSize: number;
  /** Tokens a row, padding included. */
  readonly length: number;
  /** Tokens with a label, at most: the head then sees only those. Absent: it sees every token. */
  readonly scoredRows?: number | undefined;
  /** Each token has a weight of its own in the loss: `lossScale` is one number for each that the head sees. */
  readonly weighsTokens?: boolean | undefined;
  /** Rows are pairs of texts: each token has its type. */
  readonly pairs?: boolean | undefined;
  /** NEFTune's alpha: noise on the token embeddings in training. */
  readonly noiseAlpha?: number | undefined;
  /** Share of values dropped, in training, of what attention and MLP add to the residual. */
  readonly dropout?: number | undefined;
  /** Gradients on their way are so many times as large, for products that round them to f16; what is added up is not. */
  readonly lossFactor?: number | undefined;
  /** What the loss is made with, where it has settings. */
  readonly lossSettings?: LossSettings | undefined;
}

/** Names as in the run config's `training` section. */
export interface LossSettings extends PairLossSettings, JudgedLossSettings {
  readonly loss_function: string;
}

/** What the loss reads of the shape of its batch. */
export type LossShape = Pick<BatchShape, 'weighsTokens' | 'lossFactor' | 'lossSettings' | 'batchSize'>;

/** Takes what is measured beside the loss: a sum like the loss, f32 [], under one of the objective's `measures`. */
export type Measure = (name: string, value: Value) => void;

/** What the last matrix of the head reads, f32 [places that are scored, width], and the seams it was made with. */
export interface HeadInput {
  readonly read: Value;
  readonly seams: HeadSeams;
}

/** The logits of a batch, by its index. */
export type LogitsOf = (index: number) => Float32Array;

/** What is computed for a task: the graph from a batch to a loss, its inputs, and the scores of an evaluation. */
export interface Objective {
  /** Adds the forward pass of a batch. `isTraining`: gradients will be taken, and what drops out does. */
  buildForward(builder: GraphBuilder, options: ForwardOptions, shape: BatchShape, isTraining: boolean): HeadInput;
  /**
   * Adds the loss, f32 []: the sum over what is scored, times the input `lossScale`.
   * @param shape of what the head reads; `lossFactor` multiplies the loss, and what is measured
   */
  buildLoss(builder: GraphBuilder, model: Model, head: HeadInput, shape: LossShape, measure?: Measure): Value;
  /** Where the settings name a second column of texts (`text_pair_column`), rows are pairs. */
  readonly readsPairs?: boolean;
  /** What is measured beside the loss, in updates and evaluations. */
  readonly measures?: readonly string[];
  /** What is said of the means of the measures, where that is not themselves. */
  measuredScores?(means: Readonly<Record<string, number>>): Scores;
  /** Rows that one example takes in a batch; default: one. */
  rowsPerExample?(model: Model, loss: LossSettings): number;
  /** What the loss of a batch is the mean of; default: its scored tokens. */
  counted?(batch: Batch): number;
  /**
   * Where the loss is a sum of cross-entropies, one for each place with a label: of which token each tells, the one at its
   * place or the next. Null, or absent: the loss has no such parts.
   */
  tellsOf?(model: Model): 'own' | 'next' | null;
  /** Whether the loss reads what the model said before training, where there is such a loss. */
  readsReference?(loss: LossSettings): boolean;
  /**
   * What that is: the log-probability of what is learned of each of so many
   * rows, f32 [rows, 1]. It is computed once, and stands in `Batch.reference`.
   */
  buildReference?(builder: GraphBuilder, model: Model, head: HeadInput, rows: number): Value;
  /** What a program reads of a batch. `virtual`: the tokens that an adapter puts before each row. */
  feeds(model: Model, batch: Batch, wanted: InputSizes, virtual?: VirtualTokens): Record<string, InputValues>;
  /**
   * Padded tokens of the longest row that the settings allow, where the rows are not known.
   * @param tuning null where it cannot be resolved
   * @throws AppError 'run-config-invalid' where the tuning leaves no room for a row
   */
  longestRow(model: Model, tuning: TakenPositions | null, config: LengthLimit): number;
  /** Room for the places of a batch that are scored; undefined where the head is to see all `places`. */
  scoredRows(scored: number, places: number): number | undefined;
  /** Scores of the validation batches, from the logits of each; where it has some, an evaluation gives logits. */
  scores?(model: Model, batches: readonly Batch[], logitsOf: LogitsOf): Scores;
  /**
   * What validation batches say of a result beside the published model, from the logits of each on both sides; where it
   * has `scores`. `base` is null where the published model could not be asked.
   */
  heldOut?(model: Model, batches: readonly Batch[], tuned: LogitsOf, base: LogitsOf | null): HeldOut;
  /**
   * The same from what is measured of each batch. The published model is asked where no loss compares with it already
   * (`readsReference`).
   */
  measuredHeldOut?(batches: readonly MeasuredBatch[], hasReference: boolean): HeldOut;
}

/** Sums of `Objective.measures` over a batch of so many examples; of the published model null where it was not asked. */
export interface MeasuredBatch {
  readonly count: number;
  readonly tuned: Readonly<Record<string, number>>;
  readonly base: Readonly<Record<string, number>> | null;
}

/** The scale of the loss as it goes into the graph. */
export function lossScaleInput(
  builder: GraphBuilder,
  { read }: Pick<HeadInput, 'read'>,
  { weighsTokens, lossFactor = 1 }: Pick<BatchShape, 'weighsTokens' | 'lossFactor'>,
): Value {
  const given = builder.input('lossScale', { shape: weighsTokens ? [read.shape[0]!] : [], dtype: 'f32' });
  return lossFactor === 1 ? given : builder.scale(given, lossFactor);
}
