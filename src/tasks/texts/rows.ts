/** Which rows of its tables a run learns from. */
import { augmentHistories } from '../../data/augment.ts';
import { chainedRows, parentRows, rootRows } from '../../data/chains.ts';
import { exampleRows, pairRoots, type TableRows } from '../../data/columns.ts';
import type { ExampleRow } from '../../data/examples.ts';
import {
  type MadeLeftOut,
  type MadeMark,
  madeMarks,
  noneLeftOut,
  promptKey,
  promptText,
  whyLeftOut,
} from '../../data/made-rows.ts';
import { sampleRows, splitRows } from '../../data/split.ts';
import { AppError } from '../../errors.ts';
import { judgesAnswers } from '../judged/losses.ts';
import type { Tables } from '../material.ts';
import { comparesAnswers } from '../preference/losses.ts';
import type { TaskSettings } from '../settings.ts';

type RowSettings = Pick<TaskSettings, 'dataset' | 'training' | 'augmentation' | 'environment'>;

/**
 * The rows to train on and to validate with: split, thinned out, put into conversations, in this order.
 * Of rows that a model made none is held back, and none is learned that says what is.
 * With `drop_duplicates` the first of rows with the same content stays, and none is both learned and held back.
 * @throws AppError 'column-missing', 'conversation-circular', 'conversations-too-long', 'validation-missing'
 */
export function chosenRows(tables: Tables, settings: RowSettings): ChosenRows {
  const { dataset, training, augmentation, environment } = settings;
  const key = JSON.stringify([dataset, training.train_validation_data, augmentation, environment.seed]);
  const kept = lastChosen.get(tables.training);
  if (kept && kept.key === key && kept.validation === tables.validation) return kept.rows;
  const rows = choose(tables, settings);
  lastChosen.set(tables.training, { key, validation: tables.validation, rows });
  return rows;
}

type ChosenRows = ReturnType<typeof choose>;

/** Of a table the rows that were chosen last: whoever encodes them ahead, and the run, ask in turn. */
const lastChosen = new WeakMap<TableRows, { key: string; validation: TableRows | undefined; rows: ChosenRows }>();

function choose(tables: Tables, { dataset, training, augmentation, environment: { seed } }: RowSettings) {
  const all = conversationsOf(tables.training, dataset);
  const split = splitRows(all.count, dataset, seed, all.roots, (row) => all.mark(row) !== undefined);
  const custom = dataset.validation_strategy === 'custom' ? conversationsOf(requiredTable(tables), dataset) : null;
  const held = custom ?? all;
  const own = custom ? custom.every.filter((row) => !custom.mark(row)) : split.validation;
  const { learned, made } = withoutParted(all, split.train, own.map(held.row));
  const sampled = (rows: readonly number[], { roots }: Conversations, choice: string) =>
    sampleRows(rows, dataset.data_sample_choice.includes(choice) ? dataset.data_sample : 1, seed, roots);
  const validation = held.chained(sampled(own, held, 'Validation'));
  const trained = all.chained(sampled(learned, all, 'Train'));
  const kept = dataset.drop_duplicates ? withoutRepeats(trained, validation) : { trained, validation, repeated: [] };
  const joined = training.train_validation_data ? [...kept.trained, ...kept.validation] : kept.trained;
  return {
    training: augmentHistories(joined, augmentation, seed),
    validation: kept.validation,
    repeated: kept.repeated,
    made: custom ? { ...made, held: numbersOf(custom.every.filter(custom.mark).map(custom.row)) } : made,
  };
}

/** The rows to learn from but made ones that are left out. @param held the rows that are held back */
function withoutParted({ mark, row: rowAt }: Conversations, rows: readonly number[], held: readonly ExampleRow[]) {
  if (!rows.some(mark)) return { learned: rows, made: noneLeftOut };
  const keyOf = (row: ExampleRow) => promptKey(promptText(row));
  const surroundings = {
    learned: new Set(rows.filter((row) => !mark(row)).map((row) => keyOf(rowAt(row)))),
    held: new Set(held.map(keyOf)),
  };
  const why = new Map(
    rows.map((row) => {
      const marked = mark(row);
      return [row, marked ? whyLeftOut(marked, rowAt(row), surroundings) : null] as const;
    }),
  );
  const left = (reason: 'unapproved' | 'parted') => numbersOf(rows.filter((row) => why.get(row) === reason).map(rowAt));
  const made: MadeLeftOut = { ...noneLeftOut, unapproved: left('unapproved'), parted: left('parted') };
  return { learned: rows.filter((row) => why.get(row) === null), made };
}

