import { readFileSync } from 'node:fs';
import { PreTrainedTokenizer } from '@huggingface/transformers';
import { describe, expect, it } from 'vitest';
import { type LibraryTokenizer, replaceParts } from './library-parts.ts';
import { tokenizerSections } from './tokenizer.ts';
import { wordEncoder } from './word-ids.ts';

interface Golden {
  readonly files: Parameters<typeof tokenizerSections>[0];
  readonly golden: { readonly cases: readonly { readonly text: string }[] };
}

const kinds = ['gpt2-kind', 'llama3-kind', 'sentencepiece-kind', 'unigram-kind', 'bert-kind', 'bert-cased-kind'];

describe.each(kinds)('words of a %s tokenizer', (kind) => {
  const read = JSON.parse(readFileSync(new URL(`./golden/${kind}.json`, import.meta.url), 'utf8')) as Golden;
  const { json, config } = tokenizerSections(read.files);
  const library = new PreTrainedTokenizer(json, config);
  replaceParts(library._tokenizer as unknown as LibraryTokenizer);
  const encode = wordEncoder(library._tokenizer);
  const { added_tokens_map: added } = library._tokenizer as unknown as { added_tokens_map: Map<string, unknown> };
  const parts = [
    ...read.golden.cases.map(({ text }) => text),
    ...added.keys(),
    ...['', ' ', '\n\n', '\ud800', '\ufffd', 'x'.repeat(100), '☃', ' ☃☃', "it's 1234", '\ufeffa', '日本'],
  ];

  it('have the ids that the library gives, the first time and again', () => {
    let random = 1;
    const draw = () => {
      random = (random * 48271) % 2147483647;
      return parts[random % parts.length]!;
    };
    let ofWords = 0;
    for (let round = 0; round < 600; round++) {
      const text = Array.from({ length: 1 + (round % 4) }, draw).join(round % 3 === 0 ? ' ' : '');
      const ids = encode?.(text) ?? null;
      if (ids === null) continue;
      ofWords++;
      const whole = library.encode(text, { add_special_tokens: false }).filter((id?: number) => id !== undefined);
      expect(ids, JSON.stringify(text)).toEqual(whole);
    }
    expect(ofWords).toBeGreaterThan(300);
  });
});
