import { AppError } from '../errors.ts';
import type { TableRows } from './columns.ts';
import type { ExampleRow } from './examples.ts';

/** Names as in the run config's `dataset` section. */
export interface ChainColumns {
  readonly parent_id_column?: string | undefined;
  /** Empty: `id`. */
  readonly id_column?: string | undefined;
}

const absent = new Set(['', 'none', 'nan', 'null']);

/** pandas writes whole numbers as 7.0 in a column with gaps. */
const plainId = (id: string): string => id.trim().replace(/^(-?\d+)\.0+$/, '$1');

/**
 * For each row, the row that it answers to: its parent in the conversation, as H2O LLM Studio reads a table. −1 for the
 * first of a conversation, which is also one whose parent is not in the table. Where an id stands twice, the last row
 * has it.
 *
 * @returns null where the rows are no conversations: no parent column is chosen, or the table (one of validation rows,
 * say) has none.
 * @throws AppError 'column-missing' without the id column; 'conversation-circular'
 */
export function parentRows({ columns, rows, rowNumbers }: TableRows, mapping: ChainColumns): Int32Array | null {
  const parentColumn = mapping.parent_id_column ? columns.indexOf(mapping.parent_id_column) : -1;
  if (parentColumn < 0) return null;
  const idName = mapping.id_column || 'id';
  const idColumn = columns.indexOf(idName);
  if (idColumn < 0) throw new AppError('column-missing', { column: idName, columns: columns.join(', ') });
  const rowOf = new Map(rows.map((cells, row) => [plainId(cells[idColumn] ?? ''), row]));
  const parents = Int32Array.from(rows, (cells) => {
    const id = plainId(cells[parentColumn] ?? '');
    return absent.has(id.toLowerCase()) ? -1 : (rowOf.get(id) ?? -1);
  });
  const circle = findCircle(parents);
  if (circle >= 0) throw new AppError('conversation-circular', { row: rowNumbers?.[circle] ?? circle + 1 });
  return parents;
}

/** A row whose parents lead back to it, or −1. */
function findCircle(parents: Int32Array): number {
  const seenFrom = new Int32Array(parents.length).fill(-1);
  for (let start = 0; start < parents.length; start++) {
    let row = start;
    while (row >= 0 && seenFrom[row]! < 0) {
      seenFrom[row] = start;
      row = parents[row]!;
    }
    if (row >= 0 && seenFrom[row] === start) return row;
  }
  return -1;
}

/** For each row, the first row of its conversation: rows of one tree must not be parted by a split. */
export function rootRows(parents: Int32Array): Int32Array {
  const roots = new Int32Array(parents.length).fill(-1);
  for (let start = 0; start < parents.length; start++) {
    const path: number[] = [];
    let row = start;
    while (roots[row]! < 0 && parents[row]! >= 0) {
      path.push(row);
      row = parents[row]!;
    }
    const root = roots[row]! < 0 ? row : roots[row]!;
    roots[row] = root;
    for (const each of path) roots[each] = root;
  }
  return roots;
}

/** What writing a turn costs beside its characters, in characters: templates set about so much around it. */
const aroundTurn = 100;
/** Characters that all conversations may be together, with each turn counted wherever it is read again. */
const mostCharacters = 20e6;
/** So often those of the rows, where they are more. */
const mostRepeats = 100;

/**
 * The chosen rows as conversations, each with the turns that lead to it: one for every row, or with `limit_chained_samples`
 * one for every row that no other of them answers to, so that each whole conversation is learned once.
 * @param chosen indices of rows; parents outside of them are not looked at
 * @throws AppError 'conversations-too-long' where turns would be read again so often that it never ends: of a conversation
 * of n rows that is learned at each of them it is n² / 2 times
 */
export function chainedRows(
  rows: readonly ExampleRow[],
  chosen: readonly number[],
  parents: Int32Array,
  limitToLongest: boolean,
): ExampleRow[] {
  const there = new Set(chosen);
  const parentOf = (row: number) => (there.has(parents[row]!) ? parents[row]! : -1);
  const answered = new Set(limitToLongest ? chosen.map(parentOf) : []);
  const ends = chosen.filter((row) => !answered.has(row));
  requireReadable(rows, ends, parentOf);
  return ends.map((end) => {
    const history: ExampleRow[] = [];
    for (let row = parentOf(end); row >= 0; row = parentOf(row)) history.push(rows[row]!);
    return history.length === 0 ? rows[end]! : { ...rows[end]!, history: history.reverse() };
  });
}

/** @throws AppError 'conversations-too-long' */
function requireReadable(rows: readonly ExampleRow[], ends: readonly number[], parentOf: (row: number) => number) {
  /** Of each row that was looked at the turns up to it, and their characters. */
  const [turns, characters] = [new Int32Array(rows.length), new Float64Array(rows.length)];
  let [own, all, longest] = [0, 0, ends[0] ?? -1];
  for (const end of ends) {
    const path: number[] = [];
    for (let row = end; row >= 0 && turns[row] === 0; row = parentOf(row)) path.push(row);
    for (const row of path.reverse()) {
      const [before, size] = [parentOf(row), aroundTurn + charactersOf(rows[row]!)];
      turns[row] = 1 + (before < 0 ? 0 : turns[before]!);
      characters[row] = size + (before < 0 ? 0 : characters[before]!);
      own += size;
    }
    all += characters[end]!;
    if (turns[end]! > turns[longest]!) longest = end;
  }
  if (all <= Math.max(mostCharacters, mostRepeats * own)) return;
  throw new AppError('conversations-too-long', { row: rows[longest]!.number ?? longest + 1, turns: turns[longest]! });
}

/** Of what is read in a turn; the worse answer of a pair has its own. */
const charactersOf = ({ prompt, answer, system = '', rejected, messages }: ExampleRow): number =>
  prompt.reduce((sum, cell) => sum + cell.length, answer.length + system.length) +
  (messages ? JSON.stringify(messages).length : 0) +
  (rejected ? charactersOf(rejected) : 0);
