/** What a GGUF file says of a model's tokenizer. */
import { because } from '../../errors.ts';
import { bool, type GgufValue, string, u32 } from '../../files/gguf-types.ts';
import { type ModelFiles, readJson } from '../../files/source.ts';
import type { PromptFormat } from '../../text/prompt-format.ts';
import { createTokenizer, type Tokenizer, tokenizerSections } from '../../text/tokenizer.ts';
import { readTokenizerFiles } from '../../text/tokenizer-files.ts';
import type { SaidConversation } from '../conversation.ts';
import { byteLevelTokens } from './byte-level-tokens.ts';
import { unfit } from './family.ts';
import { preTokenizerOf } from './pre-tokenizer.ts';
import { tokensOfJson, tokensOfModel } from './sentence-piece-tokens.ts';
import { trainedTemplate } from './templates.ts';
import { type AddedToken, filled, swallowsSpaces, type Token, tokenTypes } from './tokens.ts';
import { unigramTokens, unusedScore } from './unigram-tokens.ts';
import { wordPieceTokens } from './word-piece-tokens.ts';

type Json = Readonly<Record<string, unknown>>;

export interface GgufTokenizer {
  readonly entries: readonly (readonly [string, GgufValue])[];
  /** llama.cpp swallows the spaces behind special tokens only where the model's name says "phi-3". */
  readonly swallowsSpaces: boolean;
}

/** How the model of a run is asked, where that is known. */
interface Asked {
  readonly prompt?: PromptFormat | undefined;
  readonly conversation?: SaidConversation | undefined;
  /** Texts are read whole, between two tokens. */
  readonly isEncoder?: boolean | undefined;
}

/**
 * @param rows of the token embedding
 * @throws AppError 'gguf-unfit' where llama.cpp would cut texts otherwise, and those of reading a tokenizer
 */
export async function ggufTokenizer(files: ModelFiles, rows: number, asked: Asked = {}): Promise<GgufTokenizer> {
  const given = await readTokenizerFiles(files);
  const { json, config } = tokenizerSections(given);
  const tokenizer = createTokenizer(given);
  // A text to be read whole has nothing masked: how that token takes spaces is no matter.
  const isMask = ({ content }: AddedToken) => asked.isEncoder && content === config.mask_token;
  const added = (json.added_tokens as readonly AddedToken[]).filter((token) => !isMask(token));
  const swallows = swallowsSpaces(added);
  const cut = given.sentencePiece
    ? sentencePiece(tokensOfModel(given.sentencePiece, config.legacy !== false, added), rows)
    : fromJson(json, rows);
  const { template, addsBos } = saidTemplate(tokenizer, asked);
  return {
    entries: [
      ...cut,
      ...(asked.isEncoder
        ? encoderEntries(tokenizer, config, json)
        : await specialEntries(tokenizer, files, config, json, { isModelFile: Boolean(given.sentencePiece), addsBos })),
      ...(template === null ? [] : [['tokenizer.chat_template', string(template)] as const]),
    ],
    swallowsSpaces: swallows,
  };
}

type Entries = GgufTokenizer['entries'];

/**
 * The chat template, and whether a text is begun by a token unasked, where that is not as the tokenizer has it. A run with
 * a template of its own learned it without that token; one that no chat template can say leaves the file without one.
 */
function saidTemplate(
  tokenizer: Tokenizer,
  { prompt, conversation }: Asked,
): { readonly template: string | null; readonly addsBos?: boolean } {
  const template = trainedTemplate(prompt, tokenizer);
  if (template !== undefined) return { template, addsBos: false };
  return { template: tokenizer.chatTemplate, ...(conversation && { addsBos: conversation.addsBos }) };
}

function fromJson(json: Json, rows: number): Entries {
  const model = json.model as Json;
  // An older file may leave the type out.
  const isBpe = model.type === 'BPE' || (model.type === undefined && Array.isArray(model.merges));
  if (model.type === 'WordPiece') return wordPiece(json, rows);
  if (model.type === 'Unigram' || (model.type === undefined && Array.isArray(model.vocab))) return unigram(json, rows);
  if (!isBpe) throw unfit(because`its tokenizer is a ${String(model.type)}`);
  if (model.byte_fallback === true) return sentencePiece(tokensOfJson(json), rows);
  const { tokens, merges } = byteLevelTokens(json);
  const pre = preTokenizerOf(json, merges);
  return [
    ['tokenizer.ggml.model', string('gpt2')],
    ['tokenizer.ggml.pre', string(pre)],
    ...listed(filled(tokens, rows)),
    ['tokenizer.ggml.merges', { type: 'strings', value: merges.map((merge) => merge.join(' ')) }],
    ['tokenizer.ggml.add_space_prefix', bool(false)],
  ];
}

function sentencePiece({ tokens, addsSpace }: ReturnType<typeof tokensOfJson>, rows: number): Entries {
  const all = filled(tokens, rows);
  return [
    ['tokenizer.ggml.model', string('llama')],
    ['tokenizer.ggml.pre', string('default')],
    ...listed(all),
    ['tokenizer.ggml.scores', { type: 'f32s', value: all.map(({ score }) => score) }],
    ['tokenizer.ggml.add_space_prefix', bool(addsSpace)],
  ];
}

