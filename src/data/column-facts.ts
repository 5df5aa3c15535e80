/** What the cells of a column are like: what it is used for can be guessed from it where its name says nothing. */
import { isClassName } from './column-names.ts';
import { isMadeColumn } from './made-rows.ts';
import { holdsMessages } from './messages.ts';
import type { Table } from './table.ts';

export interface ColumnFacts {
  readonly name: string;
  /** Cells that are not blank, of the rows looked at. */
  readonly filled: number;
  readonly distinct: number;
  /** Mean of the filled cells, in characters. */
  readonly length: number;
  /** Every filled cell is a number. */
  readonly isNumeric: boolean;
  /** Share of the filled cells that end with a question mark. */
  readonly questions: number;
  /** Share of the filled cells that hold words: no address, date, code or record. */
  readonly prose: number;
  readonly isConversation: boolean;
}

/** Rows that are looked at. */
const facedRows = 1000;

/** Of each column but those that mark made rows. */
export function columnFacts({ columns, rows }: Pick<Table, 'columns' | 'rows'>): ColumnFacts[] {
  const step = Math.max(1, Math.ceil(rows.length / facedRows));
  const looked = rows.filter((_, index) => index % step === 0);
  const facts = columns.map((name, place) => {
    const cells = looked.map((row) => (row[place] ?? '').trim()).filter((cell) => cell !== '');
    const share = (is: (cell: string) => boolean) => cells.filter(is).length / Math.max(1, cells.length);
    return {
      name,
      filled: cells.length,
      distinct: new Set(cells).size,
      length: cells.reduce((sum, cell) => sum + cell.length, 0) / Math.max(1, cells.length),
      isNumeric: cells.length > 0 && cells.every((cell) => Number.isFinite(Number(cell))),
      questions: share((cell) => /[?？]$/.test(cell)),
      prose: share(isProse),
      isConversation: cells.length > 0 && cells.slice(0, 20).some(holdsMessages),
    };
  });
  // What marks a made row is nothing to learn.
  return facts.filter(({ name }) => !isMadeColumn(name));
}

/** Two words, or two letters of a script without spaces. */
const isProse = (cell: string): boolean =>
  !/^(?:[{[<]|\w+:\/\/)/.test(cell) &&
  /\p{L}{2}[^\s\p{L}]*\s+[^\s\p{L}]*\p{L}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]{2}/u.test(
    cell,
  );

const mostClasses = 100;
/** Mean length of classes at most, in characters. */
export const longestClass = 40;

/** More numbers than a scale of classes has, under a name that does not say that they stand for some. */
export const looksLikeQuantity = ({ name, isNumeric, distinct }: ColumnFacts): boolean =>
  isNumeric && distinct > 11 && !isClassName(name);

/** Few, short and repeated values, as classes have. */
export const looksLikeClasses = ({ filled, distinct, length }: ColumnFacts): boolean =>
  distinct >= 2 && distinct <= mostClasses && 2 * distinct <= filled && length <= longestClass;
