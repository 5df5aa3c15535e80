/** Words and their tags, out of the cells of a row. */
import { isList, isRecord, JsonNumber, type JsonValue, jsonValues } from '../../data/json-text.ts';
import { parsePythonLiteral } from '../../data/python-literal.ts';

export interface TaggedWords {
  readonly words: readonly string[];
  /** One for each word: what it is, such as B-PER. */
  readonly tags: readonly string[];
}

/** Words and tags that do not belong together; spans whose places are not those of the text. */
export type TagsProblem = 'tags-apart' | 'spans-cut';

/**
 * The words of a row with their tags: two lists of one length (as JSON, as Python or NumPy print them, or as texts with
 * spaces), or a text with the spans that are marked in it. Else what is wrong with the cells.
 */
export function taggedWords(text: string, tags: string): TaggedWords | TagsProblem {
  const marked = markedIn(tags);
  const listed = listIn(text);
  const spans = listed === null && marked !== null ? spansOf(marked) : null;
  if (spans !== null) return wordsWithSpans(text, spans);
  const words = listed ? textsOf(listed) : spaced(text);
  const given = (marked ? textsOf(marked) : spaced(tags))?.map((tag) => tag.trim());
  const isRecordOfOthers = marked === null && isRecordText(tags.trim());
  if (isRecordOfOthers || !words || !given || words.length !== given.length || words.length === 0) return 'tags-apart';
  return given.every((tag) => tag !== '') ? { words, tags: given } : 'tags-apart';
}

const isRecordText = (text: string): boolean => text.startsWith('{') && text.endsWith('}') && text.includes(':');

