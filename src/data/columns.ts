import { AppError } from '../errors.ts';
import type { ExampleRow } from './examples.ts';
import type { Table } from './table.ts';

/** Names as in the run config's `dataset` section. */
export interface ColumnMapping {
  /** Joined to one prompt, in this order. */
  readonly prompt_column: readonly string[];
  readonly answer_column: string;
  /** With `text` only the answer column is read: every token of it is learned. */
  readonly problem_type?: string | undefined;
}

export interface RecognisedColumns {
  readonly prompt_column: readonly string[];
  /** null where no column looks like one. */
  readonly answer_column: string | null;
  /** `text`: one column of plain text, in `answer_column`. */
  readonly problem_type: 'instruction' | 'text';
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

/** Guesses which columns are prompt and answer; the user can change it. */
export function recogniseColumns(columns: readonly string[]): RecognisedColumns {
  const find = (names: readonly string[]) => {
    const index = names.map((name) => columns.findIndex((column) => plainName(column) === name)).find((at) => at >= 0);
    return index === undefined ? null : columns[index]!;
  };
  const answer = find(answerNames);
  const prompt = [find(promptNames), find(inputNames)].filter((column) => column !== null);
  const text = find(textNames);
  if (answer === null && prompt.length === 0 && text !== null) {
    return { prompt_column: [], answer_column: text, problem_type: 'text' };
  }
  return { ...completed(columns, prompt, answer), problem_type: 'instruction' };
}

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
 * The prompt and answer cells of every row.
 *
 * @throws AppError 'column-missing' where the table lacks a mapped column, or no answer column is chosen.
 */
export function exampleRows(table: Pick<Table, 'columns' | 'rows'>, mapping: ColumnMapping): ExampleRow[] {
  const place = (column: string) => {
    const index = table.columns.indexOf(column);
    if (index < 0) throw new AppError('column-missing', { column, columns: table.columns.join(', ') });
    return index;
  };
  const prompt = promptColumns(mapping).map(place);
  const answer = place(mapping.answer_column);
  return table.rows.map((cells) => ({
    prompt: prompt.map((index) => cells[index] ?? ''),
    answer: cells[answer] ?? '',
  }));
}

function promptColumns({ prompt_column, problem_type }: ColumnMapping): readonly string[] {
  return problem_type === 'text' ? [] : prompt_column;
}
