import { AppError, because, type Reason } from '../errors.ts';
import { answerBeside } from './beside-text.ts';
import { type ColumnFacts, columnFacts } from './column-facts.ts';
import {
  answerNames,
  idNames,
  inputNames,
  messagesNames,
  named,
  parentNames,
  plainName,
  promptNames,
  systemNames,
  textNames,
  titleNames,
} from './column-names.ts';
import type { ExampleRow } from './examples.ts';
import { type Beside, conversationRow, splitConversation } from './messages.ts';
import type { Table } from './table.ts';
import { verdictOf } from './verdicts.ts';

/** Names as in the run config's `dataset` section. */
export interface ColumnMapping {
  /** Joined to one prompt, in this order. */
  readonly prompt_column: readonly string[];
  readonly answer_column: string;
  /** With `text` and `masked-language-modeling` only the answer column is read: every token of it is learned. */
  readonly problem_type?: string | undefined;
  /** The second texts, beside those of the prompt columns; read for problem types `withTextPairs` only. Empty for none. */
  readonly text_pair_column?: string | undefined;
  /** Empty for none, and read for problem type `instruction` only, as those that follow. */
  readonly system_column?: string | undefined;
  /** Whole conversations (`conversationTurns`); prompt and answer columns are not read then. */
  readonly messages_column?: string | undefined;
  /**
   * The worse answers, read for problem type `preference`, and their prompts where they have their own; for
   * `sentence-embeddings` a text that is not the one looked for, where there is one.
   */
  readonly rejected_answer_column?: string | undefined;
  readonly rejected_prompt_column?: string | undefined;
  /** Whether each answer is good, read for problem type `judged-answers`; empty where rows have a better and a worse one. */
  readonly label_column?: string | undefined;
}

/** What of a table its rows are made from; rows are numbered from 1 where it does not say. */
export type TableRows = Pick<Table, 'columns' | 'rows'> & Partial<Pick<Table, 'rowNumbers'>>;

/** What columns look like, and why. */
export interface ColumnGuess {
  readonly prompt_column: readonly string[];
  /** null where no column looks like one. */
  readonly answer_column: string | null;
  /** Of pairs of answers: the worse one, and its prompt where it has its own. */
  readonly rejected_answer_column?: string;
  readonly rejected_prompt_column?: string;
  /** Of answers that are judged by themselves: whether each is good. */
  readonly label_column?: string;
  /** Of pairs of texts: the second one. */
  readonly text_pair_column?: string;
  /** Of each column that is used, what told it. */
  readonly reasons: Readonly<Record<string, Reason>>;
}

