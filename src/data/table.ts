import { plainName } from './column-names.ts';
import { jsonText, wholeCharacters } from './json-text.ts';
import { isMadeColumn } from './made-rows.ts';
import { requireCells, requireCharacters, requireColumns } from './table-budget.ts';

/** A flaw of rows that are kept, or left out, and listed. */
export type ProblemKind =
  /** A cell of nothing but blanks. */
  | 'empty-cell'
  /** Every cell equals those of an earlier row. */
  | 'duplicate'
  /** Fewer or more cells than the header, filled up or cut. */
  | 'ragged'
  /** Delimiters and nothing between them, left out. */
  | 'empty-row'
  /** CoNLL: a line without word or tag, or with other columns than its sentence's first, which is left out. */
  | 'sentence-apart'
  /** A quote amid a quoted cell, taken as it stands. */
  | 'quotes'
  /** A quote that is never closed: its line is left out. */
  | 'quote-open'
  /** No record, left out. */
  | 'unreadable'
  /** U+FFFD in a cell: a byte that does not belong to the encoding, or a character that was lost before. */
  | 'undecoded'
  /** A NUL character, dropped. */
  | 'nul'
  /** Excel: an error such as #N/A, read as nothing. */
  | 'error-cell'
  /** Excel: a formula saved without its value. */
  | 'no-value'
  /** Excel: a whole number of more than 15 digits, whose last ones Excel does not keep. */
  | 'long-number'
  /** Excel: cells merged into the one that has their text; the others are empty. */
  | 'merged'
  /** Excel: hidden from view, and read. */
  | 'hidden-row'
  /** CSV: a line above the column names, left out. */
  | 'preamble'
  /** Of the whole file, without rows: the column names read like a row. */
  | 'header-like-row'
  /** Of the whole file, without rows: no column has a name; another list or sheet is not read. */
  | 'nameless'
  | 'other-list'
  | 'other-sheet'
  /** Of a column, without rows: LLaMA-Factory's earlier turns; TRL's variables for the chat template. Not used. */
  | 'history-unread'
  | 'template-settings-unread';

/** One kind of flaw, and the rows that have it. Nothing here stops a run. */
export interface TableProblem {
  readonly kind: ProblemKind;
  /** The column of empty cells, or that is not used; the name of the list or sheet that is not read. */
  readonly column?: string;
  /** Rows that have it; of a list, sheet or column that is not read, how many it has. */
  readonly count: number;
  /** The first rows that have it, at most `listedRows`, as `Table.rowNumbers`. */
  readonly rows: readonly number[];
}

export const tableFormats = ['csv', 'text', 'json', 'jsonl', 'parquet', 'excel', 'conll'] as const;
export type TableFormat = (typeof tableFormats)[number];

/** A data set of text cells, whatever file it came from. What was no text (numbers, lists) stands as its JSON. */
export interface Table {
  readonly columns: readonly string[];
  /** `[rows][columns]`; every row has one cell for each column. */
  readonly rows: readonly (readonly string[])[];
  /** As the file counts: a spreadsheet's rows, whose header is row 1; lines of JSONL; entries of JSON and Parquet. */
  readonly rowNumbers: readonly number[];
  readonly format: TableFormat;
  /** Of CSV; empty for other formats, and where none was found: then there is one column. */
  readonly delimiter: string;
  /** WHATWG name; empty for formats that are no text. */
  readonly encoding: string;
  /** Whether nothing in the file says that it is that encoding, so that another may be meant. */
  readonly encodingGuessed: boolean;
  readonly problems: readonly TableProblem[];
}

/** What is found out about a file. */
export type TableFacts = Pick<Table, 'format' | 'delimiter' | 'encoding' | 'encodingGuessed'>;

/** Rows that are listed for a problem; all are counted. */
export const listedRows = 100;

interface Noted {
  readonly kind: ProblemKind;
  readonly column?: string;
  count: number;
  readonly rows: number[];
}

/** Gathers rows, from one file or several with the same columns in any order, and notes their problems. */
export class TableBuilder {
  readonly columns: string[] = [];
  readonly rows: string[][] = [];
  private readonly rowNumbers: number[] = [];
  private readonly problems = new Map<string, Noted>();
  private readonly seen = new Set<number>();
  private characters = 0;
  private readonly placeOf = new Map<string, number>();
  /** Of each column, its empty cells, which may be as many as there are rows and columns. */
  private readonly emptyCells: (Noted | undefined)[] = [];

  /** Of each column, whether its empty cells are no flaw. */
  private readonly mayBeEmpty: boolean[] = [];

  /** What the rows of the present file are counted from. */
  private before = 0;

  /** @param bytes of all files together, by which the table is bounded */
  constructor(
    readonly file = '',
    private readonly bytes = 0,
  ) {}

  get rowCount(): number {
    return this.rows.length;
  }

  /** Begins another file of the same table, whose rows are counted on from the last one's. */
  beginPart(): void {
    this.before = this.rowNumbers.at(-1) ?? 0;
  }

  /**
   * Places of a file's columns among the table's; those it does not have yet are added.
   * @throws AppError 'table-too-wide'
   */
  places(columns: readonly string[]): number[] {
    return columns.map((column) => {
      const known = this.placeOf.get(column);
      if (known !== undefined) return known;
      const place = this.columns.push(column) - 1;
      requireColumns(this.file, this.columns.length);
      this.placeOf.set(column, place);
      this.mayBeEmpty[place] = isMadeColumn(column);
      return place;
    });
  }

