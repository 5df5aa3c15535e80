import { stat } from 'node:fs/promises';
import { AppError, fillTemplate, type Reason } from '../errors.ts';
import type { RowView } from '../tasks/prepared.ts';
import { taskOf } from '../tasks/registry.ts';
import { isSettingsText } from '../training/config/config-files/read.ts';
import { dataWords } from '../ui/text/en-data.ts';
import { parseArguments, required, wholeNumber } from './arguments.ts';
import { type DataReport, fileReport, folderReport, runReport } from './data-report.ts';
import { findingLines, problemInWords, problemLines } from './data-words.ts';
import { missingFile } from './print.ts';
import { readRunSettings, readText } from './run-files.ts';
import { readTableFile } from './run-tables.ts';

export const dataUsage = `studio data RUN.json|FILE [--json] [--rows N]
  What the data step shows: format, encoding, columns, every problem with its rows, the split, and the first N rows (5)
  as tokens, each learned or only read. Of a table alone: the columns as they are guessed, without tokens.
  Ends with 0 where problems are listed, with 1 where no run could start.`;

export async function data(argv: readonly string[]): Promise<void> {
  const { positionals, options } = parseArguments(argv, { json: 'flag', rows: 'text' });
  const path = required(positionals[0], 'RUN.json or a data file');
  const rows = options.rows === undefined ? 5 : wholeNumber(options.rows, '--rows');
  const report = await reportOf(path, rows);
  console.log(options.json ? JSON.stringify(reportJson(report), null, 2) : reportText(report).join('\n'));
  if (report.error) throw report.error;
}

async function reportOf(path: string, rows: number): Promise<DataReport> {
  const found = await stat(path).catch((cause: unknown) => {
    throw missingFile(path, cause);
  });
  if (found.isDirectory()) return folderReport(path, rows);
  if (await isSettings(path, found.size)) return runReport(path, await readRunSettings(path), rows);
  return fileReport(await readTableFile(path), rows);
}

/** Largest file that is looked into for settings; a table of JSON may be gigabytes. */
const largestSettings = 1 << 20;

async function isSettings(path: string, size: number): Promise<boolean> {
  if (/\.ya?ml$/i.test(path)) return true;
  return /\.json$/i.test(path) && size <= largestSettings && isSettingsText(await readText(path));
}

/** The report as documented; token pieces are the text that each token completes. */
function reportJson({ problems, findings, rows, error, ...report }: DataReport) {
  return {
    ...report,
    problems: problems.map((problem) => ({
      code: problem.kind,
      ...('column' in problem ? { column: problem.column } : {}),
      of: problem.validation ? 'validation' : 'training',
      count: problem.count,
      rows: problem.rows,
      text: problemInWords(problem),
    })),
    findings: findings.map(({ code, params, blocks }) => ({ code, blocks, text: new AppError(code, params).message })),
    rows: rows.map(({ number, tokens, ...row }) => ({
      row: number,
      ids: tokens.map(({ id }) => id),
      learned: tokens.map(({ learned }) => learned),
      pieces: tokens.map(({ text }) => text),
      ...(tokens.some(({ isSecond }) => isSecond) ? { second: tokens.map(({ isSecond = false }) => isSecond) } : {}),
      ...row,
    })),
    error: error && { code: error.code, text: error.message },
  };
}

/** How the rows of a format are counted. */
const rowCounting: Readonly<Record<DataReport['format'], string>> = {
  csv: 'as a spreadsheet counts them: the header is row 1 where nothing stands above it',
  excel: 'as the spreadsheet counts them: the header is row 1 where nothing stands above it',
  text: 'by lines, from 1',
  jsonl: 'by lines, from 1',
  conll: 'by lines, from 1: a sentence by its first one',
  json: 'by entries, from 1',
  parquet: 'by entries, from 1',
  pictures: 'by pictures, from 1',
};

