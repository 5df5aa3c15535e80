/** How good vectors of texts are: the definitions of sentence-transformers' evaluators, with cosines. */
import type { Batch } from '../../data/batches.ts';
import type { Model } from '../../models/model.ts';
import { textsOf } from '../../models/sentence-encoder.ts';
import { comparedRows, type HeldOut } from '../held-out.ts';
import type { LogitsOf } from '../objective.ts';
import type { ScoreSet, Scores } from '../scores.ts';

/** Of texts that are looked for among others: InformationRetrievalEvaluator's, and TripletEvaluator's where rows have three texts. */
export const rankingScores: ScoreSet = ['accuracyAt1', 'mrrAt10', 'tripletAccuracy'];
/** Of pairs with a score: EmbeddingSimilarityEvaluator's. */
export const similarityScores: ScoreSet = ['spearman', 'pearson'];

/** Rows that are held against each other at most, the first ones: every one is compared with all of them. */
export const mostCompared = 1000;
/** Where a text is not among so many nearest ones, it was not found at all. */
const deepest = 10;

/** The vectors of a row's texts. */
export interface EmbeddedRow {
  readonly vectors: readonly ArrayLike<number>[];
  /** What tells each of the texts from others. */
  readonly keys: readonly string[];
  readonly score: number | undefined;
}

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, ofA, ofB] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [a[index]!, b[index]!];
    product += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  return product / Math.max(Math.sqrt(ofA * ofB), 1e-12);
}

/** The rows of batches with what the model gives for them. */
function embeddedRows({ sentence, hiddenSize }: Model, batches: readonly Batch[], vectorsOf: LogitsOf): EmbeddedRow[] {
  const texts = textsOf[sentence!.learns];
  return batches.flatMap(({ rows, ids, length, lengths, targets }, index) => {
    const all = vectorsOf(index);
    return Array.from({ length: rows.length / texts }, (_, example): EmbeddedRow => {
      const places = Array.from({ length: texts }, (_, text) => example * texts + text);
      return {
        vectors: places.map((place) => all.subarray(place * hiddenSize, (place + 1) * hiddenSize)),
        keys: places.map((place) => ids.subarray(place * length, place * length + lengths[place]![0]!).join()),
        score: targets?.[example],
      };
    });
  });
}

/** Where a row's text stands among all others, the nearest first: 1 for the nearest. */
export interface Found {
  readonly rank: number;
  /** The row, and which of its texts, that stands first. */
  readonly nearest: { readonly row: number; readonly text: number };
}

/**
 * Of each row's first text the place of its second among all second and third texts of the rows, each counted once. Where
 * rows have the same first text, each of their second ones is right. Equal cosines stand in the rows' order.
 */
export function foundTexts(rows: readonly EmbeddedRow[]): Found[] {
  const corpus = new Map<string, { vector: ArrayLike<number>; row: number; text: number }>();
  const right = new Map<string, Set<string>>();
  for (const [row, { vectors, keys }] of rows.entries()) {
    for (let text = 1; text < keys.length; text++)
      if (!corpus.has(keys[text]!)) corpus.set(keys[text]!, { vector: vectors[text]!, row, text });
    right.set(keys[0]!, (right.get(keys[0]!) ?? new Set()).add(keys[1]!));
  }
  const candidates = [...corpus];
  return rows.map(({ vectors: [anchor], keys: [key] }) => {
    const wanted = right.get(key!)!;
    const cosines = candidates.map(([, { vector }]) => cosine(anchor!, vector));
    const order = [...candidates.keys()].sort((a, b) => cosines[b]! - cosines[a]! || a - b);
    const { row, text } = candidates[order[0]!]![1];
    return { rank: 1 + order.findIndex((index) => wanted.has(candidates[index]![0])), nearest: { row, text } };
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Ranks from 1, equal values sharing the mean of theirs. */
export function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const found = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let place = start; place < end; place++) found[order[place]!] = (start + 1 + end) / 2;
    start = end;
  }
  return found;
}

/** The correlation of two lists; null where one of them is the same throughout. */
export function pearson(a: readonly number[], b: readonly number[]): number | null {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, ofA, ofB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const [x, y] = [value - meanA, b[index]! - meanB];
    both += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  return ofA === 0 || ofB === 0 ? null : both / Math.sqrt(ofA * ofB);
}

