import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { corpusBleu } from './bleu.ts';
import { corpusChrf } from './chrf.ts';
import { type MetricName, metricFor, metrics } from './metrics.ts';
import { areUnspaced } from './tokens.ts';

type Scores = Readonly<Partial<Record<MetricName, number>>>;

interface Case {
  readonly answer: string;
  readonly expected: string;
  readonly words: Scores;
  readonly characters: Scores;
}

interface Corpus {
  readonly rows: readonly number[];
  readonly BLEU: number;
  readonly chrF: number;
}
const golden: { cases: Case[]; corpora: Corpus[] } = JSON.parse(
  readFileSync(new URL('golden/metrics.json', import.meta.url), 'utf8'),
);

describe.each(golden.cases)('"$answer" against "$expected"', ({ answer, expected, words, characters }) => {
  const scored = (unspaced: boolean, wanted: Scores) =>
    Object.keys(wanted).map((name) => [name, metrics[name as MetricName](unspaced).score(answer, expected)] as const);

  it('scores as in sacreBLEU, rouge-score and the evaluation of SQuAD', () => {
    expect(Object.keys(words)).toEqual(Object.keys(metrics));
    for (const [name, score] of scored(false, words)) expect(score, name).toBeCloseTo(words[name as MetricName]!, 9);
  });

  it('scores so by characters', () => {
    for (const [name, score] of scored(true, characters))
      expect(score, name).toBeCloseTo(characters[name as MetricName]!, 9);
  });
});

test.each(golden.corpora)('rows $rows together score as in sacreBLEU', ({ rows, BLEU, chrF }) => {
  const texts = (side: 'answer' | 'expected') => rows.map((row) => golden.cases[row]![side]);
  expect(corpusBleu(texts('answer'), texts('expected'))).toBeCloseTo(BLEU, 9);
  expect(corpusChrf(texts('answer'), texts('expected'))).toBeCloseTo(chrF, 9);
});

test('languages without spaces are scored by characters, others by words', () => {
  expect(areUnspaced(['東京は日本の首都です。', 'GPUで学習します'])).toBe(true);
  expect(areUnspaced(['The cat is on the mat.', 'She said 猫 once.'])).toBe(false);
  expect(areUnspaced(['42', ''])).toBe(false);
  expect(metricFor('ROUGE-L', ['東京です']).note).toBe('char');
  expect(metricFor('BLEU', ['Tokyo']).note).toBe('13a');
});
