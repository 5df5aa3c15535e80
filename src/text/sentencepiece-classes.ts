/**
 * Tokenizers of transformers that make other ids, or other spaces, of a SentencePiece model than SentencePiece does: ids
 * moved behind fairseq's special tokens, accents and case taken away, and special tokens around a text. What is made here
 * is what transformers' converters make (`convert_slow_tokenizer.py`, Camembert-, XLMRoberta-, Albert- and
 * DebertaV2Converter), which have no byte fallback: a character without a piece is the unknown token, also where the model
 * has pieces of bytes.
 */
import { because, type Reason } from '../errors.ts';
import { withWordsCut } from './library-parts.ts';
import type { SentencePieceModel } from './sentencepiece-model.ts';

type Json = Readonly<Record<string, unknown>>;
type Scored = readonly [text: string, score: number];

interface Kind {
  readonly classes: RegExp;
  readonly modelType: string;
  readonly names: Readonly<Record<string, string>>;
  /** How often the token behind a text stands between two (`pairProcessing`). */
  readonly between: 'once' | 'twice';
  /** The mask token takes the spaces before it. */
  readonly maskStrips: boolean;
  /** Tokens that no text should become, which are special too. */
  readonly more?: readonly string[];
  pieces(own: readonly Scored[], name: (key: string) => string): readonly Scored[];
  /** Id of the unknown token; of the model's own where it is absent. */
  readonly unknown?: number;
  normalizers(config: Json, charsmap: readonly Json[]): readonly Json[];
  cutsPunctuation?(config: Json): boolean;
}

const replace = (pattern: Json, content: string): Json => ({ type: 'Replace', pattern, content });
const spaces = { Regex: ' {2,}' };
const lowercase = (config: Json, otherwise: boolean): Json[] =>
  (config.do_lower_case ?? otherwise) === true ? [{ type: 'Lowercase' }] : [];
const stripped = (_: Json, charsmap: readonly Json[]): Json[] => [
  ...charsmap,
  { type: 'Strip', strip_left: false, strip_right: true },
  replace(spaces, '▁'),
];
const fairseqNames = {
  ...{ bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', sep_token: '</s>' },
  ...{ pad_token: '<pad>', cls_token: '<s>', mask_token: '<mask>' },
};
const bertNames = {
  bos_token: '[CLS]',
  eos_token: '[SEP]',
  sep_token: '[SEP]',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
};

const kinds: readonly Kind[] = [
  {
    classes: /^XLMRobertaTokenizer/,
    modelType: 'xlm-roberta',
    names: fairseqNames,
    between: 'twice',
    maskStrips: true,
    pieces: (own, name) => [
      ...['bos_token', 'pad_token', 'eos_token', 'unk_token'].map((key): Scored => [name(key), 0]),
      ...own.slice(3),
      [name('mask_token'), 0],
    ],
    unknown: 3,
    normalizers: stripped,
  },
  {
    classes: /^CamembertTokenizer/,
    modelType: 'camembert',
    names: fairseqNames,
    between: 'twice',
    maskStrips: true,
    more: ['<s>NOTUSED', '</s>NOTUSED', '<unk>NOTUSED'],
    pieces: (own, name) => [
      ['<s>NOTUSED', 0],
      [name('pad_token'), 0],
      ['</s>NOTUSED', 0],
      [name('unk_token'), 0],
      ['<unk>NOTUSED', -100],
      ...own.slice(1),
      [name('mask_token'), 0],
    ],
    unknown: 3,
    normalizers: stripped,
  },
  {
    classes: /^AlbertTokenizer/,
    modelType: 'albert',
    names: { ...bertNames, unk_token: '<unk>', pad_token: '<pad>' },
    between: 'once',
    maskStrips: true,
    // A comma behind a digit is cut off it.
    pieces: (own) => own.map(([text, score]) => [text, /\p{Nd},$/u.test(text) ? score - 100 : score]),
    normalizers: (config, charsmap) => [
      replace({ String: '``' }, '"'),
      replace({ String: "''" }, '"'),
      ...(config.keep_accents === true ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }]),
      ...lowercase(config, true),
      ...charsmap,
      replace(spaces, ' '),
    ],
  },
  {
    classes: /^DebertaV2Tokenizer/,
    modelType: 'deberta-v2',
    names: { ...bertNames, unk_token: '[UNK]', pad_token: '[PAD]' },
    between: 'once',
    maskStrips: false,
    pieces: (own) => own,
    normalizers: (config, charsmap) => [
      ...lowercase(config, false),
      { type: 'Strip', strip_left: true, strip_right: true },
      ...charsmap,
      replace(spaces, ' '),
    ],
    cutsPunctuation: (config) => config.split_by_punct === true,
  },
];

