import { AppError, because, type Reason } from '../errors.ts';
import { classSections, sentencePieceClass, templateProcessing } from './sentencepiece-classes.ts';
import { type Piece, parseSentencePiece, type SentencePieceModel } from './sentencepiece-model.ts';

type Json = Readonly<Record<string, unknown>>;

/** A SentencePiece model in the form of `tokenizer.json`, and what its pieces say for `tokenizer_config.json`. */
export interface ConvertedTokenizer {
  readonly tokenizerJson: Json;
  readonly names: Json;
  /** Special tokens, by the keys of the config, that are added where the pieces lack them. */
  readonly special?: Json;
}

/** Tokenizers of transformers whose ids are not those of their `.model` file. */
const renumbered = /^(MBart|M2M100|Nllb|Pegasus|BigBird|Barthez|PLBart|XGLM|XLNet|RemBert|Reformer|Speech2Text)/;

/**
 * Converts a `.model` file, Unigram or BPE, so that text gives the ids that SentencePiece gives; control pieces such as
 * `</s>` that are spelled out become their ids, as in transformers. Sections behind such a token begin with a space of
 * their own, except where `tokenizer_config.json` says `"legacy": false`. Beside what `tokenizer.json` may hold, the
 * model section says which pieces text may match and what is never cut; `library-parts.ts` reads that.
 *
 * Not converted: pieces marked unused (text never becomes one), and the decoding of the unknown piece, which is shown
 * by its name and not as ⁇. Of the classes in `sentencepiece-classes.ts` is made what transformers makes of them.
 * @param config `tokenizer_config.json`
 * @param modelType `model_type` of `config.json`, which says the class where the config does not
 * @throws AppError 'tokenizer-invalid'
 */
export function convertSentencePiece(
  file: Uint8Array,
  config: Json,
  modelType: string | null = null,
): ConvertedTokenizer {
  const invalid = (reason: Reason) => new AppError('tokenizer-invalid', { reason });
  if (renumbered.test(String(config.tokenizer_class ?? '')))
    throw invalid(because`a ${config.tokenizer_class} numbers its pieces anew, so its tokenizer.json is needed`);
  const model = parseSentencePiece(file);
  const kind = sentencePieceClass(config, modelType);
  if (kind) {
    const { json, names, special } = classSections(kind, model, config, invalid);
    return { tokenizerJson: json, names, special };
  }
  const nameOf = (id: number): string | undefined => model.pieces[id]?.text;
  if (nameOf(model.ids.unk) === undefined) throw invalid(because`its SentencePiece model has no unknown piece`);
  const { unk, bos, eos, pad } = model.ids;
  return {
    names: Object.fromEntries(
      Object.entries({ unk_token: unk, bos_token: bos, eos_token: eos, pad_token: pad }).flatMap(([key, id]) =>
        nameOf(id) === undefined ? [] : [[key, nameOf(id)]],
      ),
    ),
    tokenizerJson: {
      added_tokens: addedTokens(model.pieces),
      ...spaces(model, config.legacy === false ? 'first' : 'always'),
      post_processor: ends(model, config),
      decoder: decoder(model),
      model: model.kind === 'unigram' ? unigramSection(model) : bpeSection(model),
    },
  };
}

/** `add_bos_token` and `add_eos_token` of tokenizer_config.json, which count where there is no tokenizer.json. */
function ends({ pieces, ids }: SentencePieceModel, config: Json): Json | null {
  const wanted = (key: string, name: string, id: number): [string, number] | null => {
    if (config[key] !== true) return null;
    const at = typeof config[name] === 'string' ? pieces.findIndex(({ text }) => text === config[name]) : id;
    return pieces[at] ? [pieces[at].text, at] : null;
  };
  return templateProcessing(
    wanted('add_bos_token', 'bos_token', ids.bos),
    wanted('add_eos_token', 'eos_token', ids.eos),
  );
}

