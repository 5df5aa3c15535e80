/** Which words of an answer are new, beside the answer before it. */

export interface Piece {
  readonly text: string;
  readonly changed: boolean;
}

/** More words than these are compared by their equal ends only: the table of all pairs would grow with the square. */
const mostCompared = 600;

/**
 * `after` in pieces, those marked that a longest common subsequence of words with `before` leaves out. Words are those of
 * the language's own rules, so that Japanese has some.
 */
export function changedWords(before: string, after: string, language: string): Piece[] {
  const [from, to] = [wordsOf(before, language), wordsOf(after, language)];
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start++;
  let end = 0;
  while (end < from.length - start && end < to.length - start && from.at(-1 - end) === to.at(-1 - end)) end++;
  const middle = to.slice(start, to.length - end);
  const kept = commonPlaces(from.slice(start, from.length - end), middle);
  return joined([
    ...to.slice(0, start).map(same),
    ...middle.map((text, index) => ({ text, changed: !kept.has(index) })),
    ...to.slice(to.length - end).map(same),
  ]);
}

const same = (text: string): Piece => ({ text, changed: false });

const segmenters = new Map<string, Intl.Segmenter>();

function wordsOf(text: string, language: string): string[] {
  const segmenter = segmenters.get(language) ?? new Intl.Segmenter(language, { granularity: 'word' });
  segmenters.set(language, segmenter);
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Places in `to` of a longest common subsequence. */
function commonPlaces(from: readonly string[], to: readonly string[]): Set<number> {
  const kept = new Set<number>();
  if (from.length > mostCompared || to.length > mostCompared) return kept;
  const width = to.length + 1;
  /** Length of the longest for the ends from i and from j on. */
  const lengths = new Uint16Array((from.length + 1) * width);
  for (let i = from.length - 1; i >= 0; i--)
    for (let j = to.length - 1; j >= 0; j--)
      lengths[i * width + j] =
        from[i] === to[j]
          ? lengths[(i + 1) * width + j + 1]! + 1
          : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  for (let i = 0, j = 0; i < from.length && j < to.length; ) {
    if (from[i] === to[j]) {
      kept.add(j++);
      i++;
    } else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return kept;
}

/** Neighbours of one kind as one piece; a space between changed words is changed with them. */
function joined(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  for (const [index, piece] of pieces.entries()) {
    const isBetween = piece.text.trim() === '' && pieces[index - 1]?.changed && pieces[index + 1]?.changed;
    const changed = piece.text.trim() === '' ? Boolean(isBetween) : piece.changed;
    const last = out.at(-1);
    if (last?.changed === changed) out[out.length - 1] = { text: last.text + piece.text, changed };
    else out.push({ text: piece.text, changed });
  }
  return out;
}
