/** Levenshtein distance: fewest insertions, deletions and replacements of one character. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

const last = (key: string) => key.slice(key.lastIndexOf('.') + 1);

/** Whether a key may be a mistyped one: fewer than half of the characters differ. */
export const isNear = (name: string, key: string): boolean =>
  2 * editDistance(last(name), last(key)) < Math.max(last(name).length, last(key).length);

/**
 * The known dotted key that a mistyped one most likely means. The part after the last dot decides (a key may stand in
 * the wrong section); among equals the same section wins.
 */
export function nearestName(name: string, known: readonly string[]): string {
  const distance = (key: string) => editDistance(last(name), last(key)) + editDistance(name, key) / 1000;
  return known.reduce((best, key) => (distance(key) < distance(best) ? key : best));
}
