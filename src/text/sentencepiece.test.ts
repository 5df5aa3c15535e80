import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { parseSentencePiece } from './sentencepiece-model.ts';
import { createTokenizer, type TokenizerFiles } from './tokenizer.ts';

interface Golden {
  texts: string[];
  kinds: Record<string, GoldenKind>;
  tokenizers: { json: { normalizer: { normalizers: Record<string, unknown>[] } }; ids: number[][] };
}
interface GoldenKind {
  ids: number[][];
  decoded: string[];
  size: number;
  unk: number;
  bos: number;
  eos: number;
  pad: number;
}

/** Made by interop/golden_sentencepiece.py with sentencepiece 0.2.3. */
const path = (name: string) => new URL(`./golden/${name}`, import.meta.url);
const golden = JSON.parse(readFileSync(path('sentencepiece.json'), 'utf8')) as Golden;
const modelOf = (kind: string) => new Uint8Array(readFileSync(path(`${kind}.model`)));
const open = (kind: string, files: TokenizerFiles = {}) => createTokenizer({ sentencePiece: modelOf(kind), ...files });

const refused = (sentencePiece: Uint8Array, tokenizerConfig?: unknown): string => {
  try {
    createTokenizer({ sentencePiece, tokenizerConfig });
  } catch (error) {
    expect(error).toMatchObject({ name: 'AppError', code: 'tokenizer-invalid' });
    return (error as AppError).message;
  }
  throw new Error('it was accepted');
};

describe.each(Object.entries(golden.kinds))('a %s model without tokenizer.json', (kind, expected) => {
  const tokenizer = open(kind);

  it.each(golden.texts.map((text, index) => [text, expected.ids[index]!] as const))(
    'gives the ids of Python for %j',
    (text, ids) => {
      expect(tokenizer.encode(text)).toEqual(ids);
    },
  );

  it('decodes as Python does', () => {
    // SentencePiece shows ⁇ for an unknown piece, transformers its name; the library drops a byte order mark.
    const known = expected.ids.flatMap((ids, index) =>
      ids.includes(expected.unk) || golden.texts[index]!.includes('\ufeff') ? [] : [index],
    );
    expect(known.length).toBeGreaterThan(8);
    for (const index of known) expect(tokenizer.decode(expected.ids[index]!)).toBe(expected.decoded[index]);
  });

  it('knows its special ids and size', () => {
    expect(tokenizer.bosTokenId).toBe(expected.bos);
    expect(tokenizer.eosTokenId).toBe(expected.eos);
    expect(tokenizer.padTokenId).toBe(expected.pad < 0 ? expected.eos : expected.pad);
    expect(tokenizer.vocabularySize).toBe(expected.size);
    expect(tokenizer.specialTokens).toContainEqual({ id: expected.eos, content: '</s>' });
  });
});

