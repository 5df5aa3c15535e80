/** Whether a written answer says what was expected. */
import { isDenied } from './negation.ts';

/** Without what no reader would call a difference: case, width, spaces, and punctuation at its ends. */
export const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/^[\s"'“”「」.,!?。、！？]+|(?<![\s"'“”「」.,!?。、！？])[\s"'“”「」.,!?。、！？]+$/g, '');

/** The same words. Case, width, spaces and the punctuation at the ends do not count. */
export const isEqual = (answer: string, expected: string): boolean => plain(answer) === plain(expected);

/** How many times as long as what was expected an answer may be that contains it. */
const longest = 3;

const isWordSign = /[\p{L}\p{N}]/u;
const isSpaced = /\p{Script=Latin}|\p{Script=Cyrillic}|\p{Script=Greek}|\p{N}/u;

/**
 * What was expected stands in the answer, not as a part of a word and not denied, and the answer is not much longer: one
 * that names all that could be meant is none.
 */
export function contains(answer: string, expected: string): boolean {
  const [said, wanted] = [plain(answer), plain(expected)];
  if (wanted === '' || said.length > longest * wanted.length + 16) return false;
  for (let start = said.indexOf(wanted); start >= 0; start = said.indexOf(wanted, start + 1)) {
    const [before = '', after = ''] = [said[start - 1], said[start + wanted.length]];
    const cuts = (outside: string, inside: string) =>
      isWordSign.test(outside) && isSpaced.test(outside) && isSpaced.test(inside);
    const isWhole = !cuts(before, wanted[0]!) && !cuts(after, wanted.at(-1)!);
    if (isWhole && !isDenied(said.slice(0, start), said.slice(start + wanted.length))) return true;
  }
  return false;
}

/** Whether an answer matches what was expected of it. */
export type Match = (answer: string, expected: string) => boolean;

/**
 * How the answers to rows are matched: where all that is expected are labels only the same words count, since another
 * label may be a part of what is said; else what is expected may stand in more of them.
 */
export function matchFor(expected: readonly string[]): Match {
  return areLabels(expected) ? isEqual : (answer, wanted) => isEqual(answer, wanted) || contains(answer, wanted);
}

/** No label is longer, in characters; nor is a word of a script without spaces. */
const [longestLabel, longestWord] = [80, 4];

/** Few different short answers that repeat, or a word each. */
function areLabels(expected: readonly string[]): boolean {
  const texts = expected.map(plain).filter((text) => text !== '');
  if (texts.length === 0) return false;
  const kinds = new Set(texts);
  const doRepeat = kinds.size * 2 <= texts.length && texts.every((text) => text.length <= longestLabel);
  return doRepeat || texts.every(isWord);
}

const isWord = (text: string): boolean => !/\s/.test(text) && (isSpaced.test(text) || text.length <= longestWord);
