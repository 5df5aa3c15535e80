/** Whether a written answer says what was expected. */

/** Without what no reader would call a difference: case, width, spaces, and punctuation at its ends. */
const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/^[\s"'“”「」.,!?。、！？]+|[\s"'“”「」.,!?。、！？]+$/g, '');

/** The same words. Case, width, spaces and the punctuation at the ends do not count. */
export const isEqual = (answer: string, expected: string): boolean => plain(answer) === plain(expected);

/** How many times as long as what was expected an answer may be that contains it. */
const longest = 3;

const isWordSign = /[\p{L}\p{N}]/u;
const isSpaced = /\p{Script=Latin}|\p{Script=Cyrillic}|\p{Script=Greek}|\p{N}/u;

/**
 * What was expected stands in the answer, not as a part of a word, and the answer is not much longer: one that names all
 * that could be meant is none.
 */
export function contains(answer: string, expected: string): boolean {
  const [said, wanted] = [plain(answer), plain(expected)];
  if (wanted === '' || said.length > longest * wanted.length + 16) return false;
  for (let start = said.indexOf(wanted); start >= 0; start = said.indexOf(wanted, start + 1)) {
    const [before = '', after = ''] = [said[start - 1], said[start + wanted.length]];
    const cuts = (outside: string, inside: string) =>
      isWordSign.test(outside) && isSpaced.test(outside) && isSpaced.test(inside);
    if (!cuts(before, wanted[0]!) && !cuts(after, wanted.at(-1)!)) return true;
  }
  return false;
}

export const matches = (answer: string, expected: string): boolean =>
  isEqual(answer, expected) || contains(answer, expected);
