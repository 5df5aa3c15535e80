import type { ExampleSet } from '../data/example-set.ts';
import type { ExampleProblem, ExampleRow } from '../data/examples.ts';
import type { MadeProblem } from '../data/made-rows.ts';
import { listedRows } from '../data/table.ts';
import type { RowOutcome } from './prepared.ts';
import type { TaskSettings } from './settings.ts';

/** Rows that are cut or left out, by reason. */
export interface RowProblem {
  /**
   * `repeated`: left out because another has the same content. `validation-empty`: of the rows held out none has a token
   * that could be scored.
   */
  readonly kind: ExampleProblem | 'repeated' | MadeProblem | 'validation-empty';
  /** They are rows to validate with, of the validation file where there is one. */
  readonly validation?: true;
  readonly count: number;
  /** The first ones, at most `listedRows`, as the file counts them. */
  readonly rows: readonly number[];
}

/** What is done to rows because of what is in them. */
export function rowProblems(
  { trainExamples, trainRows, validationExamples, heldRows, repeatedRows, made, counts }: Omit<RowOutcome, 'findings'>,
  { dataset }: { readonly dataset: Pick<TaskSettings['dataset'], 'validation_strategy'> },
): RowProblem[] {
  const listed = (problems: ExampleSet['problems'], rows: readonly ExampleRow[]) =>
    Object.entries(problems)
      .filter(([, indices]) => indices.length > 0)
      .map(([kind, indices]) => ({
        kind: kind as ExampleProblem,
        count: indices.length,
        rows: indices.slice(0, listedRows).map((index) => rows[index]!.number ?? index + 1),
      }));
  const held = listed(validationExamples.problems, heldRows).map((found) => ({ ...found, validation: true as const }));
  const isEmpty = dataset.validation_strategy !== 'none' && counts.validation === 0;
  const empty: RowProblem = { kind: 'validation-empty', validation: true, count: heldRows.length, rows: [] };
  const leftOut = (kind: MadeProblem, rows: readonly number[]): RowProblem[] =>
    rows.length === 0 ? [] : [{ kind, count: rows.length, rows: rows.slice(0, listedRows) }];
  const repeats = repeatedRows.map(({ number = 0 }) => number).sort((a, b) => a - b);
  const repeated: RowProblem = { kind: 'repeated', count: repeats.length, rows: repeats.slice(0, listedRows) };
  return [
    ...(repeats.length > 0 ? [repeated] : []),
    ...leftOut('made-unapproved', made.unapproved),
    ...leftOut('made-parted', made.parted),
    ...leftOut('made-held', made.held).map((found) => ({ ...found, validation: true as const })),
    ...listed(trainExamples.problems, trainRows),
    ...held,
    ...(isEmpty ? [empty] : []),
  ];
}
