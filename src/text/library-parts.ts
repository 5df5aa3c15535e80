import { type LibraryAddedTokens, refineAddedTokens } from './added-tokens.ts';
import { type Charsmap, createCharsmap } from './charsmap.ts';
import { createMerger } from './merges.ts';
import { refinePreTokenizer } from './pre-tokenizers.ts';
import { createUnigram, type UnigramPiece } from './unigram.ts';

/**
 * Parts of the tokenizer library that only come near what the Python library does, replaced by exact ones: normalizers
 * (`refineNormalizer`), pre-tokenizers (pre-tokenizers.ts), added tokens (added-tokens.ts), and Unigram's byte fallback (it
 * has none). And what a converted SentencePiece model says beyond
 * tokenizer.json: which pieces text may match (`matched`), and which are never cut (`whole`).
 */

/**
 * A pre-tokenizer of tokenizer.json in which Metaspace cuts before each ▁ where it is to, which the library leaves out:
 * pieces must not reach over a space.
 */
export function withWordsCut(preTokenizer: unknown): unknown {
  if (typeof preTokenizer !== 'object' || preTokenizer === null) return preTokenizer;
  const { type, split, pretokenizers } = preTokenizer as { type?: unknown; split?: unknown; pretokenizers?: unknown };
  if (Array.isArray(pretokenizers)) return { ...preTokenizer, pretokenizers: pretokenizers.map(withWordsCut) };
  if (type !== 'Metaspace' || split === false) return preTokenizer;
  const words = { type: 'Split', pattern: { Regex: '▁?[^▁]*' }, invert: true };
  return { type: 'Sequence', pretokenizers: [preTokenizer, words] };
}

/** What is touched of the library's tokenizer. */
export interface LibraryTokenizer extends LibraryAddedTokens {
  /** tokenizer.json. */
  readonly tokenizer: { readonly pre_tokenizer?: unknown };
  normalizer: unknown;
  pre_tokenizer: unknown;
  model: unknown;
}

interface LibraryNormalizer {
  readonly config: {
    readonly type?: string;
    readonly precompiled_charsmap?: string | Uint8Array | null;
    readonly rule?: 'longest';
    readonly content?: string;
    readonly prepend?: string;
    readonly strip_left?: boolean;
    readonly strip_right?: boolean;
    readonly clean_text?: boolean;
    readonly handle_chinese_chars?: boolean;
    readonly strip_accents?: boolean | null;
    readonly lowercase?: boolean;
  };
  readonly pattern?: RegExp | null;
  readonly normalizers?: readonly (LibraryNormalizer | null)[];
  normalize: Charsmap;
}

interface LibraryModel {
  readonly config: {
    readonly type?: string;
    readonly vocab: readonly (readonly [text: string, score: number])[];
    readonly byte_fallback?: boolean;
    readonly matched?: readonly UnigramPiece[];
    readonly whole?: readonly string[];
  };
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  encode: (tokens: readonly string[]) => string[];
  /** Of BPE alone, as those that follow: the parts of a word. */
  bpe?: (word: string) => string[];
  readonly merges?: readonly (readonly string[])[];
  readonly end_of_word_suffix?: string | null;
  readonly continuing_subword_suffix?: string | null;
}

/** Characters from which on a word's merges are found by numbers: the library keeps the shorter ones. */
const longWord = 256;

/** @throws RangeError for a charsmap that is none. */
export function replaceParts(library: LibraryTokenizer): void {
  const { normalizer, model } = library;
  if (normalizer) refineNormalizer(normalizer as LibraryNormalizer);
  refinePreTokenizer(library.tokenizer.pre_tokenizer, library.pre_tokenizer);
  refineAddedTokens(library);
  refineModel(model as LibraryModel);
}

function refineNormalizer(normalizer: LibraryNormalizer): void {
  for (const part of normalizer.normalizers ?? []) if (part) refineNormalizer(part);
  const exact = exactNormalizer(normalizer);
  if (exact) normalizer.normalize = exact;
}

