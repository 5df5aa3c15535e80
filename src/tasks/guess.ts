/** What a table looks like, for every task that reads tables, and which of them it looks made for. */
import { columnFacts, looksLikeClasses } from '../data/column-facts.ts';
import { answerNames, labelNames, named } from '../data/column-names.ts';
import { type ColumnGuess, type RecognisedColumns, recogniseColumns, type TableRows } from '../data/columns.ts';
import { type ProblemType, problemTypes } from './problem-types.ts';
import { taskOf } from './registry.ts';

export interface TableGuess {
  readonly problem_type: ProblemType;
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
  return { problem_type: problemOf(table), columns };
}

/** A column that is called a label and has few values, or numbers, stands for labels where none is called an answer. */
function problemOf({ columns, rows }: Pick<TableRows, 'columns' | 'rows'>): ProblemType {
  const facts = columnFacts({ columns, rows });
  const recognised = recogniseColumns(columns, rows);
  const label = named(facts, labelNames);
  const writes = named(facts, answerNames) || recognised.messages_column !== '' || recognised.preference;
  if (writes || !label || columns.length < 2) return recognised.problem_type;
  if (looksLikeClasses(label)) return 'classification';
  return label.isNumeric && label.distinct > 1 ? 'regression' : recognised.problem_type;
}

/** What a table looks like when nothing is chosen: the columns of the task that it looks made for. */
export interface LookedColumns extends Omit<RecognisedColumns, 'problem_type'> {
  readonly problem_type: ProblemType;
}

export function lookedColumns(table: Pick<TableRows, 'columns' | 'rows'>): LookedColumns {
  const { problem_type, columns } = guessTable(table);
  return { ...recogniseColumns(table.columns, table.rows), ...columns[problem_type], problem_type };
}
