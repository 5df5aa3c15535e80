import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keptOfPair } from './pair-template.ts';
import { createTokenizer, type PairIds, type Tokenizer } from './tokenizer.ts';

interface GoldenPair {
  first: string;
  second: string;
  length: number;
  ids: number[];
  types: number[];
}

const golden = (name: string) => JSON.parse(readFileSync(new URL(`./golden/${name}.json`, import.meta.url), 'utf8'));
const vocabulary = golden('bert-kind').files.tokenizerJson as Record<string, unknown>;
// Made by interop/golden_pairs.py with transformers.
const kinds = golden('pairs').kinds as Record<string, { processor: unknown; pairs: GoldenPair[] }>;

const typesOf = ({ ids, typeStart }: PairIds) => ids.map((_, place) => (place < typeStart ? 0 : 1));
const ofPython = ({ ids, types }: GoldenPair) => ({ ids, types });
const ofUs = (tokenizer: Tokenizer, { first, second, length }: GoldenPair) => {
  const pair = tokenizer.encodePair(first, second, length);
  return { ids: pair.ids, types: typesOf(pair) };
};

describe.each(Object.entries(kinds))('two texts under %s', (_, { processor, pairs }) => {
  const tokenizer = createTokenizer({ tokenizerJson: { ...vocabulary, post_processor: processor } });

  it('give the ids and types of transformers, whole and cut', () => {
    expect(pairs.map((pair) => ofUs(tokenizer, pair))).toEqual(pairs.map(ofPython));
  });

  it('say where the second begins and how long they were', () => {
    for (const { first, second, length } of pairs) {
      const { ids, secondStart, truncated, wholeLength } = tokenizer.encodePair(first, second, length);
      const [whole, before] = [tokenizer.encodePair(first, second, 1e6), tokenizer.encodePair(first, '', 1e6)];
      expect(wholeLength).toBe(whole.ids.length);
      expect(truncated).toBe(ids.length < whole.ids.length);
      expect(whole.secondStart).toBe(before.secondStart);
      const kept = tokenizer.encode(second);
      const rest = ids.slice(secondStart, -1);
      expect(rest).toEqual(kept.slice(0, rest.length));
    }
  });
});

const classes = { ...golden('vocabulary-files').kinds } as Record<
  string,
  { files: Record<string, string>; pairs: GoldenPair[] }
>;
const withPairs = Object.entries(classes).filter(([, { pairs }]) => pairs.length > 0);

it('there are vocabulary files whose class puts two texts into one', () => {
  expect(withPairs.map(([name]) => name)).toEqual(['RoBERTa', 'BERT', 'BERT with case']);
});

it.each(withPairs)('two texts by the vocabulary files of %s are those of transformers', (_, { files, pairs }) => {
  const tokenizer = createTokenizer({
    vocabularyJson: files['vocab.json'],
    merges: files['merges.txt'] ?? null,
    vocabularyText: files['vocab.txt'] ?? null,
    tokenizerConfig: files['tokenizer_config.json'],
    modelType: (JSON.parse(files['config.json']!) as { model_type: string }).model_type,
  });
  expect(pairs.map((pair) => ofUs(tokenizer, pair))).toEqual(pairs.map(ofPython));
});

describe('a tokenizer', () => {
  const bert = kinds["BERT's template"]!.processor;
  const open = (processor: unknown, tokenizerConfig?: unknown) =>
    createTokenizer({ tokenizerJson: { ...vocabulary, post_processor: processor }, tokenizerConfig });

  it('whose config says that its model takes no types gives none', () => {
    const named = (model_input_names: string[]) => open(bert, { model_input_names }).encodePair('a', 'a', 99);
    const { ids, typeStart } = named(['input_ids', 'attention_mask']);
    expect(typeStart).toBe(ids.length);
    expect(named(['input_ids', 'token_type_ids']).typeStart).toBe(3);
  });

  const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  it.each([
    ['puts nothing around a text', null],
    ['puts nothing between two', { ...(bert as object), pair: [text('A', 0), text('B', 1)] }],
    ['has no second text', { ...(bert as object), pair: (bert as { single: unknown }).single }],
    ['has the second text first', { ...(bert as object), pair: [...(bert as { pair: [] }).pair].reverse() }],
  ])('that %s is refused for pairs alone', (_, processor) => {
    const tokenizer = open(processor);
    expect(tokenizer.encode('a')).not.toEqual([]);
    expect(() => tokenizer.encodePair('a', 'a', 99)).toThrow(
      expect.objectContaining({ code: 'tokenizer-invalid', message: expect.stringContaining('how two texts') }),
    );
  });
});

it('what is kept of two texts fills the room, and the shorter one is cut last', () => {
  for (let first = 0; first < 12; first++)
    for (let second = 0; second < 12; second++)
      for (let room = 0; room < 25; room++) {
        const [a, b] = keptOfPair(first, second, room);
        expect(a + b).toBe(Math.min(room, first + second));
        expect(a <= first && b <= second).toBe(true);
        // Where the shorter one is cut, the two are as long.
        if (a < first && b < second) expect(Math.abs(a - b)).toBeLessThan(2);
      }
});
