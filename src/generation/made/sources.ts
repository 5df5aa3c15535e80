/** The rows of a table that others may be made from. */
import type { TableRows } from '../../data/columns.ts';
import { type MadeKind, madeMarks, promptKey, promptText } from '../../data/made-rows.ts';
import { AppError, because, type Reason } from '../../errors.ts';
import type { Tables } from '../../tasks/material.ts';
import { taskOf } from '../../tasks/registry.ts';
import { chosenRows } from '../../tasks/texts/rows.ts';
import type { RunConfig } from '../../training/config/run-config.ts';

export interface SourceRow {
  /** In its file, and among the table's rows. */
  readonly number: number;
  readonly index: number;
  /** All prompt columns in one, as a made row names its source. */
  readonly prompt: string;
  readonly answer: string;
  /** The column that is said in other words: the first prompt column that is not empty. */
  readonly place: number;
}

export interface MadeSources {
  readonly table: TableRows;
  /** Rows that are learned and that nobody made, in their order. */
  readonly rows: readonly SourceRow[];
  /** What may be made of them. */
  readonly kinds: readonly MadeKind[];
  readonly promptPlaces: readonly number[];
  readonly answerPlace: number;
  /** Prompts that are held back, as `promptKey`. */
  readonly held: ReadonlySet<string>;
}

/** Longer prompts are not asked about, in characters. */
export const longestSource = 4000;

/**
 * What a run would learn of its tables: nothing is made from a row that is held back.
 * @throws AppError 'make-unfit' where nothing can be made of such rows or none is left, and as choosing the rows does
 */
export function madeSources(tables: Tables, config: RunConfig): MadeSources {
  const { dataset } = config;
  const unfit = (reason: Reason) => new AppError('make-unfit', { reason });
  const kinds = taskOf(config).makes?.(config) ?? [];
  if (kinds.length === 0) throw unfit(because`rows of this task have no prompt to work from`);
  // Read by this task only, as elsewhere.
  if (kinds.includes('answer') && dataset.messages_column !== '')
    throw unfit(because`its rows are whole conversations (dataset.messages_column)`);
  if (dataset.parent_id_column !== '')
    throw unfit(because`its rows are turns of conversations (dataset.parent_id_column)`);
  if (!kinds.includes('answer') && dataset.rejected_prompt_column !== '')
    throw unfit(because`the worse answers have prompts of their own (dataset.rejected_prompt_column)`);
  const table = tables.training;
  const marks = madeMarks(table);
  const { training, validation } = chosenRows(tables, config);
  const held = new Set(validation.map((row) => promptKey(promptText(row))));
  const places = dataset.prompt_column.map((column) => table.columns.indexOf(column));
  const answerPlace = table.columns.indexOf(dataset.answer_column);
  const indexOf = new Map(table.rows.map((_, index) => [table.rowNumbers?.[index] ?? index + 1, index]));
  const rows = [...new Map(training.map((row) => [row.number ?? 0, row])).values()].flatMap((row): SourceRow[] => {
    const { number = 0, answer } = row;
    const index = indexOf.get(number);
    const prompt = promptText(row);
    if (index === undefined || marks?.[index] || held.has(promptKey(prompt)) || prompt.length > longestSource)
      return [];
    const place = places.find((at) => (table.rows[index]![at] ?? '').trim() !== '');
    return place === undefined ? [] : [{ number, index, prompt, answer, place }];
  });
  if (rows.length === 0) throw unfit(because`no row to learn from has a prompt of at most ${longestSource} characters`);
  return { table, rows, kinds, promptPlaces: places, answerPlace, held };
}