function unigram(json: Json, rows: number): Entries {
  const { tokens, unknownId, charsmap } = unigramTokens(json);
  const all = filled(tokens, rows).map((token) => (token.type === 'unused' ? { ...token, score: unusedScore } : token));
  return [
    ['tokenizer.ggml.model', string('t5')],
    ['tokenizer.ggml.pre', string('default')],
    ...listed(all),
    ['tokenizer.ggml.scores', { type: 'f32s', value: all.map(({ score }) => score) }],
    ['tokenizer.ggml.unknown_token_id', u32(unknownId)],
    ['tokenizer.ggml.precompiled_charsmap', { type: 'u8s', value: [...charsmap] }],
    ['tokenizer.ggml.add_space_prefix', bool(true)],
    ['tokenizer.ggml.remove_extra_whitespaces', bool(true)],
  ];
}

function wordPiece(json: Json, rows: number): Entries {
  const { tokens, lowercase, stripAccents } = wordPieceTokens(json);
  return [
    ['tokenizer.ggml.model', string('bert')],
    ['tokenizer.ggml.pre', string('default')],
    ...listed(filled(tokens, rows)),
    ['tokenizer.ggml.normalizer.lowercase', bool(lowercase)],
    ['tokenizer.ggml.normalizer.strip_accents', bool(stripAccents)],
  ];
}

const listed = (tokens: readonly Token[]): Entries => [
  ['tokenizer.ggml.tokens', { type: 'strings', value: tokens.map(({ text }) => text) }],
  ['tokenizer.ggml.token_type', { type: 'i32s', value: tokens.map(({ type }) => tokenTypes[type]) }],
];

/** Ids with a meaning, and which of them a text is given by itself. */
async function specialEntries(
  tokenizer: Tokenizer,
  files: ModelFiles,
  config: Json,
  json: Json,
  { isModelFile, addsBos }: { readonly isModelFile: boolean; readonly addsBos?: boolean | undefined },
): Promise<Entries> {
  const { bosTokenId: bos, eosTokenId: eos } = tokenizer;
  // llama.cpp would take token 11 for it.
  if (eos === null) throw unfit(because`its tokenizer names no token that ends a text`);
  const [before, after] = isModelFile ? endsOfModelFile(config, bos, eos) : endsOf(tokenizer);
  const isOnly = (some: readonly number[], id: number | null) =>
    some.length === 0 || (some.length === 1 && some[0] === id);
  if (!isOnly(before, bos) || !isOnly(after, eos))
    throw unfit(because`its tokenizer puts tokens of its own around texts`);
  const named = (key: string): number | undefined => idOf(json, config[key]);
  const optional: readonly (readonly [string, number | null | undefined])[] = [
    ['bos_token_id', bos],
    ['eos_token_id', eos],
    ['eot_token_id', await endOfTurn(files, eos)],
    ['padding_token_id', named('pad_token')],
    ['unknown_token_id', named('unk_token')],
  ];
  return [
    ...optional.flatMap(([key, id]) => (typeof id === 'number' ? [[`tokenizer.ggml.${key}`, u32(id)] as const] : [])),
    ['tokenizer.ggml.add_bos_token', bool(addsBos ?? before.length > 0)],
    ['tokenizer.ggml.add_eos_token', bool(after.length > 0)],
  ];
}

/** Of an encoder: one token before a text and one behind it. @throws AppError 'gguf-unfit' */
function encoderEntries(tokenizer: Tokenizer, config: Json, json: Json): Entries {
  const [[before, ...more], [after, ...others]] = endsOf(tokenizer);
  if (before === undefined || after === undefined || more.length + others.length > 0)
    throw unfit(because`its tokenizer puts tokens of its own around texts`);
  const ids: readonly (readonly [string, number | undefined])[] = [
    ...([
      ['bos', before],
      ['cls', before],
      ['eos', after],
      ['seperator', after],
    ] as const),
    ...(
      [
        ['padding', 'pad'],
        ['unknown', 'unk'],
        ['mask', 'mask'],
      ] as const
    ).map(([key, name]) => [key, idOf(json, config[`${name}_token`])] as const),
  ];
  return [
    ...ids.flatMap(([key, id]) => (id === undefined ? [] : [[`tokenizer.ggml.${key}_token_id`, u32(id)] as const])),
    ['tokenizer.ggml.add_bos_token', bool(true)],
    ['tokenizer.ggml.add_eos_token', bool(true)],
  ];
}

type Ends = readonly [before: readonly number[], after: readonly number[]];

/** The tokens that a tokenizer puts around a text by itself. */
function endsOf(tokenizer: Tokenizer): Ends {
  const { ids, start, end } = tokenizer.surround([], Number.MAX_SAFE_INTEGER);
  return [ids.slice(0, start), ids.slice(end)];
}

/** The same of a SentencePiece file, beside which the config alone says it, with the defaults of transformers' classes. */
function endsOfModelFile(
  { add_bos_token: begins = true, add_eos_token: ends = false }: Json,
  bos: number | null,
  eos: number,
): Ends {
  return [begins === true && bos !== null ? [bos] : [], ends === true ? [eos] : []];
}

function idOf(json: Json, token: unknown): number | undefined {
  const added = (json.added_tokens as readonly AddedToken[]).find(({ content }) => content === token);
  const { vocab } = json.model as { vocab: Readonly<Record<string, number>> };
  return added?.id ?? (typeof token === 'string' && Object.hasOwn(vocab, token) ? vocab[token] : undefined);
}

/** generation_config.json may name several tokens that end an answer; the first other one ends turns. */
async function endOfTurn(files: ModelFiles, eos: number): Promise<number | undefined> {
  if (!(await files.has('generation_config.json'))) return undefined;
  const { eos_token_id: ids } = ((await readJson(files, 'generation_config.json')) ?? {}) as { eos_token_id?: unknown };
  return [ids].flat().find((id): id is number => typeof id === 'number' && id !== eos);
}
