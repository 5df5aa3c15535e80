import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type BleuTokenizer, sentenceBleu, tokenizerFor } from './bleu.ts';

interface Case {
  readonly tokenizer: BleuTokenizer;
  readonly hypothesis: string;
  readonly reference: string;
  readonly score: number;
}
const golden: { cases: Case[] } = JSON.parse(readFileSync(new URL('golden/bleu.json', import.meta.url), 'utf8'));

test.each(golden.cases)('$tokenizer: "$hypothesis" against "$reference" scores as in sacreBLEU', (each) => {
  expect(sentenceBleu(each.hypothesis, each.reference, each.tokenizer)).toBeCloseTo(each.score, 9);
});

test('languages without spaces are scored by characters, others by words', () => {
  expect(tokenizerFor(['東京は日本の首都です。', 'GPUで学習します'])).toBe('char');
  expect(tokenizerFor(['The cat is on the mat.', 'She said 猫 once.'])).toBe('13a');
  expect(tokenizerFor(['42', ''])).toBe('13a');
});
