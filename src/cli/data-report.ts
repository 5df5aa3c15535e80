/** What the data step shows of a file, or of a run's files, as plain data. */
import { everyNegative, exampleRows } from '../data/columns.ts';
import { gathered } from '../data/example-set.ts';
import { madeMarks, noneLeftOut } from '../data/made-rows.ts';
import { isPicture, labelledPictures, type PictureFile } from '../data/pictures.ts';
import { splitRows } from '../data/split.ts';
import type { Table, TableFormat } from '../data/table.ts';
import { AppError, toAppError } from '../errors.ts';
import { readJson } from '../files/source.ts';
import { reopened } from '../models/opened-for.ts';
import { type RowFinding, requireSound } from '../tasks/findings.ts';
import { type LookedColumns, lookedColumns } from '../tasks/guess.ts';
import type { RowView } from '../tasks/prepared.ts';
import { taskOf } from '../tasks/registry.ts';
import { type RowProblem, rowProblems } from '../tasks/row-problems.ts';
import { defaultRunConfig, type RunConfig } from '../training/config/run-config.ts';
import { fitRows } from '../training/session/fit-run.ts';
import { modelFromConfigAlone } from '../training/session/plan-run.ts';
import { type DataProblem, tableProblems, templateInWords } from './data-words.ts';
import { withGuessedColumns } from './guess-columns.ts';
import { nodeFiles } from './node-files.ts';
import { carryOut } from './recipe.ts';
import { openModelFiles, type RunSettings } from './run-files.ts';
import { type NamedTexts, readMaterial } from './run-material.ts';

const columnKeys = [
  ...(['problem_type', 'prompt_column', 'text_pair_column', 'answer_column', 'messages_column'] as const),
  ...(['rejected_answer_column', 'rejected_prompt_column', 'label_column'] as const),
  ...(['system_column', 'parent_id_column', 'id_column'] as const),
] as const;

export interface DataReport {
  /** What the recipe of a run comes to; null without one. */
  readonly recipe: string | null;
  readonly format: TableFormat | 'pictures';
  /** WHATWG name; empty for formats that are no text. */
  readonly encoding: string;
  /** Nothing in the file says that it is this encoding. */
  readonly guessed: boolean;
  readonly delimiter: string;
  readonly columns: readonly string[];
  /** What the columns look like. */
  readonly recognised: LookedColumns | null;
  /** What a run was given that names none, in a line. */
  readonly guessedColumns: readonly string[];
  /** What a run uses them for; null without one. */
  readonly used: Pick<RunConfig['dataset'], (typeof columnKeys)[number]> | null;
  readonly rowCount: number;
  readonly problems: readonly (DataProblem | RowProblem)[];
  /** Rows that are learned from, and those that can be scored. */
  readonly split: { readonly train: number; readonly validation: number };
  readonly classes: readonly { readonly name: string; readonly count: number }[] | null;
  /** How prompt and answer become a text; null where none is written. */
  readonly template: string | null;
  readonly rows: readonly RowView[];
  readonly firstRows: readonly (readonly string[])[];
  /** What is found of the rows of a run: what holds it back, and what is only said. */
  readonly findings: readonly RowFinding[];
  /** Why no run can start. */
  readonly error: AppError | null;
}

/** What a file holds, its columns as they are guessed; without a model there are no tokens. */
export function fileReport(table: Table, rows: number): DataReport {
  const facts = tableFacts(table, rows);
  const { recognised } = facts;
  const { dataset } = defaultRunConfig;
  const answer_column = recognised?.answer_column ?? '';
  const config = { dataset: { ...dataset, ...recognised, answer_column } };
  const marks = madeMarks(table);
  const split = splitRows(table.rows.length, dataset, 0, null, (row) => marks?.[row] !== undefined);
  const isMapped = answer_column !== '' || config.dataset.messages_column !== '';
  const { problems, isKept } = isMapped ? emptyAnswers(table, config.dataset) : { problems: [], isKept: () => true };
  const isLearned = (row: number) => isKept(row) && marks?.[row]?.isApproved !== false;
  const counts = { train: split.train.filter(isLearned).length, validation: split.validation.filter(isKept).length };
  return { ...facts, problems: [...table.problems, ...problems], split: counts, ...nothing };
}

const nothing = {
  recipe: null,
  guessedColumns: [],
  used: null,
  classes: null,
  template: null,
  rows: [],
  findings: [],
  error: null,
} as const;

/** Rows of which nothing could be learned, whatever the model. */
function emptyAnswers(table: Table, dataset: RunConfig['dataset']) {
  const rows = exampleRows(table, dataset);
  const built = rows.map(({ unreadable, answer }) =>
    unreadable ? { problem: unreadable } : answer.trim() === '' ? ({ problem: 'no-answer' } as const) : {},
  );
  const outcome = {
    ...{
      trainExamples: gathered(built),
      trainRows: rows,
      validationExamples: gathered([]),
      heldRows: [],
      repeatedRows: [],
      made: { ...noneLeftOut, unapproved: unapprovedRows(table) },
    },
    counts: { training: 0, held: 0, validation: 0 },
  };
  const problems: RowProblem[] = rowProblems(outcome, { dataset: { ...dataset, validation_strategy: 'none' } });
  return { problems, isKept: (row: number) => !('problem' in built[row]!) };
}