  /** The places of columns whose names stand in a header. @throws AppError 'table-too-wide' */
  header(cells: readonly string[]): number[] {
    requireColumns(this.file, cells.length);
    return this.places(columnNames(cells));
  }

  /**
   * @param places where each cell belongs (`places`); cells beyond it are dropped
   * @throws AppError 'table-too-sparse'
   */
  add(row: number, cells: readonly string[], places: readonly number[]): void {
    requireCells(this.file, this.bytes, this.rows.length + 1, this.columns.length);
    for (const cell of cells) this.characters += cell.length;
    requireCharacters(this.file, this.bytes, this.characters, this.rows.length + 1, this.columns.length);
    const filled = Array<string>(this.columns.length).fill('');
    places.forEach((place, index) => {
      filled[place] = cells[index] ?? '';
    });
    if (cells.some((cell) => cell.includes('\0'))) {
      this.note(row, 'nul');
      for (const [place, cell] of filled.entries()) filled[place] = cell.replaceAll('\0', '');
    }
    if (cells.some((cell) => cell.includes('\uFFFD'))) this.note(row, 'undecoded');
    this.rows.push(filled);
    this.rowNumbers.push(this.before + row);
    this.noteProblems(row, filled);
  }

  note(row: number, kind: ProblemKind, column?: string): Noted {
    const key = `${kind} ${column ?? ''}`;
    const known = this.problems.get(key) ?? { kind, ...(column === undefined ? {} : { column }), count: 0, rows: [] };
    this.count(known, row);
    this.problems.set(key, known);
    return known;
  }

  private count(known: Noted, row: number): void {
    known.count++;
    if (known.rows.length < listedRows) known.rows.push(this.before + row);
  }

  /** Notes what is true of the file, not of single rows. */
  noteTable(kind: ProblemKind, column?: string, count = 1): void {
    const key = `${kind} ${column ?? ''}`;
    const before = this.problems.get(key)?.count ?? 0;
    this.problems.set(key, { kind, ...(column === undefined ? {} : { column }), count: before + count, rows: [] });
  }

  table(facts: TableFacts): Table {
    const { columns, rows, rowNumbers } = this;
    // Columns that a later record brought are empty in the rows before it.
    for (const row of rows) while (row.length < columns.length) row.push('');
    for (const [name, kind] of unreadColumns) {
      const place = columns.findIndex((column) => plainName(column) === name);
      const count = rows.filter((row) => !isNothing(row[place] ?? '')).length;
      if (count > 0) this.noteTable(kind, columns[place], count);
    }
    return { columns, rows, rowNumbers, ...facts, problems: [...this.problems.values()] };
  }

  private noteEmpty(row: number, place: number): void {
    const known = this.emptyCells[place];
    if (known) this.count(known, row);
    else this.emptyCells[place] = this.note(row, 'empty-cell', this.columns[place]);
  }

  private noteProblems(row: number, cells: readonly string[]): void {
    cells.forEach((cell, place) => {
      if (isBlank(cell) && !this.mayBeEmpty[place]) this.noteEmpty(row, place);
    });
    const hash = hashOf(cells);
    if (this.seen.has(hash)) this.note(row, 'duplicate');
    else if (this.seen.size < mostHashes) this.seen.add(hash);
  }
}

/** Columns that public data sets have, which change what a row means, and which nothing here reads. */
const unreadColumns = [
  ['history', 'history-unread'],
  ['chat_template_kwargs', 'template-settings-unread'],
] as const;

const isNothing = (cell: string): boolean => /^(?:\[\s*\]|\{\s*\}|null|None|nan)?$/i.test(cell.trim());

/** A JavaScript set holds 2^24 values; rows beyond it are not compared. */
const mostHashes = 1 << 23;

const isBlank = (cell: string): boolean => cell === '' || cell.trim() === '';

/** 53 bits of the cells: among a million rows two different ones agree with a chance of 1 in 18,000. */
function hashOf(cells: readonly string[]): number {
  let [low, high] = [0x811c9dc5, 0x9e3779b9];
  for (const cell of cells) {
    for (let index = 0; index < cell.length; index++) {
      const code = cell.charCodeAt(index);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b) ^ (high >>> 13);
    }
    // Keeps ["ab", ""] and ["a", "b"] apart.
    low = Math.imul(low ^ 0x10ffff, 0x01000193);
    high = Math.imul(high ^ 0x10ffff, 0x85ebca6b);
  }
  return (high >>> 11) * 0x100000000 + (low >>> 0);
}

/** Trimmed header cells; nameless columns get a number, repeated names a suffix, so that each can be chosen. */
export function columnNames(header: readonly string[]): string[] {
  const taken = new Set<string>();
  return header.map((cell, index) => {
    const name = cell.replaceAll('\0', '').trim() || `column_${index + 1}`;
    let unique = name;
    for (let copy = 2; taken.has(unique); copy++) unique = `${name}_${copy}`;
    taken.add(unique);
    return unique;
  });
}

/** A value of a typed format as a cell: text as it is, nothing as an empty cell, lists and records as their JSON. */
export function cellOf(value: unknown): string {
  if (typeof value === 'string') return wholeCharacters(value);
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? jsonText(value) : String(value);
}
