import { PreTrainedTokenizer } from '@huggingface/transformers';
import { AppError, because } from '../errors.ts';
import { compileTemplate } from './jinja/template.ts';
import { type LibraryTokenizer, replaceParts, withWordsCut } from './library-parts.ts';
import { keptOfPair, pairTemplate } from './pair-template.ts';
import { convertSentencePiece } from './sentencepiece.ts';
import { requireAddedTokens, requireTokenizerParts } from './tokenizer-limits.ts';
import { convertVocabulary, type VocabularyFiles } from './vocabulary-files.ts';
import { wordEncoder } from './word-ids.ts';

/**
 * One message of a conversation. The template gets it whole, with whatever fields it has beside these
 * (`reasoning_content`, `tool_calls`, …).
 */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  /** A message that only calls tools may have none. */
  readonly content?: string | null;
  /** 0 for an answer that is not to be learned. */
  readonly weight?: number;
  readonly [field: string]: unknown;
}

export interface RenderOptions {
  /** Ends the text where the assistant's next message begins. */
  readonly addGenerationPrompt: boolean;
  /** Schemas of the tools that the template is to name. */
  readonly tools?: readonly unknown[] | undefined;
}

/** The tokenizer files of a model: their text, or the JSON already parsed. */
export interface TokenizerFiles extends VocabularyFiles {
  /** `tokenizer.json`. */
  readonly tokenizerJson?: unknown;
  /** A SentencePiece model, used where there is no `tokenizer.json`. */
  readonly sentencePiece?: Uint8Array | null;
  /** `added_tokens.json` beside a SentencePiece model: ids by text. */
  readonly addedTokens?: unknown;
  /** `tokenizer_config.json`; a folder may lack it. */
  readonly tokenizerConfig?: unknown;
  /** `special_tokens_map.json`, an older place for the names of special tokens. */
  readonly specialTokensMap?: unknown;
  /** The text of `chat_template.jinja`; it wins over the template in `tokenizer_config.json`, as in transformers. */
  readonly chatTemplate?: string | null;
  /** `eos_token_id` of the model's `config.json`, used where the tokenizer files name no end-of-text token. */
  readonly eosTokenId?: number | null;
  /** `vocab_size` of `config.json`: a text that gives a higher id is refused. */
  readonly modelVocabularySize?: number | null;
  /** `model_type` of `config.json`, which says what vocabulary files are where tokenizer_config.json does not. */
  readonly modelType?: string | null;
}

export interface SpecialToken {
  readonly id: number;
  readonly content: string;
}

/** Ids between the special tokens of a tokenizer. */
export interface SurroundedIds {
  readonly ids: number[];
  /** Where those of the text begin, and where they have ended. */
  readonly start: number;
  readonly end: number;
  readonly truncated: boolean;
  /** Ids that there would be without a limit. */
  readonly wholeLength: number;
}

/** Ids of two texts and of the special tokens around them. */
export interface PairIds extends Pick<SurroundedIds, 'ids' | 'truncated' | 'wholeLength'> {
  /** Where the second text begins. */
  readonly secondStart: number;
  /** From where on the token type is 1; the number of ids where the tokenizer gives a model no types. */
  readonly typeStart: number;
}

