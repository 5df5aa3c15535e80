/**
 * Pre-tokenizers of tokenizer.json as the `tokenizers` library (Rust) cuts. The library in use knows ASCII digits and word
 * characters only, keeps runs of punctuation together, takes JavaScript's spaces (with U+FEFF, without U+0085), and has
 * three of the five behaviours of a split.
 */
import { cachedByWord } from './word-cache.ts';

type Cut = (text: string, options?: { readonly section_index: number }) => string[];
type Behavior = 'removed' | 'isolated' | 'contiguous' | 'mergedwithprevious' | 'mergedwithnext';

interface Piece {
  readonly text: string;
  readonly isMatch: boolean;
}

/** A text in the matches of a pattern and what lies between them. */
function pieces(text: string, pattern: RegExp, invert: boolean): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    if (index > from) found.push({ text: text.slice(from, index), isMatch: invert });
    if (match !== '') found.push({ text: match, isMatch: !invert });
    from = index + match.length;
  }
  if (from < text.length) found.push({ text: text.slice(from), isMatch: invert });
  return found;
}

/** The matches of a pattern and what lies between them, whichever is which. */
function isolated(text: string, pattern: RegExp): string[] {
  const found: string[] = [];
  let from = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    if (index > from) found.push(text.slice(from, index));
    if (match !== '') found.push(match);
    from = index + match.length;
  }
  if (from < text.length) found.push(text.slice(from));
  return found;
}

/** Which of two neighbours are one piece. */
const joins: Readonly<Record<Behavior, (left: Piece, right: Piece) => boolean>> = {
  removed: () => false,
  isolated: () => false,
  contiguous: (left, right) => left.isMatch === right.isMatch,
  mergedwithprevious: (left, right) => right.isMatch && !left.isMatch,
  mergedwithnext: (left, right) => left.isMatch && !right.isMatch,
};

function split(text: string, pattern: RegExp, behavior: Behavior, invert = false): string[] {
  if (behavior === 'isolated') return isolated(text, pattern);
  const all = pieces(text, pattern, invert);
  if (behavior === 'removed') return all.flatMap((piece) => (piece.isMatch ? [] : [piece.text]));
  const cut: string[] = [];
  all.forEach((piece, index) => {
    const left = all[index - 1];
    if (left && joins[behavior](left, piece)) cut[cut.length - 1] += piece.text;
    else cut.push(piece.text);
  });
  return cut;
}

const punctuation = '\\p{P}!-\\/:-@\\[-`\\{-~';
const everySpace = /\p{White_Space}+/gu;
const everyPunctuation = new RegExp(`[${punctuation}]`, 'gu');
const everyNumber = /\p{N}/gu;
const word = '[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]';
const wordOrOther = new RegExp(
  `${word}+|[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}\\p{White_Space}]+`,
  'gu',
);
/** GPT-2's pattern (encoder.py), with Unicode's spaces. */
const gpt2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

interface Config {
  readonly type?: string;
  readonly behavior?: string;
  readonly invert?: boolean;
  readonly pattern?: { readonly String?: string };
  readonly individual_digits?: boolean;
  readonly add_prefix_space?: boolean;
  readonly use_regex?: boolean;
  readonly length?: number;
  readonly pretokenizers?: readonly Config[];
}

/** What is touched of the library's pre-tokenizers. */
export interface LibraryPreTokenizer {
  pattern?: RegExp;
  pre_tokenize_text: Cut;
  pre_tokenize(text: string | readonly string[], options: { readonly section_index: number }): string[];
  /** Of a ByteLevel: its two halves. */
  byteLevel?: ByteLevel;
  /** Of a ByteLevel: the character that stands for each byte. */
  readonly byte_encoder?: Readonly<Record<number, string>>;
  readonly tokenizers?: readonly (LibraryPreTokenizer | null)[];
}