function reportText(report: DataReport): string[] {
  const { format, rowCount, columns, problems, findings, split, classes, template, rows, firstRows } = report;
  const line = (name: string, value: string) => `${name.padEnd(10)}${value}`;
  return [
    ...(report.recipe === null ? [] : [line('Recipe', report.recipe)]),
    line('Format', formatInWords(report)),
    line('Rows', `${rowCount}, numbered ${rowCounting[format]}`),
    line('Columns', columns.join(', ')),
    ...report.guessedColumns,
    ...meaningOf(report).map((meaning) => line('', meaning)),
    ...(template ? [template] : []),
    line('Split', dataWords.splitRows(String(split.train), String(split.validation))),
    ...(classes ?? []).map(({ name, count }) => line('Class', `${name}: ${count}`)),
    ...(problems.length === 0 ? ['No problems.'] : problemLines(problems)),
    ...findingLines(findings),
    ...(rows.length > 0 ? rows.flatMap(rowInWords) : firstRows.map((cells) => `  ${JSON.stringify(cells)}`)),
  ];
}

function formatInWords({ format, encoding, guessed, delimiter }: DataReport): string {
  const parts = [
    dataWords.formats[format] ?? format,
    encoding && `${encoding}${guessed ? ' (guessed: nothing in the file says so)' : ''}`,
    delimiter && `delimiter ${dataWords.delimiters[delimiter] ?? JSON.stringify(delimiter)}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** What the columns are used for, or look like. */
function meaningOf({ recognised, used }: DataReport): string[] {
  const meaning = used ?? recognised;
  if (!meaning) return [];
  const { prompt_column, answer_column, problem_type, ...others } = meaning;
  const answer = taskOf({ dataset: { problem_type } }).learned(problem_type);
  const whole = others.messages_column !== '' && answer === 'answer';
  const uses: (readonly [use: string, column: string])[] = [
    ['prompt', whole || answer === 'text' ? '' : prompt_column.join(', ')],
    [answer, whole ? '' : (answer_column ?? '')],
    ...Object.entries(others).flatMap(([key, column]) =>
      typeof column === 'string' ? [[key.replace('_column', ''), column] as const] : [],
    ),
  ];
  const named = uses.filter(([, column]) => column !== '');
  if (named.length === 0) return ['none is recognised: name them in dataset.prompt_column and dataset.answer_column'];
  const why = (column: string) =>
    column.split(', ').flatMap((name) => (recognised?.reasons[name] ? [reasonInWords(recognised.reasons[name])] : []));
  const guessed = (column: string) => (used ? '' : ` (guessed: ${[...new Set(why(column))].join(', ')})`);
  return named.map(([use, column]) => `${use}: ${column}${guessed(column)}`);
}

const reasonInWords = ({ text, values }: Reason): string => fillTemplate(text, values);

/** The tokens of a row in runs of what is learned and what is only read, of a pair its second text apart, each as its id and its text. */
function rowInWords({ number, tokens, truncated, leftOut, label }: RowView): string[] {
  const learned = tokens.filter((token) => token.learned).length;
  const notes = [truncated && dataWords.cut, leftOut && dataWords.leftOut, label !== undefined && `label ${label}`];
  const head = [`${tokens.length} tokens, ${learned} learned`, ...notes.filter((note) => note !== false)];
  const runs: { kind: string; words: string[] }[] = [];
  for (const { id, text, learned, isSecond } of tokens) {
    const kind = learned ? 'learned' : isSecond ? 'second' : 'read';
    if (runs.at(-1)?.kind !== kind) runs.push({ kind, words: [] });
    runs.at(-1)!.words.push(`${id} ${JSON.stringify(text)}`);
  }
  return [
    `${dataWords.tokenRow(String(number))}: ${head.join(', ')}`,
    ...runs.flatMap(({ kind, words }) =>
      wrapped(words).map((text, index) => `  ${(index > 0 ? '' : kind).padEnd(9)}${text}`),
    ),
  ];
}

/** Words put into lines of about a hundred characters. */
function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 100) lines[lines.length - 1] = `${last}  ${word}`;
    else lines.push(word);
  }
  return lines;
}
