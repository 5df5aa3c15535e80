import type { RunConfig } from '../../training/config/run-config.ts';
import type { DataSummary } from '../../worker/protocol.ts';
import { type ColumnRole, taskFacts } from './facts.ts';

type Dataset = RunConfig['dataset'];

/** Roles that one column at most has, and the setting that names it. */
const single = {
  answer: 'answer_column',
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
  const others = ['system', 'id', 'parent'] as const;
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

/**
 * The mapping for labels to be learned, where the columns chosen are none of this table: the column that is called so, or else
 * the last one, and of the others the one with the name of a text, or else the first one, as the text.
 */
export function labelColumns(
  dataset: Dataset,
  table: { readonly columns: readonly string[] } | null,
): Partial<Dataset> {
  if (table === null || !taskFacts(dataset).hasLabels) return {};
  const { prompt_column, answer_column } = dataset;
  const has = (name: string) => table.columns.includes(name);
  if (has(answer_column) && prompt_column.length > 0 && prompt_column.every(has)) return {};
  const { label: labelNames, text: textNames } = taskFacts(dataset).columnNames;
  const named = (names: readonly string[]) => (column: string) => names.includes(column.toLowerCase());
  const label = table.columns.find(named(labelNames)) ?? table.columns.at(-1)!;
  const others = table.columns.filter((name) => name !== label);
  const text = others.find(named(textNames)) ?? others[0];
  return { answer_column: label, prompt_column: text === undefined ? [] : [text] };
}

/** The mapping already chosen where the new table has those columns, else the recognised one. */
export function columnsFor({ columns, recognised, pictures }: DataSummary, chosen: Dataset): Partial<Dataset> {
  if (pictures) return {};
  // Columns of labels cannot be guessed by their names; they stay as they were chosen.
  if (!taskFacts(chosen).writes) return labelColumns(chosen, { columns });
  const has = (column: string) => columns.includes(column);
  const { answer_column: answer, preference: _, ...rest } = recognised;
  const kept = chosen.prompt_column.length > 0 && chosen.prompt_column.every(has) && has(chosen.answer_column);
  if (kept && taskFacts(recognised).hasTemplate && recognised.messages_column === '') {
    // A table may have an `input` column beside the one named by default.
    const more = recognised.prompt_column.length > chosen.prompt_column.length;
    const mapping = { prompt_column: more ? recognised.prompt_column : chosen.prompt_column };
    return { ...conversationColumns(recognised), ...mapping, answer_column: chosen.answer_column };
  }
  return { ...rest, answer_column: answer ?? '' };
}

const conversationColumns = ({
  system_column,
  messages_column,
  parent_id_column,
  id_column,
}: DataSummary['recognised']) => ({
  system_column,
  messages_column,
  parent_id_column,
  id_column,
});