/** The numbers of rows that a model made and nobody approved. */
function unapprovedRows(table: Table): readonly number[] {
  const marks = madeMarks(table);
  return table.rowNumbers.filter((_, row) => marks?.[row]?.isApproved === false);
}

function tableFacts(table: Table, rows: number) {
  const { format, encoding, delimiter, columns } = table;
  return {
    ...{ format, encoding, delimiter, columns },
    guessed: table.encodingGuessed,
    recognised: lookedColumns(table),
    rowCount: table.rows.length,
    firstRows: table.rows.slice(0, rows),
  };
}

/**
 * What a run would make of its files. Seed −1 shows one of the splits that may come.
 * @throws AppError where its tables or its model cannot be opened; what else stops a run is in the report
 */
export async function runReport(runFile: string, settings: RunSettings, rows: number): Promise<DataReport> {
  const files = await openModelFiles(runFile, settings.config.model, 'listed');
  const modelConfig = await readJson(files, 'config.json');
  const { guessed: guessedColumns, ...given } = await withGuessedColumns(runFile, settings, modelConfig);
  const { environment } = given.config;
  const seeded = { ...given.config, environment: { ...environment, seed: Math.max(0, environment.seed) } };
  const { model } = modelFromConfigAlone(modelConfig, seeded);
  const material = await readMaterial(runFile, seeded, files, model);
  const { config, recipe } = carriedOut({ ...given, config: seeded }, material, model);
  const facts =
    'tables' in material ? textFacts(material, config, rows) : pictureFacts(material.pictures.training, rows);
  const none = { split: { train: 0, validation: 0 }, guessedColumns };
  try {
    const lesson = taskOf(config).open(material, config, model);
    const fitted = fitRows(lesson, reopened(model, lesson.head), config);
    const outcome = fitted.outcome();
    const { training: train, validation } = outcome.counts;
    const classes = lesson.classes();
    return {
      ...facts,
      guessedColumns,
      recipe: recipe?.text ?? null,
      problems: [...facts.problems, ...rowProblems(outcome, config)],
      split: { train, validation },
      classes: classes && classes.length > 0 ? classes : null,
      rows: fitted.firstRows(rows),
      findings: outcome.findings,
      error: errorOf(() => requireSound(fitted.prepare().findings)),
    };
  } catch (thrown) {
    return { ...facts, ...none, error: toAppError(thrown) };
  }
}

/** The report says by itself why rows cannot be read. */
function carriedOut(...given: Parameters<typeof carryOut>): Pick<ReturnType<typeof carryOut>, 'config' | 'recipe'> {
  try {
    return carryOut(...given);
  } catch {
    return { config: given[0].config, recipe: null };
  }
}

function errorOf(work: () => unknown): AppError | null {
  try {
    work();
    return null;
  } catch (thrown) {
    return toAppError(thrown);
  }
}

function textFacts({ tables, tokenizer }: NamedTexts, config: RunConfig, rows: number) {
  const template = taskOf(config).template(config);
  return {
    ...tableFacts(tables.training, rows),
    ...nothing,
    used: usedColumns(config, tables.training.columns),
    problems: tableProblems(tables, config),
    template: template && templateInWords(template, tokenizer),
  };
}

function usedColumns({ dataset }: RunConfig, columns: readonly string[]): NonNullable<DataReport['used']> {
  const { rejected_answer_column, rejected_prompt_column, label_column, problem_type } = dataset;
  const rejected = {
    preference: { rejected_answer_column, rejected_prompt_column, label_column: '' },
    'judged-answers':
      label_column === ''
        ? { rejected_answer_column, rejected_prompt_column: '', label_column }
        : { rejected_answer_column: '', rejected_prompt_column: '', label_column },
    'sentence-embeddings': {
      rejected_answer_column: everyNegative(dataset, columns),
      rejected_prompt_column: '',
      label_column: '',
    },
  }[problem_type as string] ?? { rejected_answer_column: '', rejected_prompt_column: '', label_column: '' };
  const used = Object.fromEntries(columnKeys.map((key) => [key, dataset[key]])) as NonNullable<DataReport['used']>;
  return { ...used, ...rejected };
}

/** Pictures in a folder, by their class. @throws AppError 'not-a-file' where there are none; 'pictures-missing' */
export async function folderReport(path: string, rows: number): Promise<DataReport> {
  const files = nodeFiles(path);
  if (!(await files.list()).some((file) => isPicture(file.path))) throw new AppError('not-a-file', { path });
  const pictures = await labelledPictures(files);
  const split = splitRows(pictures.length, defaultRunConfig.dataset, 0);
  return {
    ...pictureFacts({ pictures }, rows),
    split: { train: split.train.length, validation: split.validation.length },
    classes: countsOf(pictures, [...new Set(pictures.map(({ label }) => label))].sort()),
  };
}

const pictureFacts = ({ pictures }: { readonly pictures: readonly PictureFile[] }, rows: number) => ({
  format: 'pictures' as const,
  ...{ encoding: '', guessed: false, delimiter: '', columns: ['file', 'label'], recognised: null },
  rowCount: pictures.length,
  firstRows: pictures.slice(0, rows).map(({ path, label }) => [path, label]),
  ...nothing,
  problems: [] as readonly DataProblem[],
});

const countsOf = (pictures: readonly { readonly label: string }[], names: readonly string[]) =>
  names.map((name) => ({ name, count: pictures.filter(({ label }) => label === name).length }));