/** What normalizes as Rust does; null where the library does so itself. */
function exactNormalizer({ config, pattern }: LibraryNormalizer): Charsmap | null {
  switch (config.type) {
    case 'Precompiled': {
      const { precompiled_charsmap: charsmap, rule = 'grapheme' } = config;
      const bytes =
        typeof charsmap === 'string' ? Uint8Array.from(atob(charsmap), (char) => char.charCodeAt(0)) : charsmap;
      return bytes && bytes.length > 0 ? createCharsmap(bytes, rule) : (text) => text;
    }
    case 'BertNormalizer':
      return bertNormalizer(config);
    case 'Lowercase':
      return lowercase;
    case 'Strip':
      return (text) => {
        const behind = config.strip_left ? text.replace(/^\p{White_Space}+/u, '') : text;
        return config.strip_right ? behind.replace(/(?<!\p{White_Space})\p{White_Space}+$/u, '') : behind;
      };
    // A text that puts in `$&` means these characters.
    case 'Replace':
      return pattern ? (text) => text.replace(pattern, () => config.content ?? '') : null;
    case 'Prepend':
      return (text) => (text === '' ? '' : `${config.prepend}${text}`);
    default:
      return null;
  }
}

/** Each character by itself, as Rust does: JavaScript gives a Σ at the end of a word another form. */
const lowercase = (text: string): string => text.replace(/\P{ASCII}|[A-Z]/gu, (char) => char.toLowerCase());

function bertNormalizer(config: LibraryNormalizer['config']): Charsmap {
  const { clean_text: clean, handle_chinese_chars: apart, lowercase: lower } = config;
  const isStripped = config.strip_accents ?? lower;
  return (text) => {
    let out = clean ? text.replace(/(?![\t\n\r])[\p{C}\uFFFD]/gu, '').replace(/\p{White_Space}/gu, ' ') : text;
    if (apart) out = out.replace(ideographs, ' $& ');
    if (isStripped) out = out.normalize('NFD').replace(/\p{Mn}/gu, '');
    return lower ? lowercase(out) : out;
  };
}

/** BERT's "Chinese characters" (tokenization.py of google-research/bert). */
const ideographs =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b820}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;

function refineModel(model: LibraryModel): void {
  const { type, vocab, byte_fallback: byteFallback, matched, whole } = model.config;
  if (type === 'Unigram' || (type === undefined && Array.isArray(vocab))) {
    const cut = matched
      ? createUnigram(matched, 'f32')
      : createUnigram(
          vocab.map(([text, score]) => ({ text, score })),
          'f64',
        );
    const known = (token: string) => (model.tokens_to_ids.has(token) ? [token] : bytePieces(model, token));
    model.encode = (tokens) => tokens.flatMap(cut).flatMap(byteFallback ? known : (token) => [token]);
  }
  if (model.bpe && model.merges) model.bpe = withLongWords(model, model.bpe, model.merges);
  if (whole && whole.length > 0) {
    const uncut = new Set(whole);
    const { encode } = model;
    model.encode = (tokens) => tokens.flatMap((token) => (uncut.has(token) ? [token] : encode.call(model, [token])));
  }
}

/** The library compares texts, which takes seconds of a word of 100,000 letters. */
function withLongWords(
  model: LibraryModel,
  ofShort: (word: string) => string[],
  merges: readonly (readonly string[])[],
) {
  const { end_of_word_suffix: end, continuing_subword_suffix: goesOn } = model;
  let merger: ReturnType<typeof createMerger> | undefined;
  return (word: string): string[] => {
    if (word.length < longWord) return ofShort.call(model, word);
    merger ??= createMerger(merges);
    const parts = Array.from(word);
    if (end) parts.push(parts.pop()! + end);
    const merged = merger(parts);
    return goesOn ? merged.map((part, place) => (place < merged.length - 1 ? part + goesOn : part)) : merged;
  };
}

/** The pieces of the UTF-8 bytes of a token that is none; itself where one of them is missing. */
function bytePieces(model: LibraryModel, token: string): string[] {
  const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, '0');
  const pieces = Array.from(new TextEncoder().encode(token), (byte) => `<0x${hex(byte)}>`);
  return pieces.every((piece) => model.tokens_to_ids.has(piece)) ? pieces : [token];
}
