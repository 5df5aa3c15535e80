/** What the data step shows of a file, or of a run's files, as plain data. */
import { exampleRows, type RecognisedColumns, recogniseColumns } from '../data/columns.ts';
import { gathered } from '../data/examples.ts';
import { isPicture, labelledPictures, type PictureFile } from '../data/pictures.ts';
import { splitRows } from '../data/split.ts';
import type { Table } from '../data/table.ts';
import { AppError, toAppError } from '../errors.ts';
import { readJson } from '../files/source.ts';
import type { Model } from '../models/model.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import {
  classesOf,
  firstRows,
  type RowProblem,
  type RowView,
  rowProblems,
  rowViewer,
} from '../training/data-preview.ts';
import { pictureLabels, readingOf, runLabels } from '../training/labelled-data.ts';
import { freePositions } from '../training/lengths.ts';
import { openTokenizer } from '../training/open-model.ts';
import { modelFromConfigAlone } from '../training/plan-run.ts';
import { builder, type LabelReading, prepareData, rowsToEncode } from '../training/prepare-data.ts';
import { choosePictures, requirePictureBatches } from '../training/prepare-pictures.ts';
import { defaultRunConfig, type RunConfig } from '../training/run-config.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { type DataProblem, tableProblems, templateInWords } from './data-words.ts';
import { nodeFiles } from './node-files.ts';
import { readPictureTables } from './node-pictures.ts';
import { openModelFiles } from './run-files.ts';
import { type NamedTables, readRunTables } from './run-tables.ts';

const columnKeys = [
  ...(['problem_type', 'prompt_column', 'answer_column', 'messages_column'] as const),
  ...(['system_column', 'parent_id_column', 'id_column'] as const),
] as const;

export interface DataReport {
  readonly format: string;
  /** WHATWG name; empty for formats that are no text. */
  readonly encoding: string;
  /** Nothing in the file says that it is this encoding. */
  readonly guessed: boolean;
  readonly delimiter: string;
  readonly columns: readonly string[];
  /** What the columns look like. */
  readonly recognised: RecognisedColumns | null;
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
  const split = splitRows(table.rows.length, dataset, 0);
  const isMapped = answer_column !== '' || config.dataset.messages_column !== '';
  const { problems, isKept } = isMapped ? emptyAnswers(table, config.dataset) : { problems: [], isKept: () => true };
  const counts = { train: split.train.filter(isKept).length, validation: split.validation.filter(isKept).length };
  return { ...facts, problems: [...table.problems, ...problems], split: counts, ...nothing };
}

const nothing = { used: null, classes: null, template: null, rows: [], error: null } as const;

/** Rows of which nothing could be learned, whatever the model. */
function emptyAnswers(table: Table, dataset: RunConfig['dataset']) {
  const rows = exampleRows(table, dataset);
  const built = rows.map(({ unreadable, answer }) =>
    unreadable ? { problem: unreadable } : answer.trim() === '' ? ({ problem: 'no-answer' } as const) : {},
  );
  const outcome = { trainExamples: gathered(built), trainRows: rows, validationExamples: gathered([]), heldRows: [] };
  const problems: RowProblem[] = rowProblems(outcome, { dataset: { ...dataset, validation_strategy: 'none' } });
  return { problems, isKept: (row: number) => !('problem' in built[row]!) };
}

function tableFacts(table: Table, rows: number) {
  const { format, encoding, delimiter, columns } = table;
  return {
    ...{ format, encoding, delimiter, columns },
    guessed: table.encodingGuessed,
    recognised: recogniseColumns(columns, table.rows.slice(0, recognisedBy)),
    rowCount: table.rows.length,
    firstRows: table.rows.slice(0, rows),
  };
}

/** Rows that columns are recognised by, as in the page. */
const recognisedBy = 20;

/**
 * What a run would make of its files. Seed −1 shows one of the splits that may come.
 * @throws AppError where its tables or its model cannot be opened; what else stops a run is in the report
 */
export async function runReport(runFile: string, given: RunConfig, rows: number): Promise<DataReport> {
  const { environment } = given;
  const config = { ...given, environment: { ...environment, seed: Math.max(0, environment.seed) } };
  const files = await openModelFiles(runFile, config.model, 'listed');
  const modelConfig = await readJson(files, 'config.json');
  const { model } = modelFromConfigAlone(modelConfig, config);
  if (config.dataset.problem_type === 'image-classification') return pictureReport(runFile, config, model, rows);
  const tables = await readRunTables(runFile, config);
  return textReport(tables, await openTokenizer(files), config, model, rows);
}

