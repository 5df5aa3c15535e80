/** Texts in the pieces that metrics count. */

/** What Python's `str.split()` splits at. */
const space = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
export const pythonSpaces = new RegExp(`${space}+`, 'u');

/** Scripts that write without spaces between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gu;

/** Whether at least a third of the letters are of a script without spaces between words: such texts are counted by characters. */
export function areUnspaced(references: readonly string[]): boolean {
  const text = references.join('');
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return letters > 0 && (text.match(unspaced)?.length ?? 0) >= letters / 3;
}

/** Every character that is no space. */
export const charactersOf = (text: string): string[] => [...text].filter((character) => /\S/u.test(character));

/** How often each occurs. */
export function countsOf<T>(values: Iterable<T>): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** How many both have, each as often as the one that has it less often. */
export function overlapOf<T>(ours: ReadonlyMap<T, number>, theirs: ReadonlyMap<T, number>): number {
  let sum = 0;
  for (const [value, count] of ours) sum += Math.min(count, theirs.get(value) ?? 0);
  return sum;
}
