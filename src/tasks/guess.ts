/** What a table looks like, for every task that reads tables, and which of them it looks made for. */
import { classBeside } from '../data/beside-text.ts';
import {
  type ColumnFacts,
  columnFacts,
  longestClass,
  looksLikeClasses,
  looksLikeQuantity,
} from '../data/column-facts.ts';
import {
  answerNames,
  labelNames,
  named,
  negativeNames,
  promptNames,
  scoreNames,
  textNames,
} from '../data/column-names.ts';
import { type ColumnGuess, type RecognisedColumns, recogniseColumns, type TableRows } from '../data/columns.ts';
import { judgedProblem } from './judged/losses.ts';
import { ofPairs } from './preference/losses.ts';
import { type ProblemType, problemTypes } from './problem-types.ts';
import { taskOf } from './registry.ts';

export interface TableGuess {
  readonly problem_type: ProblemType;
  /** The same for a model that gives texts no vectors of their own: no task of sentences. */
  readonly otherwise: ProblemType;
  /** Columns as each would read them. */
  readonly columns: Readonly<Partial<Record<ProblemType, ColumnGuess>>>;
}

export function guessTable(table: Pick<TableRows, 'columns' | 'rows'>): TableGuess {
  const columns = Object.fromEntries(
    problemTypes.flatMap((problem_type) => {
      const guess = taskOf({ dataset: { problem_type } }).columns(table, problem_type);
      return guess ? [[problem_type, guess]] : [];
    }),
  );
  // Who names two answers' columns better and worse has made pairs of them.
  if (columns[ofPairs.value]) return { problem_type: ofPairs.value, otherwise: ofPairs.value, columns };
  if (columns[judgedProblem]) return { problem_type: judgedProblem, otherwise: judgedProblem, columns };
  const facts = columnFacts(table);
  const score = scoreOfPair(facts);
  const isScored = score !== undefined && areCosines(table, score);
  const otherwise = score && !isScored ? 'regression' : problemOf(table, facts, score);
  const sentences = isScored ? 'sentence-similarity' : belongTogether(facts) ? 'sentence-embeddings' : undefined;
  return { problem_type: sentences ?? otherwise, otherwise, columns };
}

/**
 * A column that is called a label, or that has few values beside a text, stands for labels where none is called an answer;
 * but not where it is made of texts.
 */
function problemOf(
  { columns, rows }: Pick<TableRows, 'columns' | 'rows'>,
  facts: readonly ColumnFacts[],
  score: ColumnFacts | undefined,
): ProblemType {
  const recognised = recogniseColumns(columns, rows);
  const isBeside = named(facts, textNames) !== undefined && named(facts, askedNames) === undefined;
  const label = score ?? named(facts, labelNames) ?? (isBeside ? classBeside(facts) : undefined);
  const writes = named(facts, answerNames) || recognised.messages_column !== '' || recognised.preference;
  if (writes || !label || columns.length < 2 || label.filled === 0) return recognised.problem_type;
  if (looksLikeQuantity(label)) return 'regression';
  if (looksLikeClasses(label)) return 'classification';
  if (label.isNumeric && label.distinct > 1) return 'regression';
  // One class, or as many as rows: the checks of classes say so.
  const isText = label.distinct > 1 && label.prose > 0.5 && label.length > longestClass / 2;
  return isBeside && label.length <= longestClass && !isText ? 'classification' : recognised.problem_type;
}

/** Whether texts are called what belongs together, and none of the rows is told from the others by a label. */
function belongTogether(facts: readonly ColumnFacts[]): boolean {
  const has = (...names: readonly string[]) => named(facts, names) !== undefined;
  const isTold = named(facts, [...labelNames, ...scoreNames])?.filled && !has(...negativeNames);
  return has('anchor', 'query') && has('positive', 'pos', 'passage') && !isTold;
}

/** The numbers beside two texts that are called a pair. */
function scoreOfPair(facts: readonly ColumnFacts[]): ColumnFacts | undefined {
  const has = (...names: readonly string[]) => named(facts, names) !== undefined;
  const isPair = has('sentence1', 'sentence_1', 'text1', '文1') && has('sentence2', 'sentence_2', 'text2', '文2');
  const score = named(facts, ['score', 'similarity', 'similarity_score', '類似度']);
  return isPair && score?.isNumeric ? score : undefined;
}

/** Whether all numbers of a column could be cosines: −1 to 1. */
function areCosines({ columns, rows }: Pick<TableRows, 'columns' | 'rows'>, { name }: ColumnFacts): boolean {
  const place = columns.indexOf(name);
  return rows.every((cells) => Math.abs(Number(cells[place] ?? '')) <= 1);
}

/** A source is what a text was taken from as often as what it answers. */
const askedNames = promptNames.filter((name) => name !== 'source');

/** What a table looks like when nothing is chosen: the columns of the task that it looks made for. */
export interface LookedColumns extends Omit<RecognisedColumns, 'problem_type'> {
  readonly problem_type: ProblemType;
}

export function lookedColumns(table: Pick<TableRows, 'columns' | 'rows'>): LookedColumns {
  const { problem_type, columns } = guessTable(table);
  return { ...recogniseColumns(table.columns, table.rows), ...columns[problem_type], problem_type };
}