export interface Tokenizer {
  /** Token ids of `text`, without adding special tokens; one that is spelled out in the text becomes its id. */
  encode(text: string): number[];
  /**
   * A text with the tokenizer's own special tokens around it, as a classifier meets it ([CLS] … [SEP], <s> … </s>). Of one
   * that is too long, tokens of the text are left out from the right; the special tokens stay.
   */
  encodeText(text: string, maxLength: number): Pick<SurroundedIds, 'ids' | 'truncated' | 'wholeLength'>;
  /**
   * Two texts in one, as transformers' `tokenizer(first, second, truncation='longest_first')` gives them: [CLS] … [SEP] … [SEP],
   * <s> … </s></s> … </s>. Of those that are too long, tokens of the longer one are left out from the right.
   * @throws AppError 'tokenizer-invalid' where the tokenizer does not say how two texts stand in one
   */
  encodePair(first: string, second: string, maxLength: number): PairIds;
  /** The same around the ids of a text. */
  surround(ids: readonly number[], maxLength: number): SurroundedIds;
  /** The same with the special tokens that the model's tokenizer adds by itself, such as the beginning of a text. */
  encodeWithSpecial(text: string): number[];
  /** The text of `ids`. Ids outside the vocabulary give no text; incomplete UTF-8 gives U+FFFD. */
  decode(ids: Iterable<number>, options?: { skipSpecialTokens?: boolean }): string;
  readonly eosTokenId: number | null;
  readonly bosTokenId: number | null;
  /** The padding id: the model's own, else the end-of-text id, else 0 (padding is never attended to nor scored). */
  readonly padTokenId: number;
  /** What stands for a token that an encoder is to tell; null where the vocabulary has none. */
  readonly maskToken: SpecialToken | null;
  /** What stands for a masked token, as H2O LLM Studio chooses: the unknown token, else the mask token, else padding. */
  readonly maskTokenId: number;
  /** Highest id + 1. The model's embedding may have more rows than this. */
  readonly vocabularySize: number;
  /** The model's own chat template (Jinja), or null. */
  readonly chatTemplate: string | null;
  readonly specialTokens: readonly SpecialToken[];
  /** Renders the chat template; see `text/chat-template.ts`. @internal */
  renderTemplate(messages: readonly ChatMessage[], options: RenderOptions): string;
}

type Json = Readonly<Record<string, unknown>>;

const specialTokenKeys = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];
const isTokenKey = (key: string): boolean => key.endsWith('_token');

/** Model types of tokenizer.json that the library implements; it would take any other for a kind of its own. */
const knownModelTypes: readonly unknown[] = ['BPE', 'Unigram', 'WordPiece', undefined];

/** Names of the end-of-text token in the supported families, tried where no file says which it is. */
const usualEndTokens = ['<|im_end|>', '<|eot_id|>', '</s>', '<|endoftext|>', '<|end_of_text|>', '<eos>'];

/**
 * Builds a tokenizer from parsed files; needs no network. Ids equal those of `transformers.AutoTokenizer` with
 * `add_special_tokens=False`.
 *
 * @throws AppError 'tokenizer-missing' without tokenizer.json, SentencePiece model and vocabulary files;
 * 'tokenizer-convert' for vocabulary files that cannot be converted; 'tokenizer-invalid' where it is none, of a kind that
 * the library does not know, or of another model (also when it encodes).
 */
