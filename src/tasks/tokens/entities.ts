/** Entities in a row of tags, and how many were found; definitions of seqeval 1.2 without a scheme, as the usual examples score. */
import type { Scores } from '../scores.ts';

export interface Entity {
  readonly type: string;
  /** Of its first and its last word. */
  readonly first: number;
  readonly last: number;
}

/** The tags of a row's words, and what a model gave. */
export interface TaggedRow {
  readonly wanted: readonly string[];
  readonly given: readonly string[];
}

/** Tags are B-type, I-type, E-type, S-type and O; another text is a type of which like neighbours are one entity. */
export function entitiesOf(tags: readonly string[]): Entity[] {
  const entities: Entity[] = [];
  let before = { mark: 'O', type: '' };
  let first = 0;
  for (const [place, tag] of [...tags, 'O'].entries()) {
    const [mark = '', ...rest] = tag;
    const now = { mark, type: rest.join('').replace(/^[^-]*-/, '') || '_' };
    if (ends(before, now)) entities.push({ type: before.type, first, last: place - 1 });
    if (begins(before, now)) first = place;
    before = now;
  }
  return entities;
}

interface Mark {
  readonly mark: string;
  readonly type: string;
}

const isOutside = (mark: string): boolean => mark === 'O' || mark === '.';

const ends = (before: Mark, now: Mark): boolean =>
  'ES'.includes(before.mark) ||
  ('BI'.includes(before.mark) && 'BSO'.includes(now.mark)) ||
  (!isOutside(before.mark) && before.type !== now.type);

const begins = (before: Mark, now: Mark): boolean =>
  'BS'.includes(now.mark) ||
  ('ESO'.includes(before.mark) && 'EI'.includes(now.mark)) ||
  (!isOutside(now.mark) && before.type !== now.type);

/**
 * Precision, recall and F1 over the entities of all rows, and the share of words whose tag is right. A share of nothing
 * is 0, as in seqeval.
 */
export function tagScores(rows: readonly TaggedRow[]): Scores {
  let [right, wantedCount, givenCount, rightTags, tags] = [0, 0, 0, 0, 0];
  for (const { wanted, given } of rows) {
    const key = ({ type, first, last }: Entity) => `${first} ${last} ${type}`;
    const known = new Set(entitiesOf(wanted).map(key));
    const found = new Set(entitiesOf(given).map(key));
    wantedCount += known.size;
    givenCount += found.size;
    for (const entity of found) if (known.has(entity)) right++;
    tags += wanted.length;
    for (const [place, tag] of wanted.entries()) if (given[place] === tag) rightTags++;
  }
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const [precision, recall] = [share(right, givenCount), share(right, wantedCount)];
  return { f1: share(2 * precision * recall, precision + recall), precision, recall, accuracy: share(rightTags, tags) };
}

/** Tags of a scheme such as B-PER; numbers and parts of speech are of none. */
const ofScheme = /^[BIESLU]-/;

/**
 * The scores of tags by the names of all classes. Where none of them is of a scheme, entities would be counted by the
 * letters of names or not at all: the share of right words is all that there is.
 */
export function scoresOf(rows: readonly TaggedRow[], names: readonly string[]): Scores {
  const scores = tagScores(rows);
  return names.some((name) => ofScheme.test(name)) ? scores : { accuracy: scores.accuracy! };
}
