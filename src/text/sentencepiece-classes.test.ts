import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSentencePiece } from './sentencepiece-model.ts';
import { createTokenizer } from './tokenizer.ts';

interface Golden {
  texts: string[];
  models: Record<string, string>;
  kinds: Record<string, GoldenKind>;
}
interface GoldenKind {
  modelType: string;
  model: string;
  config: string;
  ids: number[][];
  whole: number[][];
  pairs: { first: string; second: string; length: number; ids: number[]; types: number[] }[];
  size: number;
  pad: number;
  bos: number;
  eos: number;
  mask: number;
}

/** Made by interop/golden_sentencepiece_classes.py with transformers 5.18. */
const path = (name: string) => new URL(`./golden/${name}`, import.meta.url);
const golden = JSON.parse(readFileSync(path('sentencepiece-classes.json'), 'utf8')) as Golden;

/** The field of its normalisation behind a model that has none. */
const { charsmap } = parseSentencePiece(new Uint8Array(readFileSync(path('unigram-nfkc.model'))));
const field = (number: number, bytes: Uint8Array) => {
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Uint8Array.of((number << 3) | 2, ...length), bytes]);
};
const modelOf = (name: string) =>
  new Uint8Array(Buffer.concat([Buffer.from(golden.models[name]!, 'base64'), field(3, field(2, charsmap))]));

describe.each(Object.entries(golden.kinds))('a .model file of %s', (_, kind) => {
  const files = { sentencePiece: modelOf(kind.model), tokenizerConfig: kind.config };
  const tokenizer = createTokenizer({ ...files, modelType: kind.modelType });

  it('gives the ids of Python', () => {
    expect(golden.texts.map((text) => [text, tokenizer.encode(text)])).toEqual(
      golden.texts.map((text, index) => [text, kind.ids[index]]),
    );
  });

  it('puts its special tokens around a text', () => {
    expect(golden.texts.map((text) => tokenizer.encodeText(text, 1e6).ids)).toEqual(kind.whole);
  });

  it('puts two texts into one', () => {
    const ours = kind.pairs.map(({ first, second, length }) => {
      const { ids, typeStart } = tokenizer.encodePair(first, second, length);
      return { ids, types: ids.map((_, place) => (place < typeStart ? 0 : 1)) };
    });
    expect(ours).toEqual(kind.pairs.map(({ ids, types }) => ({ ids, types })));
  });

  it('knows its special ids and size', () => {
    expect(tokenizer).toMatchObject({ padTokenId: kind.pad, bosTokenId: kind.bos, eosTokenId: kind.eos });
    expect(tokenizer.vocabularySize).toBe(kind.size);
    expect(tokenizer.specialTokens.map(({ id }) => id)).toContain(kind.mask);
  });
});

describe('a .model file', () => {
  const { modelType, model, ids } = golden.kinds['XLM-RoBERTa']!;

  it('is numbered by the class that is named, and not by the type of the model', () => {
    const tokenizerConfig = { tokenizer_class: 'XLMRobertaTokenizer' };
    const tokenizer = createTokenizer({ sentencePiece: modelOf(model), tokenizerConfig, modelType: 'deberta-v2' });
    expect(tokenizer.encode(golden.texts[0]!)).toEqual(ids[0]);
  });

  it('that merges pairs is refused for a class that cuts by Unigram', () => {
    const sentencePiece = new Uint8Array(readFileSync(path('bpe-bytes.model')));
    expect(() => createTokenizer({ sentencePiece, modelType })).toThrow(/other than Unigram/);
  });

  it.each([
    [{ tokenizer_class: 'BertJapaneseTokenizer', word_tokenizer_type: 'mecab' }, 'MeCab'],
    [{ tokenizer_class: 'DistilBertJapaneseTokenizer' }, 'MeCab'],
    [{ tokenizer_class: 'BertJapaneseTokenizer', word_tokenizer_type: 'sudachi' }, 'Sudachi'],
  ])('of a tokenizer with a dictionary is refused and says which models need none: %j', (tokenizerConfig, analyser) => {
    const open = () => createTokenizer({ sentencePiece: modelOf(model), tokenizerConfig });
    expect(open).toThrow(expect.objectContaining({ code: 'tokenizer-dictionary', params: { analyser } }));
    expect(open).toThrow(/cuts words with/);
  });
});