describe('a SentencePiece model', () => {
  it('turns special tokens that are spelled out into their ids', () => {
    expect(open('bpe-bytes').encode('</s>')).toEqual([2]);
  });

  it('begins a section behind a special token with a space, except where legacy is false', () => {
    const [word, spaced] = [open('bpe-bytes', { tokenizerConfig: { legacy: false } }), open('bpe-bytes')].map(
      (tokenizer) => tokenizer.decode(tokenizer.encode('a</s>b')),
    );
    expect([word, spaced]).toEqual(['a</s>b', 'a</s> b']);
  });

  it('takes names and added tokens from the files beside it', () => {
    const tokenizer = open('bpe-bytes', {
      tokenizerConfig: {
        eos_token: '<|end|>',
        bos_token: null,
        added_tokens_decoder: { 461: { content: '<|end|>', special: true } },
      },
      addedTokens: '{"<pad>": 460}',
    });
    expect(tokenizer.eosTokenId).toBe(461);
    expect(tokenizer.bosTokenId).toBe(1);
    expect(tokenizer.encode('<|end|><pad>')).toEqual([461, 460]);
    expect(tokenizer.vocabularySize).toBe(462);
  });

  it('begins and ends a text where the config says so', () => {
    const ids = (tokenizerConfig: unknown) => open('bpe-bytes', { tokenizerConfig }).encodeText('the cat', 99).ids;
    const plain = ids({});
    expect(ids({ add_bos_token: true, add_eos_token: true })).toEqual([1, ...plain, 2]);
    expect(ids({ add_eos_token: true, eos_token: '<sep>' })).toEqual([
      ...plain,
      open('bpe-bytes').encode('<sep>').at(-1),
    ]);
  });

  it('stands back behind a tokenizer.json', () => {
    const tokenizerJson = { model: { type: 'WordPiece', unk_token: '?', vocab: { '?': 0 } } };
    expect(open('bpe-bytes', { tokenizerJson }).vocabularySize).toBe(1);
  });

  it('that cannot be converted is refused with its reason', () => {
    const good = modelOf('bpe-bytes');
    const piece = (text: string) => [0x0a, text.length + 2, 0x0a, text.length, ...Buffer.from(text)];
    expect(refused(new Uint8Array())).toContain('no pieces');
    expect(refused(Buffer.from('{"version": "1.0"}'))).toContain('damaged');
    expect(refused(good.subarray(0, -5))).toContain('damaged');
    expect(refused(good, { tokenizer_class: 'MBartTokenizer' })).toContain('numbers its pieces anew');
    expect(refused(Uint8Array.of(...piece('a'), ...piece('a')))).toContain('twice');
    expect(refused(Uint8Array.of(...piece('')))).toContain('0 characters');
    expect(refused(Uint8Array.of(...piece('a'), 0x12, 2, 0x18, 3))).toContain('other than Unigram and BPE');
    expect(refused(Uint8Array.of(...piece('a'), 0x12, 3, 0xc0, 0x01, 1))).toContain('behind words');
    expect(refused(Uint8Array.of(...piece('a'), 0x12, 3, 0xc0, 0x02, 9))).toContain('no unknown piece');
    expect(refused(Uint8Array.of(...piece('a'), 0x1a, 3, 0x12, 1, 9))).toContain('charsmap');
    expect(refused(good, { added_tokens_decoder: { 4000000000: { content: 'x' } } })).toContain('4000000000');
  });

  it('of any bytes either opens and encodes, or is refused', () => {
    const good = modelOf('bpe-bytes');
    const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const copy = good.slice();
        for (const [at, byte] of changes) copy[at] = byte;
        try {
          createTokenizer({ sentencePiece: copy }).encode('日本の the cat');
        } catch (error) {
          expect(error).toMatchObject({ name: 'AppError', code: 'tokenizer-invalid' });
        }
      }),
      { numRuns: 100 },
    );
  });

  it('whose normalisation has been tampered with still ends', () => {
    const good = modelOf('unigram-nfkc');
    const begin = good.length - parseSentencePiece(good).charsmap.length;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(60_000), fc.nat(255)), { minLength: 1, maxLength: 50 }), (changes) => {
        const copy = good.slice();
        for (const [at, byte] of changes) copy[begin + at] = byte;
        try {
          createTokenizer({ sentencePiece: copy }).encode('ｶﾞ日本の the cat');
        } catch (error) {
          expect(error).toMatchObject({ name: 'AppError', code: 'tokenizer-invalid' });
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('a tokenizer.json with a precompiled normalisation', () => {
  const { json, ids } = golden.tokenizers;
  const charsmap = Buffer.from(parseSentencePiece(modelOf('unigram-nfkc')).charsmap).toString('base64');
  const withCharsmap = (precompiled_charsmap: unknown) => {
    const [first, ...others] = json.normalizer.normalizers;
    return {
      ...json,
      normalizer: { ...json.normalizer, normalizers: [{ ...first, precompiled_charsmap }, ...others] },
    };
  };
  const tokenizer = createTokenizer({ tokenizerJson: withCharsmap(charsmap) });

  it.each(golden.texts.map((text, index) => [text, ids[index]!] as const))(
    'gives the ids of Python for %j',
    (text, expected) => {
      expect(tokenizer.encode(text)).toEqual(expected);
    },
  );

  it.each(['AAAA', '!', charsmap.slice(0, 400)])('that is none is refused: %s', (bad) => {
    expect(() => createTokenizer({ tokenizerJson: withCharsmap(bad) })).toThrow(AppError);
  });
});