/** The class that `tokenizer_config.json` names, else that of the model's type. */
export function sentencePieceClass(config: Json, modelType: string | null): Kind | undefined {
  const named = typeof config.tokenizer_class === 'string' ? config.tokenizer_class : null;
  return kinds.find((kind) => (named ? kind.classes.test(named) : kind.modelType === modelType));
}

/**
 * `tokenizer.json` of such a class, and its special tokens, of which those that the model lacks are still to be added.
 * @throws what `refuse` makes of a reason
 */
export function classSections(
  kind: Kind,
  model: SentencePieceModel,
  config: Json,
  refuse: (reason: Reason) => Error,
): { readonly json: Json; readonly names: Readonly<Record<string, string>>; readonly special: Json } {
  if (model.kind !== 'unigram')
    throw refuse(because`its SentencePiece model ${because`is of a kind other than Unigram`}`);
  const said = Object.entries(config).filter(
    (entry): entry is [string, string] => Object.hasOwn(kind.names, entry[0]) && typeof entry[1] === 'string',
  );
  const names: Readonly<Record<string, string>> = { ...kind.names, ...Object.fromEntries(said) };
  const vocab = kind.pieces(
    model.pieces.map(({ text, score }) => [text, score]),
    (key) => names[key]!,
  );
  // Of a piece that stands twice the later one counts.
  const ids = new Map(vocab.map(([text], id) => [text, id]));
  const end = (key: string): [string, number] => {
    const id = ids.get(names[key]!);
    if (id === undefined) throw refuse(because`it has no ${key}`);
    return [names[key]!, id];
  };
  const charsmap =
    model.charsmap.length > 0 ? [{ type: 'Precompiled', precompiled_charsmap: model.charsmap }] : ([] as Json[]);
  const scheme = config.add_prefix_space === false ? 'never' : config.legacy === false ? 'first' : 'always';
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: scheme };
  const pretokenizers = [
    ...(kind.cutsPunctuation?.(config) ? [{ type: 'Punctuation', behavior: 'Isolated' }] : []),
    withWordsCut(metaspace),
  ];
  const added_tokens = model.pieces.flatMap(({ text, type }) =>
    (type === 'control' || type === 'userDefined') && ids.has(text)
      ? [{ id: ids.get(text)!, content: text, special: type === 'control', normalized: false }]
      : [],
  );
  const json = {
    added_tokens,
    normalizer: { type: 'Sequence', normalizers: kind.normalizers(config, charsmap) },
    pre_tokenizer: { type: 'Sequence', pretokenizers },
    post_processor: pairProcessing(end('cls_token'), end('sep_token'), kind.between),
    decoder: metaspace,
    model: { type: 'Unigram', vocab, unk_id: kind.unknown ?? model.ids.unk, byte_fallback: false },
  };
  const mask = { content: names.mask_token, special: true, normalized: false, lstrip: kind.maskStrips };
  const more = Array.isArray(config.additional_special_tokens) ? config.additional_special_tokens : (kind.more ?? []);
  return { json, names, special: { ...config, ...names, mask_token: mask, additional_special_tokens: more } };
}

/**
 * The post-processor of an encoder: a token before a text and one behind it; between two texts the latter stands once, and
 * the second has its own type, as BERT has it, or twice, as RoBERTa.
 */
export function pairProcessing(before: [string, number], after: [string, number], between: 'once' | 'twice'): Json {
  const { single, special_tokens } = templateProcessing(before, after) as { single: Json[]; special_tokens: Json };
  const type_id = between === 'once' ? 1 : 0;
  const end = { SpecialToken: { id: after[0], type_id } };
  const second = [...(between === 'twice' ? [end] : []), { Sequence: { id: 'B', type_id } }, end];
  return { type: 'TemplateProcessing', single, pair: [...single, ...second], special_tokens };
}

/** A post-processor that puts a token before a text, one behind it, or both; null for neither. */
export function templateProcessing(before: [string, number] | null, after: [string, number] | null): Json | null {
  if (!before && !after) return null;
  const special = (end: [string, number] | null) => (end ? [{ SpecialToken: { id: end[0], type_id: 0 } }] : []);
  const single = [...special(before), { Sequence: { id: 'A', type_id: 0 } }, ...special(after)];
  const tokens = [before, after].flatMap((end) =>
    end ? [[end[0], { id: end[0], ids: [end[1]], tokens: [end[0]] }]] : [],
  );
  return { type: 'TemplateProcessing', single, pair: single, special_tokens: Object.fromEntries(tokens) };
}
