/** Guesses which column holds what is to be told of a text, and which the text. */
import { because, type Reason } from '../errors.ts';
import { classBeside } from './beside-text.ts';
import { type ColumnFacts, looksLikeClasses } from './column-facts.ts';
import { idNames, inputNames, named, pairNames, parentNames, promptNames, textNames } from './column-names.ts';
import type { ColumnGuess } from './columns.ts';

export interface LabelWishes {
  /** Usual names of the column to be learned, and of the text, in small letters. */
  readonly label: readonly string[];
  readonly text?: readonly string[];
  readonly kind: 'classes' | 'numbers' | 'tags';
}

type Found = readonly [column: string, reason: Reason];

export const byName = because`by its name`;
export const longest = because`the longest text`;

/**
 * The column to be learned by its name, else by its cells, else the last one; the text by its name, or two by theirs, else
 * the longest of the others.
 */
export function labelColumns(facts: readonly ColumnFacts[], wishes: LabelWishes): ColumnGuess {
  const label = labelOf(facts, wishes);
  const others = facts.filter(({ name }) => name !== label?.[0]);
  const pair = wishes.kind === 'tags' ? undefined : pairOf(others);
  if (pair) {
    const [first, second] = pair;
    const reasons = Object.fromEntries([label, [first, byName], [second, byName]].filter((each) => each !== null));
    return { prompt_column: [first], text_pair_column: second, answer_column: label?.[0] ?? null, reasons };
  }
  const text = textOf(others, wishes);
  const found = [label, text].filter((each) => each !== null);
  return {
    prompt_column: text ? [text[0]] : [],
    answer_column: label?.[0] ?? null,
    reasons: Object.fromEntries(found),
  };
}

function labelOf(facts: readonly ColumnFacts[], { label, text = [], kind }: LabelWishes): Found | null {
  const fits = kind === 'numbers' ? ({ isNumeric }: ColumnFacts) => isNumeric : () => true;
  const called = named(facts.filter(fits), label);
  if (called) return [called.name, byName];
  const isText = ({ name }: ColumnFacts) => named([{ name }], [...text, ...textNames, ...promptNames]) !== undefined;
  const isId = ({ name }: ColumnFacts) => named([{ name }], [...idNames, ...parentNames]) !== undefined;
  const free = facts.filter((column) => !isText(column) && !isId(column));
  const number = free.filter(({ isNumeric, distinct }) => isNumeric && distinct > 1).at(-1);
  if (kind === 'numbers' && number) return [number.name, because`numbers`];
  const fewest = classBeside(facts) ?? free.filter(looksLikeClasses).sort((a, b) => a.distinct - b.distinct)[0];
  if (kind === 'classes' && fewest) return [fewest.name, because`few different values: ${fewest.distinct}`];
  const last = free.at(-1) ?? facts.at(-1);
  return last ? [last.name, because`what is left`] : null;
}

/** Two columns that are called as the two texts of a pair are. */
function pairOf(others: readonly ColumnFacts[]): readonly [string, string] | undefined {
  for (const names of pairNames) {
    const [first, second] = names.map((name) => named(others, [name])?.name);
    if (first !== undefined && second !== undefined) return [first, second];
  }
  return undefined;
}

function textOf(others: readonly ColumnFacts[], { text = [] }: LabelWishes): Found | null {
  const called = named(others, [...text, ...textNames, ...promptNames, ...inputNames]);
  if (called) return [called.name, byName];
  const [longestColumn] = [...others].sort((a, b) => b.length - a.length);
  return longestColumn ? [longestColumn.name, longest] : null;
}
