/**
 * chrF against one reference as sacreBLEU 2.6 scores it with its defaults (chrF2): character n-grams up to 6 without
 * spaces, recall counted twice, case kept (Popović 2015).
 */
import { countsOf, overlapOf, pythonSpaces } from './tokens.ts';

const orders = [1, 2, 3, 4, 5, 6];
const recallFactor = 2 ** 2;

/** Of one order: n-grams of the hypothesis, of the reference, and of both. */
type Counted = readonly [ours: number, theirs: number, both: number];

/** Of one sentence, 0 to 100. */
export const sentenceChrf = (hypothesis: string, reference: string): number => scoreOf(counted(hypothesis, reference));

/** Of all together, 0 to 100: n-grams are counted over all sentences. */
export function corpusChrf(hypotheses: readonly string[], references: readonly string[]): number {
  const all = hypotheses.map((hypothesis, row) => counted(hypothesis, references[row]!));
  const sum = (order: number, part: 0 | 1 | 2) => all.reduce((total, each) => total + each[order]![part], 0);
  return scoreOf(orders.map((_, order) => [sum(order, 0), sum(order, 1), sum(order, 2)]));
}

function counted(hypothesis: string, reference: string): Counted[] {
  const [ours, theirs] = [hypothesis, reference].map((text) => [...text.split(pythonSpaces).join('')]) as [
    string[],
    string[],
  ];
  return orders.map((n) => {
    const [mine, wanted] = [countsOf(ngrams(ours, n)), countsOf(ngrams(theirs, n))];
    // What the reference is too short for is no fault of the hypothesis.
    const total = wanted.size === 0 ? 0 : Math.max(0, ours.length - n + 1);
    return [total, Math.max(0, theirs.length - n + 1), overlapOf(mine, wanted)];
  });
}

const ngrams = (characters: readonly string[], n: number): string[] =>
  Array.from({ length: Math.max(0, characters.length - n + 1) }, (_, start) =>
    characters.slice(start, start + n).join(''),
  );

function scoreOf(all: readonly Counted[]): number {
  const used = all.filter(([ours, theirs]) => ours > 0 && theirs > 0);
  const mean = (of: (each: Counted) => number) => used.reduce((sum, each) => sum + of(each), 0) / used.length;
  const [precision, recall] = [mean(([ours, , both]) => both / ours), mean(([, theirs, both]) => both / theirs)];
  if (used.length === 0 || precision + recall === 0) return 0;
  return (100 * (1 + recallFactor) * precision * recall) / (recallFactor * precision + recall);
}
