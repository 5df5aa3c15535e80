/**
 * BLEU of one sentence against one reference as sacreBLEU 2.6 scores it with its defaults and effective order:
 * 4-grams, exponential smoothing, brevity penalty, case kept (Papineni et al. 2002, Post 2018).
 */

/** sacreBLEU's tokenizers: words and punctuation as mteval-v13a cuts them, or every character. */
export type BleuTokenizer = '13a' | 'char';

const largestOrder = 4;

/** From 0 to 100. */
export function sentenceBleu(hypothesis: string, reference: string, tokenizer: BleuTokenizer): number {
  const [ours, theirs] = [tokenize(hypothesis, tokenizer), tokenize(reference, tokenizer)];
  if (ours.length === 0) return 0;
  let logs = 0;
  let order = 0;
  let smoothing = 1;
  for (let n = 1; n <= Math.min(largestOrder, ours.length); n++) {
    const total = ours.length - n + 1;
    const correct = overlap(ngrams(ours, n), ngrams(theirs, n));
    if (n === 1 && correct === 0) return 0;
    if (correct === 0) smoothing *= 2;
    logs += Math.log(correct === 0 ? 1 / (smoothing * total) : correct / total);
    order = n;
  }
  const brevity = ours.length < theirs.length ? Math.exp(1 - theirs.length / ours.length) : 1;
  return 100 * brevity * Math.exp(logs / order);
}

/** How often each n-gram occurs; parts are joined by what no token has. */
function ngrams(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= tokens.length; start++) {
    const gram = tokens.slice(start, start + n).join(' ');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

function overlap(ours: ReadonlyMap<string, number>, theirs: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [gram, count] of ours) sum += Math.min(count, theirs.get(gram) ?? 0);
  return sum;
}

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
  if (tokenizer === 'char') return [...text].filter((character) => /\S/u.test(character));
  let line = text.trimEnd().replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ');
  for (const [entity, character] of entities) line = line.replaceAll(entity, character);
  line = ` ${line} `;
  for (const [pattern, replacement] of cuts) line = line.replace(pattern, replacement);
  return line.split(/\s+/u).filter((token) => token !== '');
}

/** Scripts that write without spaces between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/** Characters where at least a third of the letters are of a script without spaces between words, words otherwise. */
export function tokenizerFor(references: readonly string[]): BleuTokenizer {
  const text = references.join('');
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return letters > 0 && (text.match(unspaced)?.length ?? 0) >= letters / 3 ? 'char' : '13a';
}
