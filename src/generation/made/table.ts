/** Made rows as rows of a table. */
import type { TableRows } from '../../data/columns.ts';
import { spreadsheetCsv } from '../../data/csv-text.ts';
import { isMadeColumn, madeColumns, madeMarks, reviewColumns } from '../../data/made-rows.ts';
import { AppError, because } from '../../errors.ts';
import type { MadeRow } from './rows.ts';
import type { MadeSources } from './sources.ts';

/** What of a made row comes into a table. */
export type TakenRow = Pick<MadeRow, 'kind' | 'by' | 'source' | 'text'>;

export interface PlainTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The cells of a made row, in the table's columns without marks, and its marks. */
function madeCells({ table, rows, answerPlace }: MadeSources, own: readonly number[], made: TakenRow) {
  const source = rows.find(({ number }) => number === made.source);
  if (!source)
    throw new AppError('make-unfit', { reason: because`the table was opened anew since row ${made.source} was made` });
  const place = made.kind === 'paraphrase' ? source.place : answerPlace;
  const cells = table.rows[source.index]!;
  return { cells: own.map((at) => (at === place ? made.text : (cells[at] ?? ''))), from: source.prompt };
}

/** Places of the columns that are no marks. */
const ownPlaces = ({ columns }: Pick<TableRows, 'columns'>): number[] =>
  [...columns.keys()].filter((place) => !isMadeColumn(columns[place]!));

/** Made rows alone, to be looked at: what is to be said of each stands beside it, and none is approved that was not. */
export function reviewTable(
  sources: MadeSources,
  made: readonly (MadeRow & { readonly isApproved?: boolean })[],
): PlainTable {
  const own = ownPlaces(sources.table);
  const marks = [...Object.values(madeColumns), ...Object.values(reviewColumns)];
  return {
    columns: [...own.map((place) => sources.table.columns[place]!), ...marks],
    rows: made.map((row) => {
      const { cells, from } = madeCells(sources, own, row);
      return [
        ...cells,
        row.kind,
        row.by,
        from,
        row.isApproved ? 'yes' : 'no',
        String(row.source),
        row.checks.join(' '),
        row.remark,
      ];
    }),
  };
}

/** A table with made rows behind its own and those that it had, approved. */
export function withMade(sources: MadeSources, made: readonly TakenRow[]): PlainTable {
  const own = ownPlaces(sources.table);
  const rows = made.map((row) => {
    const { cells, from } = madeCells(sources, own, row);
    return [...cells, row.kind, row.by, from, 'yes'];
  });
  return joined(sources.table, rows);
}

/** The rows, in the columns without marks and then the four marks. */
function joined(table: TableRows, more: readonly (readonly string[])[]): PlainTable {
  const own = ownPlaces(table);
  const marks = Object.values(madeColumns).map((name) => table.columns.indexOf(name));
  return {
    columns: [...own.map((place) => table.columns[place]!), ...Object.values(madeColumns)],
    rows: [...table.rows.map((cells) => [...own, ...marks].map((place) => cells[place] ?? '')), ...more],
  };
}

/**
 * A table with the approved rows of another behind its own, by the names of their columns.
 * @param alsoSound whether rows that nobody has looked at come in too where nothing is to be said of them
 */
export function withApproved(table: TableRows, review: TableRows, alsoSound: boolean) {
  const marks = madeMarks(review);
  const placeOf = (name: string) => review.columns.indexOf(name);
  const notes = [placeOf(reviewColumns.checks), placeOf(reviewColumns.remark)];
  const isSound = (cells: readonly string[]) => notes.every((place) => (cells[place] ?? '').trim() === '');
  const taken = review.rows.filter((cells, row) => {
    const mark = marks?.[row];
    return mark && (mark.isApproved || (alsoSound && isSound(cells)));
  });
  const own = ownPlaces(table).map((place) => placeOf(table.columns[place]!));
  const [kind, by, from] = [madeColumns.kind, madeColumns.by, madeColumns.from].map(placeOf);
  const rows = taken.map((cells) => [...[...own, kind!, by!, from!].map((place) => cells[place] ?? ''), 'yes']);
  const made = marks?.filter((mark) => mark !== undefined).length ?? 0;
  return { table: joined(table, rows), taken: taken.length, made };
}

/** A table as it was before rows were made of it. */
export function withoutMade(table: TableRows): PlainTable {
  const own = ownPlaces(table);
  const marks = madeMarks(table);
  const kept = table.rows.filter((_, row) => !marks?.[row]);
  return {
    columns: own.map((place) => table.columns[place]!),
    rows: kept.map((cells) => own.map((place) => cells[place] ?? '')),
  };
}

/** As a file that spreadsheets read as UTF-8. */
export const madeCsv = ({ columns, rows }: PlainTable): string => spreadsheetCsv(columns, rows);
