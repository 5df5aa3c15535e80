import { AppError, because, type Reason } from '../errors.ts';
import type { ModelFiles } from '../files/source.ts';
import { unzipFiles } from '../files/unzip.ts';
import { dayText, type NumberFormat, numberFormat, plainNumber } from './number-format.ts';
import {
  OutOfSheet,
  readRelationships,
  readSharedStrings,
  readSheet,
  readStyles,
  readWorkbook,
  type Sheet,
  type SheetCell,
} from './spreadsheet-xml.ts';
import type { ProblemKind, TableBuilder } from './table.ts';

/** Excel keeps so many digits of a number. */
const excelDigits = 15;

/**
 * Reads the first sheet of an Excel file (.xlsx) that is not hidden; the first row that is not empty is the header. Formulas
 * give the values that they had when the file was saved; days and times are read by the cell's format, other numbers as they
 * are kept (25% is 0.25), with the zeros before them that a format of zeros alone asks for. Errors, formulas without a value, merged and hidden rows and other sheets are noted.
 * @throws AppError 'table-invalid'
 */
export async function readExcel(blob: Blob, file: string, builder: TableBuilder): Promise<void> {
  const { sheet, reading, others } = await opened(blob, file);
  let places: readonly number[] | null = null;
  for (const { number, hidden, cells } of sheet.rows) {
    const notes = new Set<ProblemKind>();
    const texts = Array.from(cells, (cell) => (cell ? cellText(cell, reading, (kind) => notes.add(kind)) : ''));
    if (hidden) notes.add('hidden-row');
    for (const kind of notes) builder.note(number, kind);
    if (texts.every((text) => text.trim() === '')) continue;
    if (places) builder.add(number, texts, places);
    else places = builder.header(texts);
  }
  for (const row of mergedRows(sheet)) builder.note(row, 'merged');
  for (const { name, count } of others) builder.noteTable('other-sheet', name, count);
}

/** What the cells of a sheet refer to. */
interface Reading {
  readonly strings: readonly string[];
  readonly formats: readonly NumberFormat[];
  readonly from1904: boolean;
}

async function opened(blob: Blob, file: string) {
  try {
    const files = await unzipFiles(blob, file);
    const text = async (path: string) => ((await files.has(path)) ? files.text(path) : '<none/>');
    const root = await mainPart(files);
    const folder = root.slice(0, root.lastIndexOf('/') + 1);
    const { sheets, from1904 } = readWorkbook(await files.text(root));
    const targets = readRelationships(await text(`${folder}_rels/${root.slice(folder.length)}.rels`));
    const xmlOf = async (relation: string) => text(pathOf(folder, targets.get(relation) ?? ''));
    const chosen = sheets.find(({ hidden }) => !hidden) ?? sheets[0];
    if (!chosen) throw new Error('it has no sheet');
    const sheet = readSheet(await xmlOf(chosen.relation));
    const named = (ending: string) =>
      [...targets.values()].find((target) => target.toLowerCase().endsWith(ending)) ?? '';
    const reading: Reading = {
      strings: readSharedStrings(await text(pathOf(folder, named('sharedstrings.xml')))),
      formats: readStyles(await text(pathOf(folder, named('styles.xml')))).map(numberFormat),
      from1904,
    };
    const others: { name: string; count: number }[] = [];
    for (const { name, relation } of sheets.filter((each) => each !== chosen)) {
      const count = (await xmlOf(relation)).match(/<(\w+:)?row\b/g)?.length ?? 0;
      if (count > 0) others.push({ name, count });
    }
    return { sheet, reading, others };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('table-invalid', { file, reason: reasonOf(cause) ?? reason }, { cause });
  }
}

const reasonOf = (cause: unknown): Reason | null =>
  cause instanceof OutOfSheet ? because`cells stand outside the sheet` : null;

/** Where the workbook lies: nearly always in xl/workbook.xml. */
async function mainPart(files: ModelFiles): Promise<string> {
  const usual = 'xl/workbook.xml';
  if (await files.has(usual)) return usual;
  const targets = readRelationships(await files.text('_rels/.rels'));
  return pathOf('', [...targets.values()].find((target) => /workbook\d*\.xml$/i.test(target)) ?? usual);
}

/** Targets are relative to the folder of the part that names them, or begin with a bar. */
const pathOf = (folder: string, target: string): string =>
  target.startsWith('/') ? target.slice(1) : `${folder}${target}`;

function cellText(
  { type, style, value, hasFormula }: SheetCell,
  { strings, formats, from1904 }: Reading,
  note: (kind: ProblemKind) => void,
): string {
  if (type === 'e') note('error-cell');
  // openpyxl writes an empty value; a formula whose value is an empty text says that it is a text.
  const hasNone = value === null || (value === '' && type !== 'str');
  if (hasNone && hasFormula) note('no-value');
  if (value === null || hasNone || type === 'e') return '';
  if (type === 's') return strings[Number(value)] ?? '';
  if (type === 'b') return value === '1' ? 'true' : 'false';
  if (type === 'd')
    return value
      .replace('T', ' ')
      .replace(/(\.0+)?Z?$/, '')
      .replace(/ 00:00:00$/, '');
  if (type !== 'n') return value;
  const { kind, digits } = formats[style] ?? plainNumber;
  const serial = Number(value);
  if (value.trim() === '' || Number.isNaN(serial)) return value;
  const day = kind === 'number' ? null : dayText(serial, kind, from1904);
  if (day !== null) return day;
  if (/^-?\d+$/.test(value)) return value.replace(/\d+/, (found) => found.padStart(digits, '0'));
  if (!Number.isInteger(serial)) return String(serial);
  if (Math.abs(serial) >= 10 ** excelDigits) note('long-number');
  return String(BigInt(serial));
}

/** Rows with cells that are merged into others. */
function mergedRows({ merged, rows: read }: Sheet): number[] {
  const lastRow = read.at(-1)?.number ?? 0;
  const rows = new Set<number>();
  for (const reference of merged) {
    const [first = 0, last = first] = reference.split(':').map((cell) => Number(cell.replace(/\D/g, '')));
    for (let row = first; row <= Math.min(last, lastRow); row++) rows.add(row);
  }
  return [...rows].sort((a, b) => a - b);
}