export interface RecognisedColumns extends ColumnGuess {
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
 * Guesses what the columns are for where answers to prompts are learned, or plain text; the user can change it.
 * @param rows some rows of the table: where names say nothing, a column is known by its cells
 */
export function recogniseColumns(
  columns: readonly string[],
  rows: readonly (readonly string[])[] = [],
): RecognisedColumns {
  const facts = columnFacts({ columns, rows });
  const find = (names: readonly string[]) => named(facts, names)?.name ?? null;
  const preference = isPreference(columns, rows.slice(0, verdictRows));
  const answer = preference ? null : find(answerNames);
  const text = find(textNames);
  // What an answer is to may be called a text; what heads the text is less.
  const called = find(promptNames);
  const isSource = called !== null && plainName(called) === 'source' && text !== null && answer === null;
  const asked = (isSource ? null : called) ?? (answer === null ? null : (text ?? find(titleNames)));
  const prompt = [...new Set([asked, find(inputNames)])].filter((column) => column !== null);
  const plain = text ?? (columns.length === 1 && find(messagesNames) === null ? columns[0]! : null);
  const isPlain = answer === null && prompt.length === 0 && plain !== null;
  const beside = isPlain && !preference ? answerBeside(facts, plain) : undefined;
  if (isPlain && !beside) {
    const reasons = { [plain]: text ? because`by its name` : because`the only column` };
    return { ...nothing, prompt_column: [], answer_column: plain, problem_type: 'text', reasons };
  }
  const parent_id_column = find(parentNames) ?? '';
  const system_column = find(systemNames) ?? '';
  const messages = named(facts, messagesNames) ?? (answer === null && prompt.length === 0 ? facts.find(isChat) : null);
  const messages_column = messages && isChat(messages) ? messages.name : '';
  const id_column = parent_id_column === '' ? '' : (find(idNames) ?? '');
  const used = beside
    ? { prompt_column: [plain!], answer_column: beside.column.name }
    : { prompt_column: prompt, answer_column: answer };
  const guess = preference ? { ...used, reasons: {} } : completed(facts, used);
  const isNamed = [system_column, parent_id_column, id_column].filter((column) => column !== '');
  const chat = messages_column === '' ? {} : { [messages_column]: because`conversations in its cells` };
  return {
    ...guess,
    reasons: {
      ...guess.reasons,
      ...(beside ? { [beside.column.name]: beside.reason } : {}),
      ...Object.fromEntries(isNamed.map((column) => [column, because`by its name`])),
      ...chat,
    },
    problem_type: 'instruction',
    ...{ system_column, messages_column, parent_id_column, id_column, preference },
  };
}

/** The column of plain text: by its name, or the longest. */
export function plainTextColumn({ columns, rows }: Pick<TableRows, 'columns' | 'rows'>): ColumnGuess {
  const recognised = recogniseColumns(columns, rows);
  if (recognised.problem_type === 'text') return recognised;
  const facts = columnFacts({ columns, rows });
  const text = named(facts, textNames);
  const column = text ?? longestOf(facts);
  const reason = text ? because`by its name` : because`the longest text`;
  return { prompt_column: [], answer_column: column.name, reasons: { [column.name]: reason } };
}

const isChat = ({ isConversation }: ColumnFacts): boolean => isConversation;

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

/** A column that is not recognised by its name is what the others are not: of two, of questions, or of long texts. */
function completed(facts: readonly ColumnFacts[], { prompt_column, answer_column }: Omit<ColumnGuess, 'reasons'>) {
  const reasons: Record<string, Reason> = {};
  for (const column of [...prompt_column, answer_column ?? ''])
    if (column !== '') reasons[column] = because`by its name`;
  const free = facts.filter(({ name, isNumeric, filled, isConversation }) => {
    const isOther = named([{ name }], [...idNames, ...parentNames, ...systemNames]) !== undefined;
    return (
      !Object.hasOwn(reasons, name) && (facts.length === 2 || (filled > 0 && !isNumeric && !isOther && !isConversation))
    );
  });
  const [prompt, answer] = [[...prompt_column], answer_column];
  const isAsked = free.find(({ questions }) => questions > mostAsked);
  if (prompt.length === 0 && (isAsked || (answer !== null && free.length > 0) || facts.length === 2)) {
    const column = isAsked ?? (facts.length === 2 ? free[0]! : longestOf(free));
    prompt.push(column.name);
    reasons[column.name] = isAsked
      ? because`its cells are questions`
      : facts.length === 2
        ? because`what is left`
        : because`the longest text`;
  }
  const left = free.filter(({ name }) => !prompt.includes(name));
  if (answer !== null || left.length === 0 || prompt.length === 0 || (facts.length > 2 && prompt.length > 1))
    return { prompt_column: prompt, answer_column: answer, reasons };
  const column = longestOf(left);
  reasons[column.name] = left.length === 1 ? because`what is left` : because`the longest text`;
  return { prompt_column: prompt, answer_column: column.name, reasons };
}

/** Share of cells with a question mark from which a column asks. */
const mostAsked = 0.5;

const longestOf = (columns: readonly ColumnFacts[]): ColumnFacts =>
  columns.reduce((longest, column) => (column.length > longest.length ? column : longest));

/**
 * The cells of every row by what they are for; a row by itself, not yet with the rows it answers to (`chainedRows`).
 *
 * A column `tools` beside conversations says what the assistant may call, as TRL reads it.
 *
 * @throws AppError 'column-missing' where the table lacks a mapped column; 'column-unchosen' where none is to be learned;
 * 'preference-data' instead of both where answers are good and bad ones.
 */
export function exampleRows(table: TableRows, mapping: ColumnMapping): ExampleRow[] {
  const { problem_type, rejected_answer_column = '', rejected_prompt_column, ...chosen } = mapping;
  const negative = problem_type === 'sentence-embeddings' ? everyNegative(mapping, table.columns) : '';
  const isRanked = negative !== '';
  if (problem_type === 'judged-answers') return judgedRows(table, mapping);
  if (problem_type !== 'preference' && !isRanked) return answeredRows(table, mapping);
  // Pairs are read as two tables of answers.
  const answers = { ...chosen, messages_column: '', problem_type: isRanked ? problem_type : 'instruction' };
  const prompt_column = rejected_prompt_column && !isRanked ? [rejected_prompt_column] : chosen.prompt_column;
  const rejected = answeredRows(table, { ...answers, prompt_column, answer_column: rejected_answer_column });
  return answeredRows(table, answers).map((row, index) => ({ ...row, rejected: rejected[index]! }));
}

/** Answers with what is said of each; of pairs all better ones before all worse ones, as TRL takes pairs apart. */
function judgedRows(
  table: TableRows,
  { label_column = '', rejected_answer_column: worse = '', ...mapping }: ColumnMapping,
): ExampleRow[] {
  const answered = (answer_column: string) =>
    answeredRows(table, { ...mapping, answer_column, messages_column: '', problem_type: 'instruction' });
  const rows = answered(mapping.answer_column);
  if (label_column === '') {
    const marked = (isGood: boolean) => (row: ExampleRow) => ({ ...row, isGood });
    return [...rows.map(marked(true)), ...answered(worse).map(marked(false))];
  }
  const place = table.columns.indexOf(label_column);
  if (place < 0) throw new AppError('column-missing', { column: label_column, columns: table.columns.join(', ') });
  return rows.map((row, index): ExampleRow => {
    const isGood = verdictOf(table.rows[index]![place] ?? '');
    return isGood === undefined ? { unreadable: 'no-verdict', ...row } : { ...row, isGood };
  });
}

/**
 * For each row the first that it is not to be parted from, where a better and a worse answer were in one; null where each
 * row is one.
 */
export function pairRoots(table: TableRows, { problem_type, label_column = '' }: ColumnMapping): Int32Array | null {
  if (problem_type !== 'judged-answers' || label_column !== '') return null;
  const pairs = table.rows.length;
  return Int32Array.from({ length: 2 * pairs }, (_, row) => row % pairs);
}

/** Problem types whose rows may have two texts. */
export const withTextPairs: readonly string[] = ['classification', 'regression'];

/** The column of the second texts that is read; undefined where rows have one text. */
export const textPairColumn = ({ problem_type = '', text_pair_column }: Partial<ColumnMapping>): string | undefined =>
  withTextPairs.includes(problem_type) ? text_pair_column || undefined : undefined;
/** What the column with the worse answers is called where nothing else is said. */
export const usualRejected = 'rejected';

/** The column of texts that are not those looked for; empty where there is none: what is not said of it need not be there. */
export const everyNegative = (
  { rejected_answer_column: named = '' }: Pick<ColumnMapping, 'rejected_answer_column'>,
  columns: readonly string[],
): string => (named === usualRejected && !columns.includes(named) ? '' : named);

function answeredRows(table: TableRows, mapping: ColumnMapping): ExampleRow[] {
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
  const paired = textPairColumn(mapping);
  const pair = paired === undefined ? -1 : place(paired);
  return table.rows.map((cells, row) => {
    const [asked, answered] = [prompt.map((index) => cells[index] ?? ''), cells[answer] ?? ''];
    const split = isInstruction ? splitConversation(asked, answered, beside(cells)) : null;
    const given = cells[system] ? { system: cells[system] } : {};
    const second = pair < 0 ? {} : { textPair: cells[pair] ?? '' };
    return { ...(split ?? { prompt: asked, answer: answered, ...given, ...second }), number: number(row) };
  });
}

/** Problem types of one text a row, that of the answer column. */
const ofOneText: readonly string[] = ['text', 'masked-language-modeling'];

const promptColumns = ({ prompt_column, problem_type = '' }: ColumnMapping): readonly string[] =>
  ofOneText.includes(problem_type) ? [] : prompt_column;
