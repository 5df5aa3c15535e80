/** Guesses which columns hold texts that belong together, and how alike they are. */
import { type ColumnFacts, columnFacts } from '../../data/column-facts.ts';
import { anchorNames, idNames, named, negativeNames, positiveNames, scoreNames } from '../../data/column-names.ts';
import type { ColumnGuess, TableRows } from '../../data/columns.ts';
import { because } from '../../errors.ts';

type Table = Pick<TableRows, 'columns' | 'rows'>;

/** The first of two texts and the second, by their names, else the first columns of text; undefined where there are none. */
function pairOf(facts: readonly ColumnFacts[]): [ColumnFacts, ColumnFacts] | undefined {
  const others = facts.filter(
    (column) => !column.isNumeric && column.filled > 0 && !named([column], [...idNames, ...negativeNames]),
  );
  const first = named(others, anchorNames);
  const second = named(
    others.filter((column) => column !== first),
    positiveNames,
  );
  const free = others.filter((column) => column !== first && column !== second);
  const [one = free.shift(), two = free.shift()] = [first, second];
  return one && two && [one, two];
}

const reasonsOf = (columns: readonly ColumnFacts[], names: readonly string[]) =>
  Object.fromEntries(
    columns.map((column) => [column.name, named([column], names) ? because`by its name` : because`what is left`]),
  );

/** A text, the one that belongs to it, and one that does not where a column is called so. */
export function rankedColumns(table: Table): ColumnGuess | null {
  const facts = columnFacts(table);
  const pair = pairOf(facts);
  if (!pair) return null;
  const negative = named(facts, negativeNames);
  return {
    prompt_column: [pair[0].name],
    answer_column: pair[1].name,
    rejected_answer_column: negative?.name ?? '',
    reasons: reasonsOf(
      [...pair, ...(negative ? [negative] : [])],
      [...anchorNames, ...positiveNames, ...negativeNames],
    ),
  };
}

/** Two texts and a number. */
export function scoredColumns(table: Table): ColumnGuess | null {
  const facts = columnFacts(table);
  const numbers = facts.filter(({ isNumeric }) => isNumeric);
  const score = named(numbers, scoreNames) ?? numbers.findLast((column) => !named([column], idNames));
  const pair = pairOf(facts);
  if (!pair || !score) return null;
  return {
    prompt_column: pair.map(({ name }) => name),
    answer_column: score.name,
    rejected_answer_column: '',
    reasons: reasonsOf([...pair, score], [...anchorNames, ...positiveNames, ...scoreNames]),
  };
}