export const spearman = (a: readonly number[], b: readonly number[]): number | null => pearson(ranks(a), ranks(b));

export const cosineOfPair = ({ vectors: [first, second] }: Pick<EmbeddedRow, 'vectors'>): number =>
  cosine(first!, second!);

const reciprocal = ({ rank }: Found): number => (rank <= deepest ? 1 / rank : 0);
const shareFirst = (found: readonly Found[]): number => mean(found.map(({ rank }) => (rank === 1 ? 1 : 0)));

/** The share of rows whose second text is nearer to the first than their third; none where there is no third. */
function tripletAccuracy(rows: readonly EmbeddedRow[]): Scores {
  if (rows[0]!.vectors.length < 3) return {};
  const isNearer = ({ vectors: [anchor, positive, negative] }: EmbeddedRow) =>
    cosine(anchor!, positive!) > cosine(anchor!, negative!);
  return { tripletAccuracy: mean(rows.map((row) => (isNearer(row) ? 1 : 0))) };
}

/** The scores of what a model gave for each batch. */
export function sentenceScores(model: Model, batches: readonly Batch[], vectorsOf: LogitsOf): Scores {
  const rows = embeddedRows(model, batches, vectorsOf);
  if (model.sentence!.learns !== 'cosines') {
    const compared = rows.slice(0, mostCompared);
    const found = foundTexts(compared);
    return { accuracyAt1: shareFirst(found), mrrAt10: mean(found.map(reciprocal)), ...tripletAccuracy(rows) };
  }
  const [cosines, wanted] = [rows.map(cosineOfPair), rows.map(({ score }) => score!)];
  return { spearman: spearman(cosines, wanted), pearson: pearson(cosines, wanted) };
}

export function sentenceHeldOut(
  model: Model,
  batches: readonly Batch[],
  tuned: LogitsOf,
  base: LogitsOf | null,
): HeldOut {
  const after = embeddedRows(model, batches, tuned);
  const before = base && embeddedRows(model, batches, base);
  return model.sentence!.learns === 'cosines' ? heldOutPairs(after, before) : heldOutTexts(after, before);
}

/** By the share of texts whose own is the nearest of all. */
function heldOutTexts(after: readonly EmbeddedRow[], before: readonly EmbeddedRow[] | null): HeldOut {
  const rows = after.slice(0, mostCompared);
  const now = foundTexts(rows);
  const then = before && foundTexts(before.slice(0, mostCompared));
  const candidates = new Set(rows.flatMap(({ keys }) => keys.slice(1))).size;
  return {
    metric: 'found',
    rows: rows.length,
    tuned: shareFirst(now),
    base: then && shareFirst(then),
    // Any of them, by chance.
    blind: 1 / candidates,
    ...comparedRows({ tuned: now.map(reciprocal), base: then?.map(reciprocal) ?? null }),
    more: { mrrAt10: mean(now.map(reciprocal)), ...tripletAccuracy(after) },
    baseMore: then ? { mrrAt10: mean(then.map(reciprocal)), ...tripletAccuracy(before!) } : {},
  };
}

/** By how well cosines put pairs into the order of their scores; a row by how near its place is to the right one. */
function heldOutPairs(after: readonly EmbeddedRow[], before: readonly EmbeddedRow[] | null): HeldOut {
  const wanted = after.map(({ score }) => score!);
  const places = ranks(wanted);
  const cosinesOf = (side: readonly EmbeddedRow[]) => side.map(cosineOfPair);
  const nearness = (cosines: readonly number[]) =>
    ranks(cosines).map((rank, row) => 1 - Math.abs(rank - places[row]!) / cosines.length);
  const [now, then] = [cosinesOf(after), before && cosinesOf(before)];
  const scoreOf = (cosines: readonly number[]) => spearman(cosines, wanted) ?? 0;
  return {
    metric: 'spearman',
    rows: wanted.length,
    tuned: scoreOf(now),
    base: then && scoreOf(then),
    // Pairs of one score have no order.
    blind: wanted.every((score) => score === wanted[0]) ? 1 : 0,
    ...comparedRows({ tuned: nearness(now), base: then && nearness(then) }),
    more: { pearson: pearson(now, wanted) },
    baseMore: then ? { pearson: pearson(then, wanted) } : {},
  };
}
