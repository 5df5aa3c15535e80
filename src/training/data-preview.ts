/** The rows of a run as the page and the command line show them before it begins. */
import { exampleRows, type TableRows } from '../data/columns.ts';
import {
  buildExample,
  builtExample,
  type ExampleProblem,
  type ExampleRow,
  type ExampleSettings,
  type PreviewToken,
  tokenPreview,
} from '../data/examples.ts';
import { type LabelledSettings, labelledExample } from '../data/labelled-examples.ts';
import { classCounts, type Labels } from '../data/labels.ts';
import { listedRows } from '../data/table.ts';
import { isRefusal } from '../text/chat-template.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import {
  conversationsOf,
  exampleSettings,
  type LabelReading,
  labelledSettings,
  type PreparedData,
} from './prepare-data.ts';
import type { RunConfig } from './run-config.ts';

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

/** Rows that are cut or left out, by reason. */
export interface RowProblem {
  /** `validation-empty`: of the rows held out none has a token that could be scored. */
  readonly kind: ExampleProblem | 'validation-empty';
  /** They are rows to validate with, of the validation file where there is one. */
  readonly validation?: true;
  readonly count: number;
  /** The first ones, at most `listedRows`, as the file counts them. */
  readonly rows: readonly number[];
}

/** Among so many rows the turns before a row are looked for, to show it. */
const searchedRows = 100;

/** The first rows with the turns before them. @throws AppError 'column-missing', 'conversation-circular' */
export function firstRows(table: TableRows, { dataset }: RunConfig, count: number): ExampleRow[] {
  const first = conversationsOf({ ...table, rows: table.rows.slice(0, Math.max(count, searchedRows)) }, dataset);
  return first.chained(first.every).slice(0, count);
}

/** How one row is shown; none of which no tokens can be made. */
export function rowViewer(
  tokenizer: Tokenizer,
  config: RunConfig,
  modelPositions: number,
  reading: LabelReading | null,
): (row: ExampleRow) => RowView[] {
  if (reading === null) {
    const settings = exampleSettings(config, modelPositions);
    return (row) => tokenView(row, tokenizer, settings);
  }
  const settings = labelledSettings(config, modelPositions, reading);
  return (row) => labelView(row, tokenizer, settings);
}

function tokenView(row: ExampleRow, tokenizer: Tokenizer, settings: ExampleSettings): RowView[] {
  if (row.unreadable) return [];
  try {
    const example = buildExample(row, tokenizer, settings);
    const leftOut = builtExample(row, tokenizer, settings).problem !== undefined;
    return [
      { number: row.number ?? 0, tokens: tokenPreview(example, tokenizer), truncated: example.truncated, leftOut },
    ];
  } catch (thrown) {
    if (isRefusal(thrown)) return [];
    throw thrown;
  }
}

/** A text as the classifier meets it, beside its label. */
function labelView(row: ExampleRow, tokenizer: Tokenizer, settings: LabelledSettings): RowView[] {
  const example = labelledExample(row, tokenizer, settings);
  if (example === null) return [];
  const tokens = tokenPreview(example, tokenizer).map((token) => ({ ...token, learned: false }));
  return [{ number: row.number ?? 0, tokens, truncated: example.truncated, leftOut: false, label: row.answer }];
}

type Outcome = Pick<PreparedData, 'trainExamples' | 'trainRows' | 'validationExamples' | 'heldRows'>;

/** What is done to rows because of what is in them. */
export function rowProblems(
  { trainExamples, trainRows, validationExamples, heldRows }: Outcome,
  { dataset }: Pick<RunConfig, 'dataset'>,
): RowProblem[] {
  const listed = (problems: Outcome['trainExamples']['problems'], rows: readonly ExampleRow[]) =>
    Object.entries(problems)
      .filter(([, indices]) => indices.length > 0)
      .map(([kind, indices]) => ({
        kind: kind as ExampleProblem,
        count: indices.length,
        rows: indices.slice(0, listedRows).map((index) => rows[index]!.number ?? index + 1),
      }));
  const held = listed(validationExamples.problems, heldRows).map((found) => ({ ...found, validation: true as const }));
  const isEmpty = dataset.validation_strategy !== 'none' && validationExamples.examples.length === 0;
  const empty: RowProblem = { kind: 'validation-empty', validation: true, count: heldRows.length, rows: [] };
  return [...listed(trainExamples.problems, trainRows), ...held, ...(isEmpty ? [empty] : [])];
}

/** How many rows of a whole table each class has. */
export function classesOf(table: TableRows, { dataset }: RunConfig, labels: Labels) {
  const cells = exampleRows(table, dataset).map(({ answer }) => answer);
  const counts = classCounts(cells, labels);
  return labels.names.map((name, index) => ({ name, count: counts[index]! }));
}
