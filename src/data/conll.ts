import { AppError } from '../errors.ts';
import type { TableBuilder } from './table.ts';

const comment = /^#\s.*=/;
const tag = /^(?:O|[BIESLU]-\S+)$/;
/** Between documents. */
const docStart = '-DOCSTART-';

/**
 * Columns stand between tabs, else between blanks; other spaces of Unicode belong to words. Among lines with tabs a line
 * with blanks alone has columns where a tag ends it; else it is a word that lacks its tag.
 */
function columnsOf(text: string, tabbed: boolean): string[] {
  const line = text.replace(/(?<![ \t])[ \t]+$/, '');
  if (line.includes('\t')) return line.split('\t').map((cell) => cell.replace(/^ +|(?<! ) +$/g, '') || cell);
  const parts = line.replace(/^ +/, '').split(/ +/);
  return tabbed && !tag.test(parts.at(-1)!) ? [line] : parts;
}

/** Of so many lines one may lack its tag, so that it is listed and not the whole file read as another format. */
const linesPerFlaw = 50;

/**
 * Whether a text without an ending of its own is such a file: its lines end with a tag such as O or B-PER, and empty ones
 * stand between them. A header, or any line that ends otherwise, says that it is not.
 * @param isText of lines, not a table: tags with B- are enough
 */
export function looksLikeConll(text: string, isText: boolean): boolean {
  const lines = text.split('\n').slice(0, -1);
  const found = lines.map((line) => columnsOf(line, false)).filter(([first]) => first !== docStart && first !== '#');
  const words = found.filter((parts) => parts.some((part) => part.trim() !== ''));
  const ends = words.flatMap((parts) => (parts.length > 1 ? parts.at(-1)! : []));
  const flaws = words.length - ends.length;
  const isGapped = found.indexOf(words.at(-1)!) > words.length - 1;
  return (
    words.length > 1 &&
    words[0]!.length > 1 &&
    flaws * linesPerFlaw <= words.length &&
    ends.every((end) => tag.test(end)) &&
    (isGapped ? ends.some((end) => end !== 'O') : isText && ends.some((end) => end.startsWith('B-')))
  );
}

interface Line {
  readonly number: number;
  readonly text: string;
}

interface Row {
  readonly number: number;
  readonly columns: readonly string[];
}

/** The lines of a sentence in columns, without lines between documents and comments before the first word. */
function rowsOf(lines: readonly Line[]): Row[] {
  const tabbed = lines.some(({ text }) => text.includes('\t') && !text.startsWith('#'));
  const rows = lines.map(({ number, text }) => ({ number, columns: columnsOf(text, tabbed) }));
  return rows.filter(({ columns }) => columns[0] !== docStart);
}

/** CoNLL-U's ranges of words and empty nodes: `1-2`, `8.1`. */
const betweenNumbers = /^\d+[-.]\d+$/;

/** In a file whose first column counts, lines that begin with # are comments. */
const counted = (rows: readonly Row[]): Row[] =>
  rows.filter(({ columns: [first = ''] }) => !first.startsWith('#') && !betweenNumbers.test(first));

/** Whether the first column is a whole number that goes up by one from word to word, with a word and a tag behind it. */
const counts = (rows: readonly Row[]): boolean =>
  rows.every(
    ({ columns }, place) =>
      /^\d+$/.test(columns[0]!) && Number(columns[0]) === Number(rows[0]!.columns[0]) + place && columns.length > 2,
  );

/** Sentences by which it is decided whether the first column counts. */
const firstSentences = 100;

/** Whether the file's first column counts: it does in most of its first sentences of several words. */
function hasCounter(sentences: readonly (readonly Line[])[]): boolean {
  const found = sentences.map((lines) => counted(rowsOf(lines))).filter((rows) => rows.length > 1);
  return 2 * found.filter(counts).length > found.length;
}

/**
 * Reads CoNLL files: a word a line with its tags behind it; an empty line ends a sentence. The first column is the word
 * and the last one its tag, as in those of the shared tasks of 2002 and 2003 and of WNUT; where the first column counts the
 * words, as in CoNLL-U and GermEval, the next one is the word. Lines between documents (`-DOCSTART-`) and comments
 * (`# key = value`; with a counter all that begin with #) are left out. A sentence is a row, counted by its first line,
 * with its words and tags as JSON lists; one with a line that does not fit is left out, and that line listed.
 * @throws AppError 'conll-apart' where this is so of all sentences
 */
export async function readConll(lines: AsyncIterable<string>, file: string, builder: TableBuilder): Promise<void> {
  const places = builder.places(['tokens', 'tags']);
  const waiting: Line[][] = [];
  let counter: boolean | null = null;
  let sentence: Line[] = [];
  let apart: number | undefined;
  const add = (lines: readonly Line[]) => {
    const found = addSentence(lines, counter === true, builder, places);
    apart ??= found?.number;
  };
  const decide = () => {
    counter = hasCounter(waiting);
    waiting.forEach(add);
  };
  const end = () => {
    if (sentence.length > 0 && counter === null) waiting.push(sentence);
    else if (sentence.length > 0) add(sentence);
    sentence = [];
    if (counter === null && waiting.length === firstSentences) decide();
  };
  let number = 0;
  for await (const text of lines) {
    number++;
    if (text.trim() === '') end();
    else if (sentence.length > 0 || !comment.test(text)) sentence.push({ number, text });
  }
  end();
  if (counter === null) decide();
  if (apart !== undefined && builder.rowCount === 0) throw new AppError('conll-apart', { file, row: apart });
}

/** Adds a sentence as a row. @returns the line that does not fit, for which it is left out */
function addSentence(
  lines: readonly Line[],
  counter: boolean,
  builder: TableBuilder,
  places: readonly number[],
): Row | undefined {
  const rows = counter ? counted(rowsOf(lines)) : rowsOf(lines);
  if (rows.length === 0) return undefined;
  const word = counter ? 1 : 0;
  const width = rows[0]!.columns.length;
  const apart =
    rows.find(({ columns }) => columns.length < word + 2 || columns[word] === '') ??
    rows.find(({ columns }) => columns.length !== width) ??
    (counter && !counts(rows) ? rows[0] : undefined);
  if (apart) {
    builder.note(apart.number, 'sentence-apart');
    return apart;
  }
  const cells = [rows.map(({ columns }) => columns[word]), rows.map(({ columns }) => columns.at(-1))];
  builder.add(
    rows[0]!.number,
    cells.map((cell) => JSON.stringify(cell)),
    places,
  );
  return undefined;
}
