import { AppError } from '../errors.ts';
import {
  answerNames,
  idNames,
  inputNames,
  messagesNames,
  parentNames,
  plainName,
  promptNames,
  systemNames,
  textNames,
} from './column-names.ts';
import type { ExampleRow } from './examples.ts';
import { type Beside, conversationRow, holdsMessages, splitConversation } from './messages.ts';
import type { Table } from './table.ts';

/** Names as in the run config's `dataset` section. */
export interface ColumnMapping {
  /** Joined to one prompt, in this order. */
  readonly prompt_column: readonly string[];
  readonly answer_column: string;
  /** With `text` only the answer column is read: every token of it is learned. */
  readonly problem_type?: string | undefined;
  /** Empty for none, and read for problem type `instruction` only, as those that follow. */
  readonly system_column?: string | undefined;
  /** Whole conversations (`conversationTurns`); prompt and answer columns are not read then. */
  readonly messages_column?: string | undefined;
}

/** What of a table its rows are made from; rows are numbered from 1 where it does not say. */
export type TableRows = Pick<Table, 'columns' | 'rows'> & Partial<Pick<Table, 'rowNumbers'>>;

export interface RecognisedColumns {
  readonly prompt_column: readonly string[];
  /** null where no column looks like one. */
  readonly answer_column: string | null;
  /** `text`: one column of plain text, in `answer_column`. */
  readonly problem_type: 'instruction' | 'text';
  /** Empty where no column looks like one, as those that follow. */
  readonly system_column: string;
  readonly messages_column: string;
  readonly parent_id_column: string;
  readonly id_column: string;
  /** Answers that are chosen and rejected, good and bad, of which none is guessed to be the answer. */
  readonly preference: boolean;
}

/**
 * Guesses what the columns are for; the user can change it.
 * @param firstRows a few rows: a column of conversations is known by its cells too
 */
export function recogniseColumns(
  columns: readonly string[],
  firstRows: readonly (readonly string[])[] = [],
): RecognisedColumns {
  const find = (names: readonly string[]) => {
    const index = names.map((name) => columns.findIndex((column) => plainName(column) === name)).find((at) => at >= 0);
    return index === undefined ? null : columns[index]!;
  };
  const preference = isPreference(columns, firstRows);
  const answer = preference ? null : find(answerNames);
  const prompt = [find(promptNames), find(inputNames)].filter((column) => column !== null);
  const text = find(textNames);
  const plain = text ?? (columns.length === 1 && find(messagesNames) === null ? columns[0]! : null);
  if (answer === null && prompt.length === 0 && plain !== null) {
    return { ...nothing, prompt_column: [], answer_column: plain, problem_type: 'text' };
  }
  const messages = find(messagesNames);
  const place = columns.indexOf(messages ?? '');
  const isConversation = firstRows.some((cells) => holdsMessages(cells[place] ?? ''));
  const parent_id_column = find(parentNames) ?? '';
  return {
    ...(preference ? { prompt_column: prompt, answer_column: null } : completed(columns, prompt, answer)),
    problem_type: 'instruction',
    system_column: find(systemNames) ?? '',
    messages_column: messages !== null && isConversation ? messages : '',
    parent_id_column,
    id_column: parent_id_column === '' ? '' : (find(idNames) ?? ''),
    preference,
  };
}

/** Rows that are enough to tell a verdict from a class. */
const verdictRows = 20;

const nothing = { system_column: '', messages_column: '', parent_id_column: '', id_column: '', preference: false };

/** Pairs of answers, or single answers with a verdict in a column `label` (the rows of KTO). */
function isPreference(columns: readonly string[], rows: readonly (readonly string[])[]): boolean {
  const names = columns.map(plainName);
  const has = (...wanted: readonly string[]) => wanted.every((name) => names.includes(name));
  if (has('chosen', 'rejected')) return true;
  const verdict = names.indexOf('label');
  const isVerdict = (cells: readonly string[]) => /^(true|false)$/i.test(cells[verdict] ?? '');
  return has('prompt', 'completion', 'label') && rows.length > 0 && rows.every(isVerdict);
}

/** With two columns, one that is not recognised is what the other is not. */
function completed(columns: readonly string[], prompt: readonly string[], answer: string | null) {
  if (columns.length !== 2 || prompt.length > 1) return { prompt_column: prompt, answer_column: answer };
  const answerColumn = answer ?? columns.find((column) => column !== (prompt[0] ?? columns[0]))!;
  return { prompt_column: columns.filter((column) => column !== answerColumn), answer_column: answerColumn };
}

/**
 * The cells of every row by what they are for; a row by itself, not yet with the rows it answers to (`chainedRows`).
 *
 * A column `tools` beside conversations says what the assistant may call, as TRL reads it.
 *
 * @throws AppError 'column-missing' where the table lacks a mapped column; 'column-unchosen' where none is to be learned;
 * 'preference-data' instead of both where answers are good and bad ones.
 */
export function exampleRows(table: TableRows, mapping: ColumnMapping): ExampleRow[] {
  const place = (column: string) => {
    const index = table.columns.indexOf(column);
    if (index < 0 && isPreference(table.columns, table.rows.slice(0, verdictRows)))
      throw new AppError('preference-data');
    const columns = table.columns.join(', ');
    if (index < 0 && column === '') throw new AppError('column-unchosen', { columns });
    if (index < 0) throw new AppError('column-missing', { column, columns });
    return index;
  };
  const number = (row: number) => table.rowNumbers?.[row] ?? row + 1;
  const isInstruction = (mapping.problem_type ?? 'instruction') === 'instruction';
  const system = mapping.system_column && isInstruction ? place(mapping.system_column) : -1;
  const tools = isInstruction ? table.columns.indexOf('tools') : -1;
  const beside = (cells: readonly string[]): Beside => ({ system: cells[system] ?? '', tools: cells[tools] ?? '' });
  if (mapping.messages_column && isInstruction) {
    const messages = place(mapping.messages_column);
    return table.rows.map((cells, row) => ({
      ...conversationRow(cells[messages] ?? '', beside(cells)),
      number: number(row),
    }));
  }
  const prompt = promptColumns(mapping).map(place);
  const answer = place(mapping.answer_column);
  return table.rows.map((cells, row) => {
    const [asked, answered] = [prompt.map((index) => cells[index] ?? ''), cells[answer] ?? ''];
    const split = isInstruction ? splitConversation(asked, answered, beside(cells)) : null;
    const given = cells[system] ? { system: cells[system] } : {};
    return { ...(split ?? { prompt: asked, answer: answered, ...given }), number: number(row) };
  });
}

function promptColumns({ prompt_column, problem_type }: ColumnMapping): readonly string[] {
  return problem_type === 'text' ? [] : prompt_column;
}