export function createTokenizer(files: TokenizerFiles): Tokenizer {
  const { json, config } = tokenizerSections(files);
  const inner = construct(json, config);
  const vocabulary = inner.get_vocab() as Map<string, number>;
  const knownId = (token: unknown) => (typeof token === 'string' ? (vocabulary.get(token) ?? null) : null);
  const specialTokens = (json.added_tokens as readonly (SpecialToken & { special?: boolean })[])
    .filter((token) => token.special)
    .map(({ id, content }) => ({ id, content }));
  let vocabularySize = 0;
  const knownIds = new Set<number>();
  for (const [token, id] of vocabulary) {
    if (token === undefined) continue; // A gap in the ids.
    knownIds.add(id);
    vocabularySize = Math.max(vocabularySize, id + 1);
  }
  const usualEnd = usualEndTokens.map(knownId).find((id) => id !== null);
  const eosTokenId = knownId(config.eos_token) ?? files.eosTokenId ?? usualEnd ?? null;
  const { modelVocabularySize } = files;
  const known = (ids: number[]): number[] => {
    const stranger = modelVocabularySize ? ids.find((id) => id >= modelVocabularySize) : undefined;
    if (stranger === undefined) return ids;
    const reason = because`it gives token ${stranger}, and the model knows ${modelVocabularySize}; it belongs to another model`;
    throw new AppError('tokenizer-invalid', { reason });
  };
  const padTokenId = knownId(config.pad_token) ?? eosTokenId ?? 0;
  if (eosTokenId !== null) known([eosTokenId]);
  // The library gives no id, and Python leaves out, what a vocabulary without an unknown token does not hold.
  const encoded = (text: string, special: boolean): number[] =>
    known(
      carriedOut(() => inner.encode(text, { add_special_tokens: special })).filter(
        (id: number | undefined) => id !== undefined,
      ),
    );
  const ofWords = carriedOut(() => wordEncoder(inner._tokenizer));
  const plainIds = (text: string): number[] => {
    if (text === '') return [];
    const ids = carriedOut(() => ofWords?.(text) ?? null);
    return ids ? known(ids) : encoded(text, false);
  };
  const surround = (all: readonly number[], maxLength: number): SurroundedIds => {
    const { before, after } = carriedOut(() => specialTokensAround(inner));
    const ids = all.slice(0, Math.max(0, maxLength - before.length - after.length));
    const start = before.length;
    return {
      ids: [...before, ...ids, ...after],
      ...{ start, end: start + ids.length },
      truncated: ids.length < all.length,
      wholeLength: before.length + all.length + after.length,
    };
  };
  let pair: ReturnType<typeof pairTemplate> | undefined;
  const { model_input_names: inputs } = config;
  const hasTypes = !Array.isArray(inputs) || inputs.includes('token_type_ids');
  return {
    encode: plainIds,
    encodeWithSpecial: (text) => encoded(text, true),
    encodeText: (text, maxLength) => surround(plainIds(text), maxLength),
    encodePair(first, second, maxLength) {
      pair ??= carriedOut(() => pairTemplate(json.post_processor));
      const { before, between, after, typesOf } = pair;
      const [all, more] = [plainIds(first), plainIds(second)];
      const around = before.length + between.length + after.length;
      const [ofFirst, ofSecond] = keptOfPair(all.length, more.length, Math.max(0, maxLength - around));
      const ids = known([...before, ...all.slice(0, ofFirst), ...between, ...more.slice(0, ofSecond), ...after]);
      const types = typesOf(ofFirst, ofSecond).indexOf(1);
      return {
        ids,
        secondStart: before.length + ofFirst + between.length,
        typeStart: hasTypes && types >= 0 ? types : ids.length,
        truncated: ofFirst < all.length || ofSecond < more.length,
        wholeLength: around + all.length + more.length,
      };
    },
    surround,
    decode(ids, options) {
      const known = Array.from(ids).filter((id) => knownIds.has(id));
      if (known.length === 0) return '';
      // Clean-up would drop spaces before punctuation, which then differ from what the tokens spell.
      return carriedOut(() =>
        inner.decode(known, {
          skip_special_tokens: options?.skipSpecialTokens ?? false,
          clean_up_tokenization_spaces: false,
        }),
      );
    },
    eosTokenId,
    bosTokenId: knownId(config.bos_token),
    padTokenId,
    maskTokenId: knownId(config.unk_token) ?? knownId(config.mask_token) ?? padTokenId,
    maskToken: maskOf(config.mask_token, knownId),
    vocabularySize,
    chatTemplate: (config.chat_template as string | undefined) ?? null,
    specialTokens,
    renderTemplate: templateRenderer(config),
  };
}

/** Names of the mask token, tried where no file says which it is. */
const usualMasks = ['[MASK]', '<mask>'];

function maskOf(named: unknown, knownId: (token: unknown) => number | null): SpecialToken | null {
  const content = [named, ...usualMasks].find((token) => knownId(token) !== null);
  return typeof content === 'string' ? { id: knownId(content)!, content } : null;
}

/** What the library does not find wrong in a file before it meets a text. @throws AppError 'tokenizer-invalid' */
function carriedOut<T>(act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('tokenizer-invalid', { reason }, { cause });
  }
}

/** Renders the model's template, which is compiled when it is first asked for. It sees what it sees in transformers. */
function templateRenderer(config: Json): Tokenizer['renderTemplate'] {
  const tokens = Object.entries(config).filter(([key, value]) => isTokenKey(key) && typeof value === 'string');
  let render: ReturnType<typeof compileTemplate> | undefined;
  return (messages, { addGenerationPrompt, tools = null }) => {
    render ??= compileTemplate(config.chat_template as string);
    const given = { messages, tools, documents: null, add_generation_prompt: addGenerationPrompt };
    return render({ ...Object.fromEntries(tokens), ...given });
  };
}

