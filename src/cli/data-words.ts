import { effectiveTemplate, type PromptTemplate, templateNote } from '../data/prompt-templates.ts';
import type { TableProblem } from '../data/table.ts';
import { AppError } from '../errors.ts';
import type { RowFinding } from '../tasks/findings.ts';
import type { RowProblem } from '../tasks/row-problems.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { dataWords } from '../ui/text/en-data.ts';
import type { NamedTables } from './run-tables.ts';

/** One kind of flaw, of a table's rows or of what becomes of them. */
export interface DataProblem {
  readonly kind: string;
  readonly column?: string;
  /** Of rows to validate with. */
  readonly validation?: true;
  readonly count: number;
  readonly rows: readonly number[];
}

/** What is wrong with the files themselves. */
export function tableProblems({ training, validation }: NamedTables, { dataset }: RunConfig): DataProblem[] {
  const held = (validation?.problems ?? []).map((found: TableProblem) => ({ ...found, validation: true as const }));
  // Repeats that are left out are listed by what becomes of the rows.
  return [...training.problems, ...held].filter(({ kind }) => kind !== 'duplicate' || !dataset.drop_duplicates);
}

/** Rows named in a line. */
const named = 10;

/** What is wrong, with how many rows and the first of their numbers, and what is done about it. */
export function problemInWords({
  kind,
  column,
  validation,
  count,
  rows,
}: DataProblem | (RowProblem & { column?: string })): string {
  const [what = kind, done = ''] = dataWords.problemKinds[kind] ?? [];
  const place = [column === undefined ? '' : ` (${column})`, validation ? ` ${dataWords.inValidation}` : ''].join('');
  const more = count > Math.min(named, rows.length) ? ', …' : '';
  const numbers = rows.length === 0 ? '' : `: ${rows.slice(0, named).join(', ')}${more}`;
  return `${what}${place}; ${count} ${count === 1 ? 'row' : 'rows'}${numbers}. ${done}`.trim();
}

/** A line for each kind of problem. */
export const problemLines = (problems: readonly (DataProblem | RowProblem)[]): string[] =>
  problems.map((problem) => `! ${problemInWords(problem)}`);

/** What is found of the rows of a run and does not hold it back. */
export const findingLines = (findings: readonly RowFinding[]): string[] =>
  findings.filter(({ blocks }) => !blocks).map(({ code, params }) => `! ${new AppError(code, params).message}`);

const templateNames: Readonly<Record<PromptTemplate, string>> = {
  chat: "chat, the model's own",
  alpaca: 'alpaca',
  h2o: 'h2o',
  custom: 'custom, the texts of the run config',
};

/** Which template writes prompt and answer, and why it is not the one that was asked for. */
export function templateInWords(wanted: PromptTemplate, tokenizer: Tokenizer): string {
  const note = templateNote(wanted, tokenizer);
  const used = templateNames[effectiveTemplate(wanted, tokenizer)];
  return `Template: ${used}${note === null ? '' : `. ${note}`}`;
}
