/** Tables and pictures: opened, and looked at as a run will meet them. */

import type { RecognisedColumns } from '../../data/columns.ts';
import type { DelimiterFit } from '../../data/detect-delimiter.ts';
import type { EncodingPreview } from '../../data/detect-encoding.ts';
import type { TableReading } from '../../data/read-table.ts';
import type { TableProblem } from '../../data/table.ts';
import type { DatasetPart } from '../../files/hub-datasets.ts';
import type { RowFinding } from '../../tasks/findings.ts';
import type { TableGuess } from '../../tasks/guess.ts';
import type { RowView } from '../../tasks/prepared.ts';
import type { RowProblem } from '../../tasks/row-problems.ts';
import type { RecipeFacts } from '../../training/config/recipes.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { SchedulePoint } from '../../training/programs/schedule.ts';
import type { PreviewWarning } from '../tuning/messages.ts';

export type { TableReading } from '../../data/read-table.ts';
export type { Remedy, RowFinding } from '../../tasks/findings.ts';

export type DataSource =
  | { readonly kind: 'example' }
  /** `isEdited`: the open table with made rows more or less, whose settings stay. */
  | { readonly kind: 'file'; readonly name: string; readonly blob: Blob; readonly isEdited?: boolean }
  /** The copy of an earlier visit. */
  | { readonly kind: 'kept'; readonly id: string; readonly name: string }
  /** What a run was begun with. */
  | { readonly kind: 'run'; readonly runId: string; readonly use: 'table' | 'validation'; readonly name: string }
  /** The pairs that the choices kept with a run come to. */
  | { readonly kind: 'choices'; readonly runId: string; readonly name: string }
  /** A folder of pictures, with the paths in it. */
  | {
      readonly kind: 'pictures';
      readonly name: string;
      readonly files: readonly { readonly path: string; readonly blob: Blob }[];
    }
  | {
      readonly kind: 'hub';
      readonly id: string;
      readonly part: DatasetPart;
      readonly endpoint: string;
      readonly token?: string;
    };

export interface DataSummary {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rowCount: number;
  readonly firstRows: readonly (readonly string[])[];
  /** What the columns look like. */
  readonly recognised: RecognisedColumns;
  /** The same for every task, and which the table looks made for. */
  readonly guess: TableGuess;
  readonly format: string;
  readonly delimiter: string;
  /** What the first lines are with each usual delimiter, where the table is CSV or plain text. */
  readonly delimiters: readonly DelimiterFit[];
  /** The one of them to try next, where it parts the header and is not in use; '' for none. */
  readonly otherDelimiter: string;
  readonly encoding: string;
  /** Nothing in the file says that it is that one. */
  readonly encodingGuessed: boolean;
  /** What the first lines are under others, where the encoding is a guess or was chosen. */
  readonly encodings: readonly EncodingPreview[];
  readonly problems: readonly TableProblem[];
  /** Rows that a model made. */
  readonly made: number;
  /** Where pictures are learned from. */
  readonly pictures: {
    readonly classes: readonly { readonly name: string; readonly count: number }[];
    /** Some of them, of each class in turn. */
    readonly samples: readonly { readonly path: string; readonly label: string; readonly blob: Blob }[];
  } | null;
}

export interface TokenView extends RowView {
  /** Tokens of a long row that are not among `tokens`: they would stand in its middle. */
  readonly hidden: number;
}

export interface DataPreview {
  readonly trainingRows: number;
  readonly validationRows: number;
  readonly rows: readonly TokenView[];
  readonly truncatedRows: number;
  readonly problems: readonly RowProblem[];
  /** Where the table is large: how many of its rows the figures here were taken from; those of a run are scaled up. */
  readonly sampled: { readonly rows: number; readonly of: number } | null;
  /** Where labels are learned: how many rows each class has, of the whole table; none of a regression. */
  readonly classes: readonly { readonly name: string; readonly count: number }[] | null;
  readonly learnedTokens: number;
  readonly totalTokens: number;
  /**
   * Rows by length in tokens before they are cut to `limit`: `counts[i]` rows have lengths in [i·width, (i+1)·width); those
   * over twice the limit are counted at its end.
   */
  readonly histogram: { readonly width: number; readonly counts: readonly number[]; readonly limit: number };
  /** The longest padded length of a batch, in tokens. */
  readonly batchLength: number;
  /** Share of the places in an epoch's batches that hold a token; the rest is padding. */
  readonly fillRatio: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** Updates of warm-up, and the factor on the learning rate along the run. */
  readonly warmupSteps: number;
  readonly schedule: readonly SchedulePoint[];
  /** What is found of the rows: what holds a run back, and what is only said; of a large table, of its sample. */
  readonly findings: readonly RowFinding[];
  /** Why no run can start with this data and these settings; counts are then 0. */
  readonly problem: PreviewWarning | null;
  /** The template in use and, where the model has no chat template, what it fell back to. */
  readonly template: string;
}

export interface DataRequests {
  /** As the table to learn from, or the one to validate with. */
  openData: { params: { source: DataSource; use?: 'validation'; reading?: TableReading }; result: DataSummary };
  /** The open tables under another encoding or delimiter. */
  readAgain: { params: { reading: TableReading }; result: { table: DataSummary; validation: DataSummary | null } };
  /** The cells of a row of the open table by its number in the file; null where it was left out. */
  tableRow: { params: { number: number; validation: boolean }; result: { cells: readonly string[] | null } };
  /** Configurations and splits of a data set of the Hub. */
  listDataset: {
    params: { id: string; revision: string; endpoint: string; token?: string };
    result: { parts: readonly DatasetPart[] };
  };
  /** Keeps a copy of an open table for the next visit; null where it is too large for that. */
  keepTable: { params: { use: 'table' | 'validation' }; result: { id: string | null } };
  /** Lets go of what is open, and of the copies. */
  forgetSetup: { params: Record<never, never>; result: Record<never, never> };
  /** What recipes follow from; null where the rows cannot be read. It changes with no setting that a recipe sets. */
  measureRows: { params: { config: RunConfig }; result: { facts: RecipeFacts | null } };
  previewData: { params: { config: RunConfig }; result: DataPreview };
}

export interface DataEvents {
  /** Bytes of a data set, downloaded or read. */
  reading: { stage: 'downloading' | 'reading'; done: number; total: number };
}