/** Null for a list that cannot be read, such as one that NumPy printed with its middle left out. */
const spaced = (cell: string): string[] | null =>
  /^\s*(?:array\()?\[\s*['"[{\d]/.test(cell) ? null : cell.split(/\s+/).filter((part) => part !== '');

/** The list that a cell holds; null where it is another text. */
function listIn(cell: string): readonly JsonValue[] | null {
  const value = valueIn(cell);
  return value !== null && isList(value) ? value : null;
}

/** A list of tags or spans, or spaCy's `{"entities": spans}`. */
function markedIn(cell: string): readonly JsonValue[] | null {
  const value = valueIn(cell);
  const marked = value !== null && isRecord(value) ? value.get('entities') : value;
  return marked != null && isList(marked) ? marked : null;
}

/** The list or record that a cell holds; null where it is another text. */
function valueIn(cell: string): JsonValue {
  const text = withoutArray(cell.trim());
  if (!/^[[({]/.test(text)) return null;
  for (const read of [(json: string) => jsonValues(json), (literal: string) => [parsePythonLiteral(literal)]]) {
    try {
      const [value, ...more] = read(text);
      if (value !== undefined && more.length === 0) return value;
    } catch {
      // The other way to print a list may read it.
    }
  }
  return null;
}

/** What NumPy prints within `array(…)`, without the type behind it. */
function withoutArray(text: string): string {
  if (!text.startsWith('array(') || !text.endsWith(')')) return text;
  const inner = text.slice('array('.length, -1);
  const behind = inner.lastIndexOf(')') + 1;
  const type = inner.slice(behind).search(/,\s*dtype=/);
  return (type < 0 ? inner : inner.slice(0, behind + type)).trim();
}

const textOf = (value: JsonValue | undefined): string | null =>
  typeof value === 'string' ? value : value instanceof JsonNumber ? value.text : null;

/** Null where an item is neither text nor number. */
function textsOf(list: readonly JsonValue[]): string[] | null {
  const texts = list.flatMap((value) => textOf(value) ?? []);
  return texts.length === list.length ? texts : null;
}

interface Span {
  /** Characters, counted as Python does; `end` is behind the last. */
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/**
 * `{start, end, label}` as Prodigy, Label Studio and Hugging Face's pipelines write them, `[start, end, label]` as doccano
 * and spaCy do.
 */
function spansOf(list: readonly JsonValue[]): Span[] | null {
  const spans = list.flatMap((value) => spanOf(value) ?? []);
  return spans.length === list.length ? spans.sort((a, b) => a.start - b.start) : null;
}

/** A text, or the only one of a list, as Label Studio's `labels`. */
const single = (value: JsonValue | undefined): string | null =>
  textOf(value != null && isList(value) && value.length === 1 ? value[0] : value);

function spanOf(value: JsonValue): Span | null {
  const field = (...names: readonly string[]) =>
    isRecord(value) ? single(names.map((name) => value.get(name)).find((found) => found !== undefined)) : null;
  const [start, end, label] = isList(value)
    ? [0, 1, 2].map((index) => textOf(value[index]))
    : [
        field('start', 'start_offset'),
        field('end', 'end_offset'),
        field('label', 'labels', 'entity_group', 'entity', 'type', 'tag'),
      ];
  const name = label?.trim();
  if (start == null || end == null || !name) return null;
  const [from, to] = [Number(start), Number(end)];
  return Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to
    ? { start: from, end: to, label: name }
    : null;
}

/** A label that is a tag already, as pipelines give for each piece of a word; E-mail is none. */
const tagged = /^([BIESLU])-(?!mail)(.+)$/;

/** The tags of a span's words: the first is B-label, the others I-label. */
function tagsOf(label: string): readonly [first: string, others: string] {
  const [, , type] = tagged.exec(label) ?? [];
  return type === undefined ? [`B-${label}`, `I-${label}`] : [label, `I-${type}`];
}

/** Pieces of a word that follow each other are one span. */
interface WholeSpan extends Span {
  /** Of a label that is a tag. */
  readonly type: string | undefined;
}

/** A text's words with the tags of its spans. A span that begins or ends amid a word has wrong places. */
function wordsWithSpans(text: string, spans: readonly Span[]): TaggedWords | TagsProblem {
  let length = 0;
  const words = cutWords(text).map(({ before, word }) => {
    const start = length + [...before].length;
    length = start + [...word].length;
    return { word, start, end: length };
  });
  const cut = new Set(words.flatMap(({ word, start }) => [...word].slice(1).map((_, index) => start + 1 + index)));
  const whole: WholeSpan[] = [];
  for (const span of spans) {
    const before = whole.at(-1);
    if (before && span.start < before.end) return 'tags-apart';
    const [, mark = '', type] = tagged.exec(span.label) ?? [];
    const isNextPiece = before && cut.has(span.start) && span.start === before.end && 'IEL'.includes(mark);
    if (isNextPiece && type !== undefined && type === before.type)
      whole[whole.length - 1] = { ...before, end: span.end };
    else whole.push({ ...span, type });
  }
  const tags = words.map(() => 'O');
  const textEnd = [...text].length;
  let place = 0;
  for (const { start, end, label } of whole) {
    if (cut.has(start) || cut.has(end) || end > textEnd) return 'spans-cut';
    while (place < words.length && words[place]!.start < start) place++;
    const first = place;
    const [firstTag, others] = tagsOf(label);
    for (; place < words.length && words[place]!.end <= end; place++) tags[place] = place === first ? firstTag : others;
    if (place === first) return 'spans-cut';
  }
  return words.length === 0 ? 'tags-apart' : { words: words.map(({ word }) => word), tags };
}

/** A word of a text, with what stands before it: spaces or nothing. */
export interface CutWord {
  readonly before: string;
  readonly word: string;
}

/**
 * A running text cut into words: letters and digits that stand together, every other sign by itself. Scripts that are
 * written without spaces have a word for each character.
 */
export function cutWords(text: string): CutWord[] {
  const alone =
    '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}ー]\\p{M}*';
  const words = new RegExp(`(\\s*)(${alone}|(?:(?!${alone})[\\p{L}\\p{N}\\p{M}_])+|\\S)`, 'gu');
  // Spaces before no word would be tried from each of them.
  return Array.from(text.trimEnd().matchAll(words), ([, before, word]) => ({ before: before!, word: word! }));
}

/** What is asked about: a list of words as it is, else a text that is cut. */
export function askedWords(text: string): CutWord[] {
  const listed = listIn(text);
  const words = listed && textsOf(listed);
  return words ? words.map((word, index) => ({ before: index === 0 ? '' : ' ', word })) : cutWords(text);
}
