/** Whether what was taken for the names of columns is the first row of a file without names. */
import { isAboutText } from './beside-text.ts';
import { columnFacts } from './column-facts.ts';
import { isUsualName, labelNames, named, titleNames } from './column-names.ts';
import type { TableRows } from './columns.ts';
import { isMadeColumn } from './made-rows.ts';

/** Rows that the line is compared with: at least, and at most. */
const fewestRows = 2;
const comparedRows = 1000;

/** Characters from which a cell without a stop is a sentence. */
const longName = 30;

/**
 * The cells are sentences like those under them, or values that stand under them; none is a usual name. Questions above
 * answers, as forms have, are names.
 */
export function looksLikeRow({ columns, rows }: Pick<TableRows, 'columns' | 'rows'>): boolean {
  const isName = (name: string) =>
    isUsualName(name) || isMadeColumn(name) || isAboutText(name) || named([{ name }], others) !== undefined;
  if (rows.length < fewestRows || columns.some(isName)) return false;
  const header = columnFacts({ columns, rows: [columns] });
  const facts = columnFacts({ columns, rows });
  const likeness = columns.map((cell, place) => {
    const [above, below] = [header[place]!, facts[place]!];
    const isAlike = cell.length >= below.length / 3 && cell.length <= 3 * below.length;
    return above.prose > 0 && below.prose > 0.5 && isAlike ? endings(cell, cellsOf(rows, place)) : 'none';
  });
  const isValue = (cell: string, place: number) => Number.isFinite(Number(cell)) || cellsOf(rows, place).includes(cell);
  return (
    likeness.includes('same') && columns.every((cell, place) => likeness[place] !== 'none' || isValue(cell, place))
  );
}

/** `same`: ends as a third of the cells do, or is long without a stop. `stop`: ends as no name does. */
function endings(cell: string, below: readonly string[]): 'same' | 'stop' | 'none' {
  const stop = stopOf(cell);
  if (stop === '') return cell.length >= longName ? 'same' : 'none';
  if (3 * below.filter((other) => stopOf(other) === stop).length >= below.length) return 'same';
  return stop === '.' ? 'stop' : 'none';
}

const cellsOf = (rows: TableRows['rows'], place: number): string[] =>
  rows.slice(0, comparedRows).map((cells) => (cells[place] ?? '').trim());

const others = [...labelNames, ...titleNames];

/** What ends a sentence, as one sign for all scripts, or the sign that it ends with; '' for a letter. */
function stopOf(text: string): string {
  const last = Array.from(text.trim().replace(/(?<!["”」』)）])["”」』)）]+$/u, '')).at(-1) ?? '';
  if (/[?？]/.test(last)) return '?';
  return /[.。!！…]/.test(last) ? '.' : /[\p{L}\p{N}\p{M}:：]/u.test(last) ? '' : last;
}
