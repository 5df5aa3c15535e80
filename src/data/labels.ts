/** What the label column of a classification or regression means: its classes in order, and each row's target. */
import { AppError } from '../errors.ts';

/** transformers' `problem_type`. */
const labelProblems = ['single_label_classification', 'multi_label_classification', 'regression'] as const;

export type LabelProblem = (typeof labelProblems)[number];

export const isLabelProblem = (problem: string): problem is LabelProblem =>
  (labelProblems as readonly string[]).includes(problem);

export interface Labels {
  readonly problem: LabelProblem;
  /** Classes in the order of their numbers; empty for a regression. */
  readonly names: readonly string[];
  /** Numbers that the model gives for a text. */
  readonly outputs: number;
}

/** What is learned from one row. */
export interface Target {
  /** Number of the class; 0 where `values` say what is wanted. */
  readonly label: number;
  /** One for each output; absent where there is one class a row. */
  readonly values?: readonly number[];
}

/** A row's label, and its number in the file. */
export interface LabelRow {
  readonly answer: string;
  readonly number?: number;
}

export interface LabelSettings {
  readonly problem: LabelProblem;
  /** Classes wanted; 0: as many as there are. */
  readonly classes: number;
  /** Classes of the published model in their order, which is kept where it holds all those of the data. */
  readonly known: readonly string[];
  /** For the wording of errors. */
  readonly column: string;
}

/** Numbers that are wanted of all rows, one for each label: a gigabyte. */
const mostTargets = 2 ** 27;

const isWhole = (name: string): boolean => /^\d+$/.test(name) && Number.isSafeInteger(Number(name));

/**
 * The classes of all label cells: whole numbers by size, names by their code points.
 * @throws AppError 'labels-none', 'labels-no-number' for a regression, 'labels-one-class', 'labels-count' against `classes`,
 * 'labels-many' where rows could have any of more labels than there is room for
 */
export function readLabels(rows: readonly LabelRow[], settings: LabelSettings): Labels {
  const { problem: kind, known, classes, column } = settings;
  const cells = rows.map(({ answer }) => answer);
  const given = cells.filter((cell) => cell.trim() !== '');
  if (given.length === 0) throw new AppError('labels-none', { column });
  if (kind === 'regression') {
    const row = cells.findIndex((cell) => cell.trim() !== '' && !Number.isFinite(numberOf(cell)));
    if (row >= 0) {
      throw new AppError('labels-no-number', {
        column,
        label: cells[row]!.trim(),
        row: rows[row]!.number ?? row + 1,
      });
    }
    return { problem: kind, names: [], outputs: 1 };
  }
  const found = wholeNames([...new Set(given.flatMap((cell) => namesIn(cell, kind)))]);
  const names = found.every(isWhole) ? found.sort((a, b) => Number(a) - Number(b)) : found.sort();
  const published = new Set(known);
  const all = names.every((name) => published.has(name)) ? known : numbered(names, classes);
  if (all.length < 2 && kind === 'single_label_classification')
    throw new AppError('labels-one-class', { column, label: names[0]! });
  if (classes > 0 && all.length !== classes)
    throw new AppError('labels-count', { column, found: all.length, names: some(all), classes });
  if (kind === 'multi_label_classification' && given.length * all.length > mostTargets)
    throw new AppError('labels-many', { column, rows: given.length, classes: all.length });
  return { problem: kind, names: all, outputs: all.length };
}

const pointZero = /^(\d+)\.0+$/;

/** pandas writes whole numbers as 7.0 in a column with gaps: where all names are such, they are 7. */
function wholeNames(names: string[]): string[] {
  const whole = names.map((name) => name.replace(pointZero, '$1'));
  return whole.every(isWhole) ? [...new Set(whole)] : names;
}

const some = (names: readonly string[]): string => `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`;

/** Whole numbers below `classes` are the classes' own numbers, some of which no row may have. */
function numbered(names: readonly string[], classes: number): readonly string[] {
  const fits = classes > 0 && names.every((name) => isWhole(name) && Number(name) < classes);
  return fits ? Array.from({ length: classes }, (_, index) => String(index)) : names;
}

/** Several labels in one cell stand between commas, semicolons or bars. */
function namesIn(cell: string, kind: LabelProblem): string[] {
  const parts = kind === 'multi_label_classification' ? cell.split(/[,;|、；，]/) : [cell];
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const numberOf = (cell: string): number => (cell.trim() === '' ? Number.NaN : Number(cell.trim()));

/** What a cell asks for; null where a row has no label, which only several labels a row allow. */
export function targetOf(cell: string, { problem: kind, names }: Labels): Target | null {
  if (kind === 'regression') {
    const value = numberOf(cell);
    return Number.isFinite(value) ? { label: 0, values: [value] } : null;
  }
  if (kind === 'multi_label_classification') {
    const values = names.map(() => 0);
    for (const name of namesIn(cell, kind)) {
      const place = classPlace(name, names);
      if (place >= 0) values[place] = 1;
    }
    return { label: 0, values };
  }
  const label = classPlace(cell.trim(), names);
  return label < 0 ? null : { label };
}

const placesOf = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

/** The places of classes by their names, which are looked up once for a list: a table may have as many as rows. */
function places(names: readonly string[]): ReadonlyMap<string, number> {
  const known = placesOf.get(names);
  if (known) return known;
  const found = new Map<string, number>();
  for (const [place, name] of names.entries()) if (!found.has(name)) found.set(name, place);
  placesOf.set(names, found);
  return found;
}

/** A name as the classes have it: `7.0` is 7 where that is one. */
export const knownName = (name: string, names: readonly string[]): string =>
  places(names).has(name) ? name : name.replace(pointZero, '$1');

/** The number of a class; −1 for a name that none has. */
export const classPlace = (name: string, names: readonly string[]): number =>
  places(names).get(knownName(name, names)) ?? -1;

/** How many rows each class has, in the classes' order. */
export function classCounts(cells: readonly string[], { problem: kind, names }: Labels): number[] {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const cell of cells) for (const name of namesIn(cell, kind)) count(knownName(name, names));
  return names.map((name) => counts.get(name) ?? 0);
}