/** What the tokenizer puts before and after a text. */
function specialTokensAround(inner: PreTrainedTokenizer): { before: number[]; after: number[] } {
  const plain: number[] = inner.encode('a', { add_special_tokens: false });
  const whole: number[] = inner.encode('a');
  const added = whole.length - plain.length;
  const at = Array.from({ length: added + 1 }, (_, start) => start).find((start) =>
    plain.every((id, index) => whole[start + index] === id),
  );
  return at === undefined
    ? { before: [], after: [] }
    : { before: whole.slice(0, at), after: whole.slice(at + plain.length) };
}

/**
 * tokenizer.json, or what a SentencePiece model or vocabulary files become, with every added token; and
 * tokenizer_config.json with plain strings for special tokens.
 * @throws AppError as `createTokenizer`
 */
export function tokenizerSections(files: TokenizerFiles): { json: Json; config: Json } {
  const config = normalizedConfig(files);
  requireNoDictionary(config);
  if (files.tokenizerJson !== undefined && files.tokenizerJson !== null)
    return { json: withSpecialTokens(checkedTokenizerJson(files.tokenizerJson), config), config };
  if (!files.sentencePiece) {
    const { json, names } = convertVocabulary(files, config, files.modelType ?? null);
    return { json: withAddedTokens(json, config, files.addedTokens), config: { ...names, ...config } };
  }
  const { tokenizerJson, names, special } = convertSentencePiece(files.sentencePiece, config, files.modelType ?? null);
  const named = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
  const json = withAddedTokens(tokenizerJson, config, files.addedTokens);
  return { json: special ? withSpecialTokens(json, special) : json, config: { ...names, ...named } };
}

/**
 * BertJapaneseTokenizer and its kin cut words by a dictionary before the vocabulary is asked: other words, other ids.
 * @throws AppError 'tokenizer-dictionary'
 */
function requireNoDictionary({ tokenizer_class: name, word_tokenizer_type: words }: Json): void {
  const analysers: Readonly<Record<string, string>> = { mecab: 'MeCab', sudachi: 'Sudachi', jumanpp: 'Juman++' };
  const isJapanese = typeof name === 'string' && /Japanese/.test(name);
  const analyser =
    typeof words === 'string' ? analysers[words] : isJapanese && words === undefined ? 'MeCab' : undefined;
  if (analyser) throw new AppError('tokenizer-dictionary', { analyser });
}

/** Tokens that were added beside the file of a SentencePiece model or a vocabulary. */
function withAddedTokens(json: Json, { added_tokens_decoder: decoder }: Json, addedTokens: unknown): Json {
  const older = parsed(addedTokens, 'added_tokens.json');
  const tokens = new Map((json.added_tokens as readonly SpecialToken[]).map((token) => [token.id, token]));
  if (isObject(older)) {
    for (const [content, id] of Object.entries(older))
      if (typeof id === 'number') tokens.set(id, { id, content, ...plain });
  }
  if (isObject(decoder)) {
    for (const [id, token] of Object.entries(decoder))
      if (isObject(token) && typeof token.content === 'string')
        tokens.set(Number(id), { ...plain, ...token, id: Number(id), content: token.content });
  }
  return { ...json, added_tokens: [...tokens.values()] };
}

