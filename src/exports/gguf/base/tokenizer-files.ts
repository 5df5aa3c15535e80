/** The tokenizer of a GGUF file as the files that transformers would have of it. */
import { AppError, because, type Reason } from '../../../errors.ts';
import type { GgufMetadata } from '../../../files/gguf-types.ts';
import type { Bytes } from '../../../files/source.ts';
import { sentencePieceFile } from '../../../text/sentencepiece-file.ts';
import { pieceTypes } from '../../../text/sentencepiece-model.ts';
import { preTokenizerNamed } from '../pre-tokenizer.ts';
import { tokenTypes } from '../tokens.ts';

type Json = Readonly<Record<string, unknown>>;

interface TokenizerParts {
  readonly texts: Readonly<Record<string, string | Bytes>>;
  /** What config.json says of tokens. */
  readonly tokens: Json;
}

/** @throws AppError 'gguf-invalid' where there is no tokenizer, 'gguf-unread' for one of a kind that is not known here */
export function tokenizerFiles(metadata: GgufMetadata, path: string): TokenizerParts {
  const invalid = (reason: Reason) => new AppError('gguf-invalid', { file: path, reason });
  const value = <T>(key: string): T | undefined => metadata.get(`tokenizer.ggml.${key}`)?.value as T | undefined;
  const texts = value<readonly string[]>('tokens');
  const types = value<readonly number[]>('token_type') ?? texts?.map(() => tokenTypes.normal);
  if (!Array.isArray(texts) || !Array.isArray(types) || types.length !== texts.length)
    throw invalid(because`it has no tokens, or not as many types of them`);
  const id = (key: string): number | undefined => {
    const found = value<unknown>(`${key}_token_id`);
    return typeof found === 'number' && found < texts.length ? found : undefined;
  };
  const [bos, eos, turn] = [id('bos'), id('eos'), id('eot')];
  const nameOf = (token: number | undefined) => (token === undefined ? undefined : texts[token]);
  const model = value<string>('model');
  const pre = value<string>('pre');
  // llama.cpp's own where the file says nothing: SentencePiece's kind and Llama 3's begin texts.
  const begins = value<boolean>('add_bos_token') ?? (model === 'llama' || /^llama(-bpe|3|-v3)$/.test(pre ?? ''));
  const template = metadata.get('tokenizer.chat_template')?.value;
  const config: Json = {
    bos_token: nameOf(bos),
    eos_token: nameOf(eos),
    unk_token: nameOf(id('unknown')),
    pad_token: nameOf(id('padding')),
    add_bos_token: begins && bos !== undefined,
    add_eos_token: value<boolean>('add_eos_token') ?? false,
    ...(typeof template === 'string' && { chat_template: template }),
  };
  const given: Given = { texts, types, value, invalid, bos: config.add_bos_token ? bos : undefined };
  const files =
    model === 'gpt2' ? byteLevel(given, pre) : model === 'llama' ? sentencePiece(given, { bos, eos }) : undefined;
  if (!files) throw new AppError('gguf-unread', { file: path, reason: because`its tokenizer is a ${String(model)}` });
  const ends = [eos, turn].filter((each) => each !== undefined);
  return {
    texts: {
      ...files,
      'tokenizer_config.json': JSON.stringify(config, null, 2),
      'generation_config.json': JSON.stringify({ bos_token_id: bos, eos_token_id: ends }),
    },
    tokens: { bos_token_id: bos ?? null, eos_token_id: eos ?? null, pad_token_id: id('padding') ?? null },
  };
}

interface Given {
  readonly texts: readonly string[];
  readonly types: readonly number[];
  readonly bos: number | undefined;
  value<T>(key: string): T | undefined;
  invalid(reason: Reason): AppError;
}

/** A tokenizer.json of GPT-2's kind. */
function byteLevel({ texts, types, value, invalid, bos }: Given, pre: string | undefined): Record<string, string> {
  const named = preTokenizerNamed(pre ?? 'gpt-2');
  const merges = value<readonly string[]>('merges');
  if (!named) throw invalid(because`its pre-tokenizer is ${String(pre)}`);
  if (!merges) throw invalid(because`it has no ${'tokenizer.ggml.merges'}`);
  const vocab: [string, number][] = [];
  const added: Json[] = [];
  for (const [id, text] of texts.entries()) {
    const type = types[id];
    if (type === tokenTypes.normal || type === tokenTypes.unknown || type === tokenTypes.byte) vocab.push([text, id]);
    else if (type !== tokenTypes.unused)
      added.push({ id, content: text, special: type === tokenTypes.control, normalized: false });
  }
  const name = bos === undefined ? undefined : texts[bos]!;
  const begin = { SpecialToken: { id: name, type_id: 0 } };
  const text = { Sequence: { id: 'A', type_id: 0 } };
  const processor = name && {
    type: 'TemplateProcessing',
    single: [begin, text],
    pair: [begin, text, { SpecialToken: { id: name, type_id: 1 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: { [name]: { id: name, ids: [bos], tokens: [name] } },
  };
  return {
    'tokenizer.json': JSON.stringify({
      version: '1.0',
      added_tokens: added,
      normalizer: named.composes ? { type: 'NFC' } : null,
      pre_tokenizer: named.preTokenizer,
      post_processor: processor ?? null,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: {
        ...{ type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null },
        ...{ fuse_unk: false, byte_fallback: false, ignore_merges: named.ignoresMerges },
        vocab: Object.fromEntries(vocab),
        // The first space stands between the parts: a part may begin with none of its own.
        merges,
      },
    }),
  };
}

/** A `.model` file of SentencePiece's BPE. */
function sentencePiece(
  { texts, types, value, invalid }: Given,
  { bos, eos }: { readonly bos: number | undefined; readonly eos: number | undefined },
): Record<string, Bytes> {
  const scores = value<readonly number[]>('scores');
  if (!Array.isArray(scores) || scores.length !== texts.length)
    throw invalid(because`it has no ${'tokenizer.ggml.scores'}`);
  const unknown = types.indexOf(tokenTypes.unknown);
  if (unknown < 0) throw invalid(because`it has no ${'tokenizer.ggml.unknown_token_id'}`);
  const pieces = texts.map((text, id) => {
    const type = pieceTypes[types[id]!];
    if (!type) throw invalid(because`token ${id} is of type ${String(types[id])}`);
    return { text, score: scores[id]!, type };
  });
  const addDummyPrefix = value<boolean>('add_space_prefix') ?? true;
  const ids = { unk: unknown, bos: bos ?? -1, eos: eos ?? -1, pad: -1 };
  return { 'tokenizer.model': sentencePieceFile({ pieces, ids, addDummyPrefix }) };
}
