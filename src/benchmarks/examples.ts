/** Which rows stand before a question as its examples: those that lm-evaluation-harness 0.4 takes. */
import { jsonText } from '../data/json-text.ts';
import { type AppError, because, type Reason } from '../errors.ts';
import { PythonRandom } from './python-random.ts';
import type { Row } from './rows.ts';
import type { ExamplesAsked } from './task.ts';

/** What lm-evaluation-harness seeds its examples with where nobody says otherwise. */
const usualSeed = 1234;

/**
 * Gives the places in the pool of the examples of each question, which are to be asked for in their order.
 * @throws AppError where there are too few
 */
export function exampleDrawer(
  { count, sampler, withoutAsked }: ExamplesAsked,
  pool: readonly Row[],
  refuse: (reason: Reason) => AppError,
): (asked: Row) => readonly number[] {
  const keys = pool.map(keyOf);
  const places = keys.map((_, place) => place);
  const random = new PythonRandom(usualSeed);
  const enough = (from: readonly number[], wanted: number): readonly number[] => {
    if (from.length >= wanted) return from;
    throw refuse(because`num_fewshot is ${count}, and there are rows for ${from.length - (wanted - count)} examples`);
  };
  return (asked) => {
    const key = withoutAsked ? keyOf(asked) : null;
    const isOther = (place: number) => keys[place] !== key;
    if (sampler === 'first_n') return enough(places.filter(isOther), count).slice(0, count);
    if (key === null) return random.sample(enough(places, count), count);
    // One more than is wanted, in case the row itself is among them; rows may be there twice.
    const drawn = random
      .sample(enough(places, count + 1), count + 1)
      .filter(isOther)
      .slice(0, count);
    return drawn.length === count ? drawn : random.sample(enough(places.filter(isOther), count), count);
  };
}

/** The same for equal rows. */
const keyOf = (row: Row): string => jsonText(new Map(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))));