function textReport(
  tables: NamedTables,
  tokenizer: Tokenizer,
  config: RunConfig,
  model: Model,
  rows: number,
): DataReport {
  const { training } = tables;
  const facts = {
    ...tableFacts(training, rows),
    ...nothing,
    used: usedColumns(config),
    problems: tableProblems(tables),
    split: { train: 0, validation: 0 },
  };
  const { problem_type, prompt_template } = config.dataset;
  const template = problem_type === 'instruction' ? templateInWords(prompt_template, tokenizer) : null;
  try {
    const labels = runLabels(config, tables, model.config);
    const reading = readingOf(model, labels);
    const positions = positionsOf(model, config);
    const found = outcome(tables, tokenizer, config, positions, reading);
    return {
      ...facts,
      template,
      problems: [...facts.problems, ...found.problems],
      split: found.split,
      classes: labels && labels.names.length > 0 ? classesOf(training, config, labels) : null,
      rows: firstRows(training, config, rows).flatMap(rowViewer(tokenizer, config, positions, reading)),
      error: found.error,
    };
  } catch (thrown) {
    return { ...facts, template, error: toAppError(thrown) };
  }
}

const usedColumns = ({ dataset }: RunConfig): NonNullable<DataReport['used']> =>
  Object.fromEntries(columnKeys.map((key) => [key, dataset[key]])) as NonNullable<DataReport['used']>;

/** The places left for a row beside an adapter's own; a tuning that cannot be resolved is no matter of the data. */
function positionsOf(model: Model, config: RunConfig): number {
  try {
    return freePositions(model, resolveTuning(model, config.tuning, config.training.learning_rate), config);
  } catch {
    return model.tablePositions;
  }
}

/** What becomes of every row, and whether a run could begin with what is left. */
function outcome(
  tables: NamedTables,
  tokenizer: Tokenizer,
  config: RunConfig,
  positions: number,
  reading: LabelReading | null,
) {
  const chosen = rowsToEncode(tables, config, positions);
  const build = builder(tokenizer, config, positions, reading);
  const encoded = { training: chosen.training.map(build), validation: chosen.validation.map(build) };
  const [trainExamples, validationExamples] = [gathered(encoded.training), gathered(encoded.validation)];
  const rows = { trainExamples, trainRows: chosen.training, validationExamples, heldRows: chosen.validation };
  const split = { train: trainExamples.examples.length, validation: validationExamples.examples.length };
  let error: AppError | null = null;
  try {
    prepareData(tables, tokenizer, config, positions, reading, encoded);
  } catch (thrown) {
    error = toAppError(thrown);
  }
  return { problems: rowProblems(rows, config), split, error };
}

/** Pictures in a folder, by their class. @throws AppError 'not-a-file' where there are none; 'pictures-missing' */
export async function folderReport(path: string, rows: number): Promise<DataReport> {
  const files = nodeFiles(path);
  if (!(await files.list()).some((file) => isPicture(file.path))) throw new AppError('not-a-file', { path });
  const pictures = await labelledPictures(files);
  const split = splitRows(pictures.length, defaultRunConfig.dataset, 0);
  return {
    ...pictureFacts(pictures, rows),
    split: { train: split.train.length, validation: split.validation.length },
    classes: countsOf(pictures, [...new Set(pictures.map(({ label }) => label))].sort()),
  };
}

const pictureFacts = (pictures: readonly Pick<PictureFile, 'path' | 'label'>[], rows: number) => ({
  ...{ format: 'pictures', encoding: '', guessed: false, delimiter: '', columns: ['file', 'label'], recognised: null },
  rowCount: pictures.length,
  firstRows: pictures.slice(0, rows).map(({ path, label }) => [path, label]),
  ...nothing,
  problems: [],
});

const countsOf = (pictures: readonly { readonly label: string }[], names: readonly string[]) =>
  names.map((name) => ({ name, count: pictures.filter(({ label }) => label === name).length }));

/** Pictures are all decoded, as a run does: one that cannot be read stops it. */
async function pictureReport(runFile: string, config: RunConfig, model: Model, rows: number): Promise<DataReport> {
  const { training, validation } = await readPictureTables(runFile, config, model);
  const { pictures } = training;
  const facts = pictureFacts(pictures, rows);
  try {
    const { names } = pictureLabels(config, pictures, model);
    const chosen = choosePictures(pictures.length, validation?.pictures.length ?? null, config);
    const split = { train: chosen.training.length, validation: chosen.validation.length };
    requirePictureBatches(split.train, config, model.image!);
    return { ...facts, split, classes: countsOf(pictures, names) };
  } catch (thrown) {
    return { ...facts, split: { train: 0, validation: 0 }, error: toAppError(thrown) };
  }
}
