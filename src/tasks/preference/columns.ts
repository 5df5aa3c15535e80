/** Which columns of a table hold pairs of answers. */
import { columnFacts } from '../../data/column-facts.ts';
import { chosenNames, named, promptNames, rejectedNames, rejectedPromptNames } from '../../data/column-names.ts';
import type { ColumnGuess, TableRows } from '../../data/columns.ts';
import { because } from '../../errors.ts';

/** The better and the worse answer by their names; null where no column is called so. */
export function pairColumns(table: Pick<TableRows, 'columns' | 'rows'>): ColumnGuess | null {
  const facts = columnFacts(table);
  const [chosen, rejected] = [named(facts, chosenNames), named(facts, rejectedNames)];
  if (!chosen || !rejected) return null;
  const prompt = named(facts, promptNames);
  const other = named(facts, rejectedPromptNames);
  const used = [prompt, chosen, rejected, other].flatMap((column) => column?.name ?? []);
  return {
    prompt_column: prompt ? [prompt.name] : [],
    answer_column: chosen.name,
    rejected_answer_column: rejected.name,
    rejected_prompt_column: other?.name ?? '',
    reasons: Object.fromEntries(used.map((name) => [name, because`by its name`])),
  };
}
