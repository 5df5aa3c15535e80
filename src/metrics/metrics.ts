/** What scores written answers against expected ones: one function each, 0 to 100, of which more is better. */
import { sentenceBleu } from './bleu.ts';
import { sentenceChrf } from './chrf.ts';
import { rougeL } from './rouge.ts';
import { exactMatch, wordF1 } from './squad.ts';
import { areUnspaced } from './tokens.ts';

export interface Metric {
  readonly score: (answer: string, expected: string) => number;
  /** How texts are cut, where that depends on them; else empty. */
  readonly note: string;
}

/** For texts, of which `unspaced` says whether they are of a script without spaces between words. */
type MakeMetric = (unspaced: boolean) => Metric;

const byUnit =
  (score: (answer: string, expected: string, unit: 'words' | 'characters') => number): MakeMetric =>
  (unspaced) => ({
    score: (answer, expected) => score(answer, expected, unspaced ? 'characters' : 'words'),
    note: unspaced ? 'char' : '',
  });

export const metrics = {
  BLEU: (unspaced) => {
    const tokenizer = unspaced ? 'char' : '13a';
    return { score: (answer, expected) => sentenceBleu(answer, expected, tokenizer), note: tokenizer };
  },
  chrF: () => ({ score: sentenceChrf, note: '' }),
  'ROUGE-L': byUnit(rougeL),
  'exact-match': () => ({ score: exactMatch, note: '' }),
  F1: byUnit(wordF1),
} as const satisfies Record<string, MakeMetric>;

export type MetricName = keyof typeof metrics;

export const metricNames = Object.keys(metrics) as MetricName[];

export const isMetric = (name: string): name is MetricName => Object.hasOwn(metrics, name);

/** A metric for answers to what these say. */
export const metricFor = (name: MetricName, expected: readonly string[]): Metric =>
  metrics[name](areUnspaced(expected));
