import { spreadsheetCsv } from '../../../data/csv-text.ts';
import type { AnsweredRow } from '../../../worker/protocol.ts';

/** Rows of one class that the tuned model takes for another, or for the same. */
export interface ConfusionCell {
  readonly expected: string;
  readonly said: string;
}

export interface ConfusionMatrix {
  /** Classes in the order of the alphabet: those that were expected or said. */
  readonly classes: readonly string[];
  /** By class expected, then by class said. */
  readonly counts: readonly (readonly number[])[];
}

/** A matrix of more could not be read. */
const mostClasses = 24;

/** What the tuned model takes the rows of each class for; null where it says no single classes, or too many. */
export function confusionOf(rows: readonly AnsweredRow[]): ConfusionMatrix | null {
  if (rows.length === 0 || rows.some(({ tunedSaid }) => tunedSaid === undefined)) return null;
  const classes = [...new Set(rows.flatMap(({ expected, tunedSaid }) => [expected, tunedSaid!]))].sort();
  if (classes.length > mostClasses) return null;
  const placeOf = new Map(classes.map((name, place) => [name, place]));
  const counts = classes.map(() => classes.map(() => 0));
  for (const { expected, tunedSaid } of rows) counts[placeOf.get(expected)!]![placeOf.get(tunedSaid!)!]!++;
  return { classes, counts };
}

/** The rows of a cell; all without one. */
export const rowsIn = (rows: readonly AnsweredRow[], cell: ConfusionCell | null): readonly AnsweredRow[] =>
  cell ? rows.filter(({ expected, tunedSaid }) => expected === cell.expected && tunedSaid === cell.said) : rows;

/** The matrix as CSV (RFC 4180): a line for each class that was expected. */
export const confusionCsv = ({ classes, counts }: ConfusionMatrix): string =>
  spreadsheetCsv(
    ['expected', ...classes],
    classes.map((name, row) => [name, ...counts[row]!]),
  );
