import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { encodeChat, renderChat } from './chat-template.ts';
import { createStreamDecoder } from './stream-decoder.ts';
import { type ChatMessage, createTokenizer, type TokenizerFiles } from './tokenizer.ts';

interface Golden {
  files: TokenizerFiles & { tokenizerJson: Record<string, unknown>; tokenizerConfig: Record<string, unknown> };
  golden: {
    eos: number;
    bos: number | null;
    pad: number | null;
    vocabularySize: number;
    cases: { text: string; ids: number[]; decoded: string; plain: string }[];
    chats: { messages: ChatMessage[]; prompt: string; whole: string; ids: number[]; promptLength: number }[];
  };
}

function load(kind: string): Golden {
  return JSON.parse(readFileSync(new URL(`./golden/${kind}.json`, import.meta.url), 'utf8')) as Golden;
}

function errorOf(action: () => unknown): AppError {
  try {
    action();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

// Made by interop/golden_text.py with tokenizers and transformers.
const kinds = ['gpt2-kind', 'llama3-kind', 'sentencepiece-kind', 'unigram-kind', 'bert-kind', 'bert-cased-kind'];
describe.each(kinds)('%s tokenizer', (kind) => {
  const { files, golden } = load(kind);
  const tokenizer = createTokenizer(files);

  it.each(golden.cases)('gives the ids of Python for $text', ({ text, ids }) => {
    expect(tokenizer.encode(text)).toEqual(ids);
  });

  it.each(golden.cases)('decodes back to $text as Python does', ({ ids, decoded, plain }) => {
    expect(tokenizer.decode(ids)).toBe(decoded);
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe(plain);
  });

  it('knows its special ids and size', () => {
    expect(tokenizer.eosTokenId).toBe(golden.eos);
    expect(tokenizer.bosTokenId).toBe(golden.bos);
    expect(tokenizer.padTokenId).toBe(golden.pad ?? golden.eos);
    expect(tokenizer.vocabularySize).toBe(golden.vocabularySize);
    expect(tokenizer.specialTokens.map((token) => token.id)).toContain(golden.eos);
  });

  it('streams every text without ever showing half a character', () => {
    for (const { ids, decoded } of golden.cases) {
      const stream = createStreamDecoder(tokenizer);
      const pieces = ids.map((id) => stream.push(id));
      for (const piece of pieces) expect(piece).not.toContain('\uFFFD');
      expect(pieces.join('') + stream.end()).toBe(decoded);
    }
  });

  it('streams a long text in pieces that join to the whole', () => {
    const ids = tokenizer.encode('日本の首都は東京です。😀 It is, naïvely — said. '.repeat(40));
    const stream = createStreamDecoder(tokenizer);
    expect(ids.map((id) => stream.push(id)).join('') + stream.end()).toBe(tokenizer.decode(ids));
  });

  it.each(golden.chats)('renders, tokenises and masks a conversation as Python does ($whole)', (chat) => {
    expect(renderChat(tokenizer, chat.messages.slice(0, -1), { addGenerationPrompt: true })).toBe(chat.prompt);
    expect(renderChat(tokenizer, chat.messages, { addGenerationPrompt: false })).toBe(chat.whole);
    expect(encodeChat(tokenizer, chat.messages)).toMatchObject({ ids: chat.ids, promptLength: chat.promptLength });
  });
});

describe('tokenizer files as they are found', () => {
  const { files, golden } = load('gpt2-kind');
  const json = files.tokenizerJson;

  it('takes the files as text', () => {
    const texts = { tokenizerJson: JSON.stringify(json), tokenizerConfig: JSON.stringify(files.tokenizerConfig) };
    expect(createTokenizer(texts).encode('Hello world')).toEqual(golden.cases[0]?.ids);
  });

  it('reads special tokens written as objects', () => {
    const config = { ...files.tokenizerConfig, eos_token: { content: '<|endoftext|>', lstrip: false } };
    expect(createTokenizer({ ...files, tokenizerConfig: config }).eosTokenId).toBe(0);
  });

  it('takes the template called default among several', () => {
    const config = {
      chat_template: [
        { name: 'tool_use', template: 'tools' },
        { name: 'default', template: 'plain' },
      ],
    };
    expect(createTokenizer({ tokenizerJson: json, tokenizerConfig: config }).chatTemplate).toBe('plain');
  });

  it('works from tokenizer.json alone and still finds the end of text', () => {
    const tokenizer = createTokenizer({ tokenizerJson: json });
    expect(tokenizer.eosTokenId).toBe(golden.eos);
    expect(tokenizer.chatTemplate).toBeNull();
    expect(tokenizer.encode('Hello world')).toEqual(golden.cases[0]?.ids);
  });

  it('prefers the end-of-text id of config.json to a guess', () => {
    expect(createTokenizer({ tokenizerJson: json, eosTokenId: 0 }).eosTokenId).toBe(0);
  });

  it('shows nothing for ids outside the vocabulary, and nothing for no ids', () => {
    const tokenizer = createTokenizer(files);
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.decode([9999, ...tokenizer.encode('cat')])).toBe('cat');
  });

  it('holds back incomplete bytes and shows them only at the end', () => {
    const tokenizer = createTokenizer(files);
    const ids = tokenizer.encode('😀');
    expect(ids.length).toBeGreaterThan(1);
    const stream = createStreamDecoder(tokenizer);
    expect(
      ids
        .slice(0, -1)
        .map((id) => stream.push(id))
        .join(''),
    ).toBe('');
    expect(stream.end()).toContain('\uFFFD');
  });

  const { tokenizerConfig, tokenizerJson, chatTemplate } = load('llama3-kind').files;
  const { bos_token, eos_token, ...nameless } = tokenizerConfig;

  it('name special tokens in special_tokens_map.json, as texts or as objects', () => {
    const specialTokensMap = { bos_token, eos_token: { content: eos_token, lstrip: false, special: true } };
    const { golden } = load('llama3-kind');
    const tokenizer = createTokenizer({
      ...{ tokenizerJson, chatTemplate: chatTemplate ?? null },
      ...{ tokenizerConfig: nameless, specialTokensMap },
    });
    expect([tokenizer.bosTokenId, tokenizer.eosTokenId]).toEqual([golden.bos, golden.eos]);
    const [chat] = golden.chats;
    expect(renderChat(tokenizer, chat!.messages, { addGenerationPrompt: false })).toBe(chat!.whole);
  });

  it('let the map win over a config of the older kind, and only complete one of the newer', () => {
    const specialTokensMap = { bos_token: '<|end_of_text|>', eos_token: '<|im_end|>' };
    const ids = (config: object) => {
      const { bosTokenId, eosTokenId } = createTokenizer({ tokenizerJson, tokenizerConfig: config, specialTokensMap });
      return [bosTokenId, eosTokenId];
    };
    const id = (token: string) => createTokenizer({ tokenizerJson }).encode(token)[0];
    expect(ids(tokenizerConfig)).toEqual([id('<|end_of_text|>'), id('<|im_end|>')]);
    expect(ids({ ...nameless, bos_token, added_tokens_decoder: {} })).toEqual([
      id(String(bos_token)),
      id('<|im_end|>'),
    ]);
  });

  it('never cut a special token that only the config names', () => {
    const without = { ...tokenizerJson, added_tokens: [] };
    const plain = createTokenizer({ tokenizerJson: without, tokenizerConfig: {} });
    expect(plain.encode('<s>').length).toBeGreaterThan(1);
    const config = { eos_token: '<s>', added_tokens_decoder: { 7: { content: '<tool>', special: false } } };
    const named = createTokenizer({ tokenizerJson: without, tokenizerConfig: config });
    const size = plain.vocabularySize;
    expect([named.encode('<tool>'), named.encode('<s>'), named.eosTokenId]).toEqual([[size], [size + 1], size + 1]);
  });

  it('let a token take the spaces before it though runs of spaces are tokens, as in ModernBERT', () => {
    const flags = { single_word: false, lstrip: false, rstrip: false };
    const tokenizer = createTokenizer({
      tokenizerJson: {
        model: { type: 'BPE', vocab: { a: 0, ' ': 1, '?': 2 }, merges: [], unk_token: '?' },
        added_tokens: [
          { ...flags, id: 3, content: '  ', normalized: true, special: false },
          { ...flags, id: 4, content: '[MASK]', normalized: false, special: true, lstrip: true },
          { ...flags, id: 5, content: '[END]', normalized: false, special: true },
        ],
      },
    });
    // As tokenizers 0.23 for Python.
    expect(['a  [MASK]', '[END]  [MASK]a', 'a  [END]'].map(tokenizer.encode)).toEqual([
      [0, 4],
      [5, 4, 0],
      [0, 3, 5],
    ]);
  });

  it('says that tokenizer.json is missing', () => {
    expect(errorOf(() => createTokenizer({ tokenizerJson: undefined })).code).toBe('tokenizer-missing');
  });

  it.each([
    ['text that is not JSON', '<html>'],
    ['a list', []],
    ['no model', { version: '1.0' }],
    ['no vocabulary', { model: { type: 'BPE' } }],
    ['an unknown model type', { model: { type: 'Nonsense', vocab: {} } }],
    ['an unknown decoder', { ...json, decoder: { type: 'Nonsense' } }],
  ])('says that a tokenizer.json with %s is invalid', (_name, tokenizerJson) => {
    expect(errorOf(() => createTokenizer({ tokenizerJson })).code).toBe('tokenizer-invalid');
  });

  it('passes on why a chat template refuses a conversation', () => {
    const tokenizer = createTokenizer(load('llama3-kind').files);
    const error = errorOf(() =>
      renderChat(tokenizer, [{ role: 'assistant', content: 'first' }], { addGenerationPrompt: true }),
    );
    expect(error.code).toBe('template-refused');
    expect(error.message).toContain('roles must alternate');
  });
});
