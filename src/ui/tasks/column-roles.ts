import type { Reason } from '../../errors.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { DataSummary, ModelSummary } from '../../worker/protocol.ts';
import { type ColumnRole, hasTextPairs, type ProblemType, taskFacts, textProblem } from './facts.ts';

type Dataset = RunConfig['dataset'];
type Reads = ModelSummary['reads'];

/** Settings that say which table is open and how its rows are read: they stay as long as the table does. */
export const tableKeys: readonly string[] = [
  ...['train_dataframe', 'encoding', 'delimiter', 'problem_type', 'prompt_column', 'answer_column'],
  ...['text_pair_column', 'rejected_answer_column', 'rejected_prompt_column', 'label_column'],
  ...['messages_column', 'system_column', 'parent_id_column', 'id_column'],
].map((key) => `dataset.${key}`);

/** Roles that one column at most has, and the setting that names it. */
const single = {
  answer: 'answer_column',
  'text-pair': 'text_pair_column',
  rejected: 'rejected_answer_column',
  'rejected-prompt': 'rejected_prompt_column',
  verdict: 'label_column',
  system: 'system_column',
  messages: 'messages_column',
  id: 'id_column',
  parent: 'parent_id_column',
} as const;

/** What a column is used for now. A whole conversation has its questions and answers in itself. */
export function roleOf(column: string, dataset: Dataset): ColumnRole {
  const { roles: choices } = taskFacts(dataset);
  if (dataset.messages_column === column && choices.includes('messages')) return 'messages';
  const reads = dataset.messages_column === '' || !choices.includes('messages');
  if (reads && dataset.answer_column === column) return 'answer';
  if (reads && choices.includes('prompt') && dataset.prompt_column.includes(column)) return 'prompt';
  const others = ['text-pair', 'rejected', 'rejected-prompt', 'verdict', 'system', 'id', 'parent'] as const;
  return others.find((role) => choices.includes(role) && dataset[single[role]] === column) ?? 'none';
}

/** The mapping with a column used otherwise. A role that one column has alone is taken from the one that had it. */
export function withRole(column: string, role: ColumnRole, dataset: Dataset): Partial<Dataset> {
  const next: { -readonly [K in keyof Dataset]?: Dataset[K] } = {
    prompt_column: dataset.prompt_column.filter((name) => name !== column),
  };
  for (const key of Object.values(single)) if (dataset[key] === column) next[key] = '';
  if (role === 'prompt') next.prompt_column = [...next.prompt_column!, column];
  if (role in single) next[single[role as keyof typeof single]] = column;
  // A question or an answer of its own is read only where no column holds whole conversations.
  if (role === 'prompt' || role === 'answer') next.messages_column = '';
  return next;
}

/** What the visitor chose: it is not guessed again. */
export interface ChosenByHand {
  readonly task: boolean;
  readonly columns: boolean;
}

const columnKeys = ['prompt_column', 'answer_column', ...Object.values(single)].map((key) => `dataset.${key}`);

/** By the keys that are the visitor's own. */
export const chosenByHand = (own: readonly string[]): ChosenByHand => ({
  task: own.includes('dataset.problem_type'),
  columns: own.some((key) => columnKeys.includes(key)),
});

/** Those keys without columns, for a table that has others. */
export const withoutColumns = (own: readonly string[]): string[] => own.filter((key) => !columnKeys.includes(key));

function hasColumns({ columns }: DataSummary, dataset: Dataset): boolean {
  const { prompt_column, answer_column, messages_column, text_pair_column } = dataset;
  if (messages_column !== '') return columns.includes(messages_column);
  const pair = hasTextPairs(dataset) ? [text_pair_column] : [];
  return [...prompt_column, ...pair, answer_column].every((name) => columns.includes(name));
}

/** Whether columns that were chosen are those of this table, too. */
export const keepsColumns = (table: DataSummary, dataset: Dataset, { columns }: ChosenByHand): boolean =>
  columns && hasColumns(table, dataset);

/** The mapping guessed for what is learned; nothing of it where the visitor chose columns of this table. */
export function columnsFor(
  table: DataSummary | null,
  dataset: Dataset,
  chosen: ChosenByHand,
  reads: Reads | null,
): Partial<Dataset> {
  if (!table || table.pictures || keepsColumns(table, dataset, chosen)) return {};
  const guess = table.guess.columns[dataset.problem_type];
  if (!guess) return {};
  const { prompt_column, answer_column, rejected_answer_column, rejected_prompt_column = '' } = guess;
  const { text_pair_column = '', label_column } = guess;
  const { system_column, parent_id_column, id_column } = table.recognised;
  const { hasTemplate, roles } = taskFacts(dataset);
  const messages_column = roles.includes('messages') ? table.recognised.messages_column : '';
  const turns = hasTemplate
    ? { system_column, messages_column, parent_id_column, id_column }
    : { messages_column, parent_id_column: '' };
  const pair = {
    ...(rejected_answer_column === undefined ? {} : { rejected_answer_column, rejected_prompt_column }),
    ...(label_column === undefined ? {} : { label_column }),
  };
  // A model that writes sees two texts as one.
  const texts =
    reads?.kind === 'text' && reads.canWrite && text_pair_column !== ''
      ? { prompt_column: [...prompt_column, text_pair_column], text_pair_column: '' }
      : { prompt_column, text_pair_column };
  return { ...texts, answer_column: answer_column ?? '', ...pair, ...turns };
}

/** What is learned of a table that was just opened: what it looks made for, of what the visitor and the model allow. */
export function problemFor(
  table: DataSummary,
  dataset: Dataset,
  chosen: ChosenByHand,
  reads: Reads | null,
): ProblemType {
  const { guess, recognised, pictures } = table;
  const { problem_type: now } = dataset;
  if (pictures || reads?.kind === 'image') return now;
  const { hasTemplate, comparesAnswers } = taskFacts(dataset);
  const goesWithTable = hasTemplate && !(comparesAnswers && guess.columns[now]);
  const embeds = !reads?.canWrite;
  const looked = chosen.task
    ? goesWithTable
      ? recognised.problem_type
      : now
    : embeds
      ? guess.problem_type
      : guess.otherwise;
  return reads?.kind === 'text' ? textProblem(looked, reads) : looked;
}

/** Why a column is used as it is; null where the visitor chose it, or nothing was guessed. */
export function reasonOf(column: string, { guess, recognised }: DataSummary, dataset: Dataset): Reason | null {
  if (roleOf(column, dataset) === 'none') return null;
  const reasons = guess.columns[dataset.problem_type]?.reasons ?? recognised.reasons;
  return reasons[column] ?? null;
}
