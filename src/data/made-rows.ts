/** Rows of a table that a model made from others of it: which they are, and which of them are learned. */
import { plainName } from './column-names.ts';
import { verdictOf } from './verdicts.ts';

/**
 * The columns that mark a made row, in a table of any format. Their names are like no column that a data set would have,
 * so that a table is known again whoever opens it, and no other is taken for one.
 */
export const madeColumns = {
  /** What was made, one of `madeKinds`; empty in every other row. Any text marks the row as made. */
  kind: 'atelier_made',
  by: 'atelier_made_by',
  /** The prompt of the row that it was made from (`promptText`). */
  from: 'atelier_made_from',
  /** `yes` once somebody has looked at it and wants it learned. */
  approved: 'atelier_approved',
} as const;

/** What stands beside a made row while it is looked at, and not in the table that it comes into. */
export const reviewColumns = {
  /** The number in its file of the row that it was made from. */
  row: 'atelier_source_row',
  checks: 'atelier_checks',
  remark: 'atelier_remark',
} as const;

/** The prompt in other words, with the row's answer; another answer to the row's prompt. */
export const madeKinds = ['paraphrase', 'answer'] as const;
export type MadeKind = (typeof madeKinds)[number];

const columnNames: readonly string[] = [...Object.values(madeColumns), ...Object.values(reviewColumns)];

export const isMadeColumn = (column: string): boolean => columnNames.includes(plainName(column));

interface Cells {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Prompted {
  readonly prompt: readonly string[];
}

/** What a made row says of itself. */
export interface MadeMark {
  readonly from: string;
  readonly isApproved: boolean;
}

/** The mark of each row, undefined of those that nobody made; null where the table has none. */
export function madeMarks({ columns, rows }: Cells): (MadeMark | undefined)[] | null {
  const place = (name: string) => columns.findIndex((column) => plainName(column) === name);
  const [kind, from, approved] = [place(madeColumns.kind), place(madeColumns.from), place(madeColumns.approved)];
  if (kind < 0) return null;
  const marks = rows.map((cells): MadeMark | undefined => {
    if ((cells[kind] ?? '').trim() === '') return undefined;
    return { from: cells[from] ?? '', isApproved: verdictOf(cells[approved] ?? '') === true };
  });
  return marks.some((mark) => mark !== undefined) ? marks : null;
}

/** How many rows of a table are made. */
export const madeCount = (table: Cells): number => madeMarks(table)?.filter((mark) => mark !== undefined).length ?? 0;

/** The prompt of a row in one text: what a row that is made from it names it by. */
export const promptText = ({ prompt }: Prompted): string =>
  prompt
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '')
    .join('\n');

/** What of a prompt stays the same in another file of the same rows. */
export const promptKey = (text: string): string => text.normalize('NFC').trim().replace(/\s+/g, ' ');

/** Made rows that are left out, each as its file counts it. */
export interface MadeLeftOut {
  /** Nobody has approved them. */
  readonly unapproved: readonly number[];
  /** What they were made from is held back, is not learned, or was changed since; or their own prompt is held back. */
  readonly parted: readonly number[];
  /** They stand in a validation table. */
  readonly held: readonly number[];
}

/** Why they are, as rows that need a look are listed. */
export type MadeProblem = `made-${keyof MadeLeftOut}`;

export const noneLeftOut: MadeLeftOut = { unapproved: [], parted: [], held: [] };

/** What decides of a made row, beside its mark. */
export interface MadeSurroundings {
  /** Prompts of the visitor's own rows to learn from, and of those that are held back; as `promptKey`. */
  readonly learned: ReadonlySet<string>;
  readonly held: ReadonlySet<string>;
}

/**
 * Why a made row is left out of training; null where it is learned. Where rows are held back it is learned only if the row
 * that it was made from is: what is said in other words of a held-out row would be learned, and its score be no measure.
 */
export function whyLeftOut(
  { from, isApproved }: MadeMark,
  row: Prompted,
  { learned, held }: MadeSurroundings,
): 'unapproved' | 'parted' | null {
  if (!isApproved) return 'unapproved';
  if (held.size === 0) return null;
  const source = promptKey(from);
  const isParted = held.has(source) || !learned.has(source) || held.has(promptKey(promptText(row)));
  return isParted ? 'parted' : null;
}

/** The rows but those that nobody has approved, with no mark on them. */
export function approvedAsOwn<T extends Cells & { readonly rowNumbers?: readonly number[] }>(table: T): T {
  const marks = madeMarks(table);
  if (!marks) return table;
  const kind = table.columns.findIndex((column) => plainName(column) === madeColumns.kind);
  const isKept = (_: unknown, row: number) => marks[row]?.isApproved !== false;
  const rows = table.rows.filter(isKept).map((cells) => cells.with(kind, ''));
  return { ...table, rows, ...(table.rowNumbers ? { rowNumbers: table.rowNumbers.filter(isKept) } : {}) };
}