function addedTokens(pieces: readonly Piece[]): Json[] {
  return pieces.flatMap(({ text, type }, id) =>
    type === 'control' || type === 'unknown' ? [{ id, content: text, special: true, normalized: false }] : [],
  );
}

const replace = (pattern: Json, content: string): Json => ({ type: 'Replace', pattern, content });
const isWhole = ({ type }: Piece): boolean => type === 'userDefined';
const isNormal = ({ type }: Piece): boolean => type === 'normal';
const textOf = ({ text }: Piece): string => text;

/** Normalisation, the space before the text, and the pieces that are never cut. */
function spaces(model: SentencePieceModel, section: 'first' | 'always'): Json {
  const { charsmap, removeExtraWhitespaces, addDummyPrefix, pieces } = model;
  const normalizers: Json[] = [];
  if (charsmap.length > 0) normalizers.push({ type: 'Precompiled', precompiled_charsmap: charsmap, rule: 'longest' });
  if (removeExtraWhitespaces) normalizers.push(replace({ Regex: '^ +| +$' }, ''), replace({ Regex: ' {2,}' }, ' '));
  // Metaspace adds no space before one that the text has; a model that keeps extra spaces does.
  const prepended = addDummyPrefix && section === 'always' && !removeExtraWhitespaces;
  if (prepended) normalizers.push({ type: 'Prepend', prepend: '▁' }, replace({ String: ' ' }, '▁'));
  const scheme = addDummyPrefix && !prepended ? section : 'never';
  const preTokenizers: Json[] = [{ type: 'Metaspace', replacement: '▁', prepend_scheme: scheme, split: false }];
  const whole = pieces.filter(isWhole).map(textOf);
  if (whole.length > 0) preTokenizers.push({ type: 'Split', pattern: { Regex: anyOf(whole) }, behavior: 'Isolated' });
  return {
    normalizer: normalizers.length > 0 ? { type: 'Sequence', normalizers } : null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: preTokenizers },
  };
}

/** A pattern of texts, the longest that matches first. */
function anyOf(texts: readonly string[]): string {
  return [...texts]
    .sort((a, b) => b.length - a.length)
    .map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
    .join('|');
}

function decoder({ addDummyPrefix }: SentencePieceModel): Json {
  const decoders: Json[] = [replace({ String: '▁' }, ' '), { type: 'ByteFallback' }, { type: 'Fuse' }];
  if (addDummyPrefix) decoders.push({ type: 'Strip', content: ' ', start: 1, stop: 0 });
  return { type: 'Sequence', decoders };
}

function unigramSection({ pieces, ids, byteFallback }: SentencePieceModel): Json {
  return {
    type: 'Unigram',
    vocab: pieces.map(({ text, score }) => [text, score]),
    unk_id: ids.unk,
    byte_fallback: byteFallback,
    matched: pieces.filter(isNormal),
    whole: pieces.filter(isWhole).map(textOf),
  };
}

/** A piece is merged from any two parts that are characters or pieces, the piece of the best score first. */
function bpeSection({ pieces, ids, byteFallback }: SentencePieceModel): Json {
  const normal = pieces.filter(isNormal).sort((a, b) => b.score - a.score);
  const known = new Set(normal.map(textOf));
  return {
    type: 'BPE',
    vocab: Object.fromEntries(pieces.map(({ text }, id) => [text, id])),
    merges: normal.flatMap(({ text }) => partings(text, known)),
    unk_token: pieces[ids.unk]!.text,
    fuse_unk: true,
    byte_fallback: byteFallback,
    whole: pieces.filter(isWhole).map(textOf),
  };
}

function partings(text: string, known: ReadonlySet<string>): [string, string][] {
  const chars = Array.from(text);
  const isReachable = (part: readonly string[]) => part.length === 1 || known.has(part.join(''));
  return chars.slice(1).flatMap((_, index) => {
    const [left, right] = [chars.slice(0, index + 1), chars.slice(index + 1)];
    return isReachable(left) && isReachable(right) ? [[left.join(''), right.join('')] as [string, string]] : [];
  });
}
