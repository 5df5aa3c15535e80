import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import { createTokenizer, type TokenizerFiles } from './tokenizer.ts';

// Made by interop/golden_vocabulary.py with transformers.
const { texts, kinds } = JSON.parse(
  readFileSync(new URL('./golden/vocabulary-files.json', import.meta.url), 'utf8'),
) as {
  texts: string[];
  kinds: Record<
    string,
    {
      files: Record<string, string>;
      ids: number[][];
      whole: number[][];
      eos: number | null;
      bos: number | null;
      pad: number | null;
    }
  >;
};

const opened = (files: Record<string, string>): TokenizerFiles => ({
  vocabularyJson: files['vocab.json'],
  merges: files['merges.txt'] ?? null,
  vocabularyText: files['vocab.txt'] ?? null,
  tokenizerConfig: files['tokenizer_config.json'],
  specialTokensMap: files['special_tokens_map.json'],
  modelType: (JSON.parse(files['config.json']!) as { model_type: string }).model_type,
});

describe.each(Object.entries(kinds))('the vocabulary files of %s', (_, { files, ids, whole, eos, bos, pad }) => {
  const tokenizer = createTokenizer(opened(files));

  it('give the ids of Python, with and without what stands at both ends', () => {
    expect(texts.map((text) => tokenizer.encode(text))).toEqual(ids);
    expect(texts.map((text) => tokenizer.encodeWithSpecial(text))).toEqual(whole);
  });

  it('name the special tokens of Python', () => {
    expect([tokenizer.bosTokenId, tokenizer.eosTokenId]).toEqual([bos, eos]);
    if (pad !== null) expect(tokenizer.padTokenId).toBe(pad);
  });
});

describe('vocabulary files that cannot be converted', () => {
  const opt = opened(kinds.OPT!.files);
  const refused = (files: TokenizerFiles): string => {
    try {
      createTokenizer(files);
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect((error as AppError).code).toBe('tokenizer-convert');
      return (error as AppError).message;
    }
    throw new Error('they were accepted');
  };

  it.each<[Partial<TokenizerFiles>, string]>([
    [{ merges: null }, 'merges.txt is missing'],
    [{ merges: '#version: 0.2\na b c\n' }, 'no merge: "a b c"'],
    [{ merges: 'Ġ nothinglikeit\n' }, '"nothinglikeit", which vocab.json does not hold'],
    [{ vocabularyJson: '{"a": 1' }, 'not JSON'],
    [{ vocabularyJson: '["a"]' }, 'not a list of tokens'],
    [{ vocabularyJson: '{"▁": 0, "a": 1}' }, 'whose .model file is missing'],
    [{ tokenizerConfig: '{"tokenizer_class": "WhisperTokenizer"}' }, 'no conversion for WhisperTokenizer'],
    [{ tokenizerConfig: '{}', modelType: 'mpnet' }, 'no conversion for the model type mpnet'],
    [{ tokenizerConfig: '{"tokenizer_class": "BertTokenizer"}' }, 'vocab.txt is missing'],
  ])('say what is missing and how to make a tokenizer.json: %j', (change, reason) => {
    const message = refused({ ...opt, ...change });
    expect(message).toContain(reason);
    expect(message).toContain('save_pretrained');
  });
});
