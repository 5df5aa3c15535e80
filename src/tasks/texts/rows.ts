/** Which rows of its tables a run learns from. */
import { augmentHistories } from '../../data/augment.ts';
import { chainedRows, parentRows, rootRows } from '../../data/chains.ts';
import { exampleRows, pairRoots, type TableRows } from '../../data/columns.ts';
import type { ExampleRow } from '../../data/examples.ts';
import { sampleRows, splitRows } from '../../data/split.ts';
import { AppError } from '../../errors.ts';
import { judgesAnswers } from '../judged/losses.ts';
import type { Tables } from '../material.ts';
import { comparesAnswers } from '../preference/losses.ts';
import type { TaskSettings } from '../settings.ts';

type RowSettings = Pick<TaskSettings, 'dataset' | 'training' | 'augmentation' | 'environment'>;

/**
 * The rows to train on and to validate with: split, thinned out, put into conversations, in this order.
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
  const split = splitRows(all.count, dataset, seed, all.roots);
  const custom = dataset.validation_strategy === 'custom' ? conversationsOf(requiredTable(tables), dataset) : null;
  const held = custom ?? all;
  const sampled = (rows: readonly number[], { roots }: Conversations, choice: string) =>
    sampleRows(rows, dataset.data_sample_choice.includes(choice) ? dataset.data_sample : 1, seed, roots);
  const validation = held.chained(sampled(custom ? custom.every : split.validation, held, 'Validation'));
  const trained = all.chained(sampled(split.train, all, 'Train'));
  const kept = dataset.drop_duplicates ? withoutRepeats(trained, validation) : { trained, validation, repeated: [] };
  const joined = training.train_validation_data ? [...kept.trained, ...kept.validation] : kept.trained;
  return {
    training: augmentHistories(joined, augmentation, seed),
    validation: kept.validation,
    repeated: kept.repeated,
  };
}

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
  /** The rows chosen, with the turns before them. */
  chained(rows: readonly number[]): ExampleRow[];
}

/** A table's rows, and which of them belong together. */
function conversationsOf(table: TableRows, dataset: TaskSettings['dataset']): Conversations {
  const rows = exampleRows(table, dataset);
  const pairs = pairRoots(table, dataset);
  const isAnswer = dataset.problem_type === 'instruction' || comparesAnswers({ dataset }) || judgesAnswers({ dataset });
  const parents = isAnswer && !pairs ? parentRows(table, dataset) : null;
  return {
    count: rows.length,
    every: Array.from(rows.keys()),
    roots: parents ? rootRows(parents) : pairs,
    chained: (chosen) =>
      parents ? chainedRows(rows, chosen, parents, dataset.limit_chained_samples) : chosen.map((index) => rows[index]!),
  };
}

function requiredTable({ validation }: Tables): TableRows {
  if (validation) return validation;
  throw new AppError('validation-missing');
}