const behaviorOf = ({ behavior = 'isolated' }: Config): Behavior => behavior.toLowerCase() as Behavior;

/** What cuts as Rust does; null where the library does so itself. */
function exactCut(config: Config, library: LibraryPreTokenizer): Cut | null {
  switch (config.type) {
    case 'ByteLevel': {
      const characters = Array.from({ length: 256 }, (_, byte) => library.byte_encoder![byte]!);
      library.byteLevel = byteLevel(config, characters);
      const { cut, written } = library.byteLevel;
      return (text) => cut(text).map(written);
    }
    case 'Digits':
      return (text) => split(text, everyNumber, config.individual_digits ? 'isolated' : 'contiguous');
    case 'Punctuation':
      return (text) => split(text, everyPunctuation, behaviorOf(config));
    case 'Whitespace':
      return (text) => split(text, wordOrOther, 'removed', true);
    case 'WhitespaceSplit':
      return (text) => split(text, everySpace, 'removed');
    case 'BertPreTokenizer':
      return (text) => split(text, everySpace, 'removed').flatMap((each) => split(each, everyPunctuation, 'isolated'));
    case 'FixedLength':
      return (text) => Array.from(text.matchAll(new RegExp(`.{1,${config.length ?? 5}}`, 'gsu')), ([piece]) => piece);
    case 'Split': {
      const literal = config.pattern?.String?.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
      const pattern = literal === undefined ? library.pattern! : new RegExp(literal, 'gu');
      return (text) => split(text, pattern, behaviorOf(config), config.invert ?? false);
    }
    default:
      return null;
  }
}

interface ByteLevel {
  cut(text: string): string[];
  /** A piece with a character for each byte. */
  written(piece: string): string;
}

/** As the library cuts, but that the bytes of a piece are written once: they took half the time of encoding. */
function byteLevel({ add_prefix_space = false, use_regex = true }: Config, characters: readonly string[]): ByteLevel {
  const encoder = new TextEncoder();
  const written = cachedByWord((piece) => {
    let text = '';
    for (const byte of encoder.encode(piece)) text += characters[byte];
    return text;
  });
  const cut = (text: string): string[] => {
    const whole = add_prefix_space && !text.startsWith(' ') ? ` ${text}` : text;
    return use_regex ? (whole.match(gpt2) ?? []) : [whole];
  };
  return { cut, written };
}

/**
 * What a pre-tokenizer of the library does, in two: the words of a section of a text, and how the model meets a word.
 * @param part refined (`refinePreTokenizer`)
 */
export function cutsOf(part: LibraryPreTokenizer | null): {
  cut(section: string, index: number): readonly string[];
  written(word: string): string;
} {
  const asIs = (word: string) => word;
  if (part === null) return { cut: (section) => [section], written: asIs };
  const { byteLevel, tokenizers } = part;
  if (byteLevel) return byteLevel;
  const last = tokenizers?.at(-1)?.byteLevel;
  if (!tokenizers || !last)
    return { cut: (section, section_index) => part.pre_tokenize(section, { section_index }), written: asIs };
  const before = tokenizers.slice(0, -1).filter((each) => each !== null);
  return {
    cut(section, section_index) {
      let pieces: readonly string[] = [section];
      for (const each of before) pieces = each.pre_tokenize(pieces, { section_index });
      return pieces.length === 1 ? last.cut(pieces[0]!) : pieces.flatMap(last.cut);
    },
    written: last.written,
  };
}

/** Makes a pre-tokenizer of the library cut exactly. @param config its section of tokenizer.json */
export function refinePreTokenizer(config: unknown, library: unknown): void {
  if (!config || !library) return;
  const [section, part] = [config as Config, library as LibraryPreTokenizer];
  part.tokenizers?.forEach((each, index) => {
    refinePreTokenizer(section.pretokenizers?.[index], each);
  });
  const cut = exactCut(section, part);
  if (cut) part.pre_tokenize_text = cut;
}
