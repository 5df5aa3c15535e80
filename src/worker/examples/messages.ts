/** What is asked of the single rows of a run. */
import type { RowInfluence, RowLoss, Split, TokenLoss } from '../../training/results/examples/table.ts';

/** A row of a run. */
export interface ShownRow {
  readonly split: Split;
  readonly row: number;
}

/** What it takes to find the rows that taught one. */
export interface TeachingPrice {
  /** Rows that are asked, of so many in training. */
  readonly rows: number;
  readonly of: number;
  readonly checkpoints: number;
  /** At the pace of the run's own training; null where that is not known. */
  readonly seconds: number | null;
}

/** A row by its tokens, and what it would take to find the rows that taught it. */
export interface ShownTokens {
  readonly tokens: readonly TokenLoss[];
  readonly price: TeachingPrice;
}

export interface Teachers {
  /** All that were asked, those that helped most first. */
  readonly rows: readonly RowInfluence[];
  /** What the first and the last of them say, by row. */
  readonly texts: Readonly<Record<number, string>>;
}

export interface ExampleRequests {
  /** What was found of the result before; null where nothing is kept. */
  keptExamples: { params: { runId: string }; result: { rows: readonly RowLoss[] | null } };
  /**
   * The loss of every row before training and after, kept with the run; told by `examplesDone`, ended by `stopExamples`,
   * which leaves nothing. @throws AppError 'examples-unoffered'
   */
  lookAtExamples: { params: { requestId: string; runId: string }; result: { rows: readonly RowLoss[] | null } };
  /** The loss of each token of a row. */
  lookAtRow: { params: ShownRow & { runId: string }; result: ShownTokens };
  /**
   * The rows of training that taught a row; told by `examplesDone`, ended by `stopExamples`. No run trains or chats
   * meanwhile.
   */
  findTeachers: { params: ShownRow & { requestId: string; runId: string }; result: Teachers | null };
  stopExamples: { params: { requestId: string }; result: Record<never, never> };
}

export interface ExampleEvents {
  examplesDone: { requestId: string; done: number; total: number };
}
