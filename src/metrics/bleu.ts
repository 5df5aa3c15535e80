/**
 * BLEU against one reference as sacreBLEU 2.6 scores it with its defaults: 4-grams, exponential smoothing, brevity
 * penalty, case kept (Papineni et al. 2002, Post 2018).
 */
import { charactersOf, countsOf, overlapOf } from './tokens.ts';

/** sacreBLEU's tokenizers: words and punctuation as mteval-v13a cuts them, or every character. */
export type BleuTokenizer = '13a' | 'char';

const largestOrder = 4;

/** What texts have in common with their references: of each order the n-grams that are right, and all of them. */
interface Counted {
  readonly correct: readonly number[];
  readonly total: readonly number[];
  /** Tokens. */
  readonly ours: number;
  readonly theirs: number;
}

/** Of one sentence, 0 to 100; by the orders that it is long enough for (sacreBLEU's effective order). */
export function sentenceBleu(hypothesis: string, reference: string, tokenizer: BleuTokenizer): number {
  return scoreOf(counted(hypothesis, reference, tokenizer), true);
}

/** Of all together, 0 to 100: n-grams are counted over all sentences. */
export function corpusBleu(hypotheses: readonly string[], references: readonly string[]): number {
  const all = hypotheses.map((hypothesis, row) => counted(hypothesis, references[row]!, '13a'));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const byOrder = (key: 'correct' | 'total') => orders.map((order) => sum(all.map((each) => each[key][order - 1]!)));
  const of = (key: 'ours' | 'theirs') => sum(all.map((each) => each[key]));
  const counts = { correct: byOrder('correct'), total: byOrder('total'), ours: of('ours'), theirs: of('theirs') };
  return scoreOf(counts, false);
}

const orders = Array.from({ length: largestOrder }, (_, index) => index + 1);

function counted(hypothesis: string, reference: string, tokenizer: BleuTokenizer): Counted {
  const [ours, theirs] = [tokenize(hypothesis, tokenizer), tokenize(reference, tokenizer)];
  return {
    correct: orders.map((n) => overlapOf(countsOf(ngrams(ours, n)), countsOf(ngrams(theirs, n)))),
    total: orders.map((n) => Math.max(0, ours.length - n + 1)),
    ours: ours.length,
    theirs: theirs.length,
  };
}

/** @param effective whether orders that no text is long enough for are left out; else such a score is 0 */
function scoreOf({ correct, total, ours, theirs }: Counted, effective: boolean): number {
  const used = total.filter((count) => count > 0).length;
  if (used === 0 || correct.every((count) => count === 0) || (!effective && used < largestOrder)) return 0;
  let logs = 0;
  let smoothing = 1;
  for (let order = 0; order < used; order++) {
    if (effective && order === 0 && correct[0] === 0) return 0;
    if (correct[order] === 0) smoothing *= 2;
    logs += Math.log(correct[order] === 0 ? 1 / (smoothing * total[order]!) : correct[order]! / total[order]!);
  }
  const brevity = ours < theirs ? Math.exp(1 - theirs / ours) : 1;
  return 100 * brevity * Math.exp(logs / used);
}

/** The n-grams of a text; parts are joined by what no token has. */
const ngrams = (tokens: readonly string[], n: number): string[] =>
  Array.from({ length: Math.max(0, tokens.length - n + 1) }, (_, start) => tokens.slice(start, start + n).join(' '));

/** What mteval-v13a writes apart: punctuation but not between digits, and a dash after a digit. */
const cuts: readonly [RegExp, string][] = [
  [/([{-~[-` -&(-+:-@/])/g, ' $1 '],
  [/([^0-9])([.,])/g, '$1 $2 '],
  [/([.,])([^0-9])/g, ' $1 $2'],
  [/([0-9])(-)/g, '$1 $2 '],
];

const entities: readonly [string, string][] = [
  ['&quot;', '"'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
];

function tokenize(text: string, tokenizer: BleuTokenizer): string[] {
  if (tokenizer === 'char') return charactersOf(text);
  let line = text.trimEnd().replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  for (const [entity, character] of entities) line = line.replaceAll(entity, character);
  line = ` ${line} `;
  for (const [pattern, replacement] of cuts) line = line.replace(pattern, replacement);
  return line.split(/\s+/u).filter((token) => token !== '');
}
