import type { Batches } from '../data/batches.ts';
import type { ExampleSet } from '../data/example-set.ts';
import type { ExampleRow, PreviewToken } from '../data/examples.ts';
import type { MadeLeftOut } from '../data/made-rows.ts';
import type { ClassifierHead } from '../models/model.ts';
import type { RowFinding } from './findings.ts';

/** What becomes of every row, whether or not a run can begin with what is left. */
export interface RowOutcome {
  readonly trainExamples: ExampleSet;
  /** The rows that `trainExamples` were made from. */
  readonly trainRows: readonly ExampleRow[];
  /** What became of all rows to validate with: those that can be scored, and those that cannot be read. */
  readonly validationExamples: ExampleSet;
  readonly heldRows: readonly ExampleRow[];
  /** What is learned from; what is held back and can be read; what of that the validation loss is taken of. */
  /** Rows that are left out because others have the same (`drop_duplicates`). */
  readonly repeatedRows: readonly ExampleRow[];
  /** Rows that a model made and that are left out. */
  readonly made: MadeLeftOut;
  /** Why the run should not start, and what it will not tell. */
  readonly findings: readonly RowFinding[];
  readonly counts: { readonly training: number; readonly held: number; readonly validation: number };
}

export interface PreparedData extends RowOutcome {
  readonly train: Batches;
  /** Null where nothing is held out, or no token of what is would be scored. */
  readonly validation: Batches | null;
  /** All rows that are learned from, once and in their order, as an evaluation reads them and in batches of its size. */
  readonly everyRow?: () => Batches;
  /** The held rows that can be read. */
  readonly validationRows: readonly ExampleRow[];
  /** What the label column means; null where the run learns to write text. */
  readonly labels: ClassifierHead | null;
  /** SHA-256 of every token, label or pixel that is learned: a resumed run checks it. Made when it is first asked for. */
  readonly fingerprint: string;
  /** Whether a fingerprint is of these rows, also one of the kind that earlier versions made. */
  isFingerprint(other: string): boolean;
}

/** A row as the model sees it. */
export interface RowView {
  /** Of the row in its file. */
  readonly number: number;
  readonly tokens: readonly PreviewToken[];
  readonly truncated: boolean;
  /** Nothing of the row is learned: it is no part of training. */
  readonly leftOut: boolean;
  /** What is learned of the whole row, where it is no text. */
  readonly label?: string;
}

/** A value that is made when it is first asked for. */
export function once<T extends NonNullable<unknown>>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
