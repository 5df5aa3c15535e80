import { AppError } from '../errors.ts';
import type { ExampleRow } from './examples.ts';
import { conversationTurns } from './messages.ts';
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
}

// Usual names in public instruction data sets, English and Japanese, the likeliest first.
const promptNames = [
  ...['instruction', 'instructions', 'prompt', 'question', 'query', 'user', 'human', 'problem', 'source'],
  ...['指示', '指示文', '命令', '質問', '質問文', '問い', '問題', '設問', 'プロンプト', 'ユーザー', '発話'],
];
const inputNames = ['input', 'inputs', 'context', '入力', '入力文', '文脈', 'コンテキスト', '補足'];
const answerNames = [
  ...['output', 'outputs', 'completion', 'answer', 'response', 'reply', 'assistant', 'target', 'solution', 'chosen'],
  ...['出力', '出力文', '回答', '回答文', '応答', '応答文', '返答', '答え', '解答', '正解', '返信', 'アシスタント'],
];
const textNames = ['text', 'content', 'document', 'テキスト', '本文', '文章'];
const systemNames = ['system', 'system_prompt', 'systemprompt', 'システム', 'システムプロンプト'];
const messagesNames = ['messages', 'conversations', 'conversation', 'dialog', 'dialogue', 'chat', '会話', '対話'];
const parentNames = ['parent_id', 'parentid', 'parent', '親id', '親の番号'];
const idNames = ['id', 'message_id', 'row_id', 'uuid', '番号'];

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
  const answer = find(answerNames);
  const prompt = [find(promptNames), find(inputNames)].filter((column) => column !== null);
  const text = find(textNames);
  const plain = text ?? (columns.length === 1 && find(messagesNames) === null ? columns[0]! : null);
  if (answer === null && prompt.length === 0 && plain !== null) {
    return { ...nothing, prompt_column: [], answer_column: plain, problem_type: 'text' };
  }
  const messages = find(messagesNames);
  const place = columns.indexOf(messages ?? '');
  const isConversation = firstRows.some((cells) => conversationTurns(cells[place] ?? '') !== null);
  const parent_id_column = find(parentNames) ?? '';
  return {
    ...completed(columns, prompt, answer),
    problem_type: 'instruction',
    system_column: find(systemNames) ?? '',
    messages_column: messages !== null && isConversation ? messages : '',
    parent_id_column,
    id_column: parent_id_column === '' ? '' : (find(idNames) ?? ''),
  };
}

const nothing = { system_column: '', messages_column: '', parent_id_column: '', id_column: '' };

/** With two columns, one that is not recognised is what the other is not. */
function completed(columns: readonly string[], prompt: readonly string[], answer: string | null) {
  if (columns.length !== 2 || prompt.length > 1) return { prompt_column: prompt, answer_column: answer };
  const answerColumn = answer ?? columns.find((column) => column !== (prompt[0] ?? columns[0]))!;
  return { prompt_column: columns.filter((column) => column !== answerColumn), answer_column: answerColumn };
}

function plainName(column: string): string {
  return column.normalize('NFKC').trim().toLowerCase();
}

/**
 * The cells of every row by what they are for; a row by itself, not yet with the rows it answers to (`chainedRows`).
 *
 * @throws AppError 'column-missing' where the table lacks a mapped column, or no answer column is chosen.
 */
export function exampleRows(table: TableRows, mapping: ColumnMapping): ExampleRow[] {
  const place = (column: string) => {
    const index = table.columns.indexOf(column);
    if (index < 0) throw new AppError('column-missing', { column, columns: table.columns.join(', ') });
    return index;
  };
  const number = (row: number) => table.rowNumbers?.[row] ?? row + 1;
  const isInstruction = (mapping.problem_type ?? 'instruction') === 'instruction';
  if (mapping.messages_column && isInstruction) {
    const messages = place(mapping.messages_column);
    return table.rows.map((cells, row) => ({ ...lastTurn(cells[messages] ?? ''), number: number(row) }));
  }
  const prompt = promptColumns(mapping).map(place);
  const answer = place(mapping.answer_column);
  const system = mapping.system_column && isInstruction ? place(mapping.system_column) : -1;
  return table.rows.map((cells, row) => ({
    prompt: prompt.map((index) => cells[index] ?? ''),
    answer: cells[answer] ?? '',
    ...(system >= 0 ? { system: cells[system] ?? '' } : {}),
    number: number(row),
  }));
}

/** The last turn of a cell's conversation, with those before it as its history. */
function lastTurn(cell: string): ExampleRow {
  const turns = conversationTurns(cell);
  const last = turns?.at(-1);
  if (!turns || !last) return { prompt: [], answer: '', unreadable: true };
  return turns.length === 1 ? last : { ...last, history: turns.slice(0, -1) };
}

function promptColumns({ prompt_column, problem_type }: ColumnMapping): readonly string[] {
  return problem_type === 'text' ? [] : prompt_column;
}
