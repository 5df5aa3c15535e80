import { expect, test } from 'vitest';
import { errorWording } from '../../errors.ts';
import { en } from './en.ts';
import { ja } from './ja.ts';
import { jaErrors } from './ja-errors.ts';

/** Every text of the page, those made by functions left out. */
function textsOf(words: unknown): string[] {
  if (typeof words === 'string') return [words];
  return typeof words === 'object' && words !== null ? Object.values(words).flatMap(textsOf) : [];
}

/** What an action names in quotes and is neither a value of a file or setting nor filled in. */
const namedIn = (action: string, quoted: RegExp): string[] =>
  [...action.matchAll(quoted)].map(([, name]) => name!).filter((name) => !/^[\w{}."]*$/.test(name));

test.each([
  ['English', errorWording, /“([^”]+)”/g, en],
  ['Japanese', jaErrors, /「([^」]+)」/g, ja],
] as const)('what an error tells to press or to choose is on the page by that name: %s', (_, errors, quoted, words) => {
  const named = Object.values(errors).flatMap(({ action }) => namedIn(action, quoted));
  expect(named.length).toBeGreaterThan(0);
  const texts = textsOf(words);
  expect(named.filter((name) => !texts.includes(name))).toEqual([]);
});