const numbersOf = (rows: readonly ExampleRow[]): number[] => [...new Set(rows.map(({ number = 0 }) => number))];

/** Rows without those whose content came before; what is held back is not learned. */
function withoutRepeats(trained: readonly ExampleRow[], held: readonly ExampleRow[]) {
  const seen = new Set<string>();
  const repeated: ExampleRow[] = [];
  const isNew = (row: ExampleRow) => {
    const content = contentOf(row);
    const isRepeated = isReadable(row) && seen.has(content);
    if (isRepeated) repeated.push(row);
    seen.add(content);
    return !isRepeated;
  };
  const validation = held.filter(isNew);
  return { validation, trained: trained.filter(isNew), repeated };
}

/** All that is read of a row, so that rows with the same are the same. */
export const contentOf = ({ number: _, ...row }: ExampleRow): string => JSON.stringify(row);

export const isReadable = ({ unreadable }: ExampleRow): boolean => !unreadable;

/** The rows that a run is validated with. @throws AppError 'column-missing', 'validation-missing', … */
export const validationRowsOf = (tables: Tables, config: RowSettings): readonly ExampleRow[] =>
  chosenRows(tables, config).validation.filter(isReadable);

/** The rows of all tables that a run reads. @throws AppError 'column-missing' */
export function everyRow(tables: Tables, { dataset }: Pick<TaskSettings, 'dataset'>): ExampleRow[] {
  const used = [tables.training, ...(dataset.validation_strategy === 'custom' ? [tables.validation] : [])];
  return used.flatMap((table) => (table ? exampleRows(table, dataset) : []));
}

/** Among so many rows the turns before a row are looked for, to show it. */
const searchedRows = 100;

/** The first rows with the turns before them. @throws AppError 'column-missing', 'conversation-circular', 'conversations-too-long' */
export function firstRows(table: TableRows, { dataset }: Pick<TaskSettings, 'dataset'>, count: number): ExampleRow[] {
  const first = conversationsOf({ ...table, rows: table.rows.slice(0, Math.max(count, searchedRows)) }, dataset);
  return first.chained(first.every).slice(0, count);
}

interface Conversations {
  readonly count: number;
  readonly every: readonly number[];
  /** For each row the first of its conversation; null where each row is one. */
  readonly roots: Int32Array | null;
  /** A row by itself. */
  row(index: number): ExampleRow;
  /** Of a row that a model made. */
  mark(index: number): MadeMark | undefined;
  /** The rows chosen, with the turns before them. */
  chained(rows: readonly number[]): ExampleRow[];
}

/** A table's rows, and which of them belong together. */
function conversationsOf(table: TableRows, dataset: TaskSettings['dataset']): Conversations {
  const rows = exampleRows(table, dataset);
  const pairs = pairRoots(table, dataset);
  const isAnswer = dataset.problem_type === 'instruction' || comparesAnswers({ dataset }) || judgesAnswers({ dataset });
  const parents = isAnswer && !pairs ? parentRows(table, dataset) : null;
  const marks = madeMarks(table);
  return {
    count: rows.length,
    every: Array.from(rows.keys()),
    roots: parents ? rootRows(parents) : pairs,
    row: (index) => rows[index]!,
    // Of pairs that are taken apart, the worse answers follow all the better ones.
    mark: (index) => marks?.[index % table.rows.length],
    chained: (chosen) =>
      parents ? chainedRows(rows, chosen, parents, dataset.limit_chained_samples) : chosen.map((index) => rows[index]!),
  };
}

function requiredTable({ validation }: Tables): TableRows {
  if (validation) return validation;
  throw new AppError('validation-missing');
}
