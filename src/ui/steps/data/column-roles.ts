import type { RunConfig } from '../../../training/run-config.ts';

type Dataset = RunConfig['dataset'];

/** What a column is used for. With plain text only `answer` has a meaning: the text. */
export type ColumnRole = 'none' | 'prompt' | 'answer' | 'system' | 'messages' | 'id' | 'parent';

/** Roles that one column at most has, and the setting that names it. */
const single = {
  answer: 'answer_column',
  system: 'system_column',
  messages: 'messages_column',
  id: 'id_column',
  parent: 'parent_id_column',
} as const;

/** What can be chosen for a column: for plain text, whether it is the text; for labels, whether it is text or label. */
export function rolesFor({ problem_type }: Dataset): readonly ColumnRole[] {
  if (problem_type === 'text') return ['none', 'answer'];
  if (problem_type !== 'instruction') return ['none', 'prompt', 'answer'];
  return ['none', 'prompt', 'answer', 'system', 'messages', 'id', 'parent'];
}

/** What a column is used for now. A whole conversation has its questions and answers in itself. */
export function roleOf(column: string, dataset: Dataset): ColumnRole {
  const choices = rolesFor(dataset);
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

const labelNames: ReadonlySet<string> = new Set([
  'label',
  'labels',
  'class',
  'category',
  'score',
  'ラベル',
  '分類',
  'クラス',
]);

/**
 * The mapping for labels to be learned, where the columns chosen are none of this table: the column called label, or else
 * the last one, and the first of the others as the text.
 */
export function labelColumns(
  problem: Dataset['problem_type'],
  { prompt_column, answer_column }: Dataset,
  table: { readonly columns: readonly string[] } | null,
): Partial<Dataset> {
  if (table === null || (problem !== 'classification' && problem !== 'regression')) return {};
  const has = (name: string) => table.columns.includes(name);
  if (has(answer_column) && prompt_column.length > 0 && prompt_column.every(has)) return {};
  const label = table.columns.find((name) => labelNames.has(name.toLowerCase())) ?? table.columns.at(-1)!;
  return { answer_column: label, prompt_column: table.columns.filter((name) => name !== label).slice(0, 1) };
}