/** tokenizer.json with the special tokens that only the config names, as transformers adds them: they are never cut. */
function withSpecialTokens(json: Json, config: Json): Json {
  const added = json.added_tokens as readonly SpecialToken[];
  const known = new Set(added.map(({ content }) => content));
  const more = config.additional_special_tokens ?? config.extra_special_tokens;
  // In the order of transformers: those listed with ids come first, by these.
  const listed = isObject(config.added_tokens_decoder) ? Object.entries(config.added_tokens_decoder) : [];
  const decoded = listed.sort(([a], [b]) => Number(a) - Number(b)).map(([, token]) => token);
  const named = [...decoded, ...specialTokenKeys.map((key) => config[key]), ...(Array.isArray(more) ? more : [])]
    .map((token) => (isObject(token) ? token : { ...plain, special: true, content: token }))
    .filter(({ content }) => typeof content === 'string' && content !== '' && !known.has(content));
  if (named.length === 0) return json;
  const { vocab } = json.model as { vocab: unknown };
  const ids = new Map(
    Array.isArray(vocab)
      ? vocab.map(([text], id) => [text as string, id])
      : Object.entries(vocab as Record<string, number>),
  );
  let next = [...ids.values(), ...added.map(({ id }) => id)].reduce((highest, id) => Math.max(highest, id), -1) + 1;
  const tokens = new Map<string, Json>();
  for (const token of named as (Json & { content: string })[]) {
    const { content } = token;
    if (!tokens.has(content)) tokens.set(content, { ...plain, ...token, id: ids.get(content) ?? next++ });
  }
  return { ...json, added_tokens: [...added, ...tokens.values()] };
}

/** How an added token stands in `added_tokens.json`, which says nothing more of it. */
const plain = { special: false, normalized: false };

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(file: unknown, name: string): unknown {
  if (typeof file !== 'string') return file;
  try {
    return JSON.parse(file);
  } catch (cause) {
    throw new AppError('tokenizer-invalid', { reason: because`${name} is not JSON` }, { cause });
  }
}

/** tokenizer.json with every section present: files in the wild leave empty sections out, the library wants null. */
function checkedTokenizerJson(file: unknown): Json {
  const value = parsed(file, 'tokenizer.json');
  if (!isObject(value)) throw new AppError('tokenizer-invalid', { reason: because`it is not a JSON object` });
  if (!isObject(value.model)) throw new AppError('tokenizer-invalid', { reason: because`it has no "model" section` });
  const { vocab, type } = value.model;
  if (!knownModelTypes.includes(type)) {
    throw new AppError('tokenizer-invalid', { reason: because`its model type "${type}" is not supported` });
  }
  if (!isObject(vocab) && !Array.isArray(vocab)) {
    throw new AppError('tokenizer-invalid', { reason: because`its model has no vocabulary` });
  }
  const addedTokens = Array.isArray(value.added_tokens) ? value.added_tokens : [];
  requireAddedTokens(addedTokens);
  return {
    normalizer: null,
    post_processor: null,
    decoder: null,
    ...value,
    pre_tokenizer: withWordsCut(value.pre_tokenizer ?? null),
    added_tokens: addedTokens,
  };
}

/** tokenizer_config.json with special tokens as plain strings and one chat template. */
function normalizedConfig({ tokenizerConfig, specialTokensMap, chatTemplate }: TokenizerFiles): Json {
  const value = parsed(tokenizerConfig, 'tokenizer_config.json');
  const map = parsed(specialTokensMap, 'special_tokens_map.json');
  const config: Record<string, unknown> = isObject(value) ? { ...value } : {};
  for (const [key, token] of Object.entries(isObject(map) ? map : {})) {
    // As in transformers the map wins, but not over a config of the newer kind, which has this list.
    if (!isObject(config.added_tokens_decoder) || (config[key] ?? null) === null) config[key] = token;
  }
  for (const key of Object.keys(config).filter(isTokenKey)) {
    const token = config[key];
    if (isObject(token)) config[key] = token.content; // transformers 4 wrote {content, lstrip, …}.
  }
  const template = chatTemplate ?? singleTemplate(config.chat_template);
  delete config.chat_template;
  if (template) config.chat_template = template;
  return config;
}

/** A model may publish several templates, `[{name, template}]`: the one called "default" is the one for plain chat. */
function singleTemplate(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const named = value.filter(isObject);
  const chosen = named.find((entry) => entry.name === 'default') ?? named[0];
  return typeof chosen?.template === 'string' ? chosen.template : null;
}

function construct(json: Json, config: Json): PreTrainedTokenizer {
  requireTokenizerParts(json);
  try {
    const tokenizer = new PreTrainedTokenizer(json, config);
    replaceParts(tokenizer._tokenizer as unknown as LibraryTokenizer);
    return tokenizer;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('tokenizer-invalid', { reason }, { cause });
  }
}
