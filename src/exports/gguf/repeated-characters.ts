/**
 * Tokens of one character again and again, as Gemma has of spaces, tabs and line ends: the merges that make them stand mixed
 * with each other at the head of its list, so that a score for each token does not say the same by itself.
 */
import { because } from '../../errors.ts';
import { unfit } from './family.ts';

type Merge = readonly [left: string, right: string];

/** Runs are tried up to so many times the longest token. */
const tried = 3;

/**
 * Holds tokens whose merges stand apart to being such runs, that are whole before any other merge takes one of their
 * characters, and that come out by scores as by merges.
 * @throws AppError 'gguf-unfit'
 */
export function requireSameRuns(
  apart: ReadonlySet<string>,
  merges: readonly Merge[],
  scores: ReadonlyMap<string, number>,
): void {
  const characters = new Set([...apart].map(repeated));
  if (characters.has(undefined)) throw otherMerges();
  const ranks = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
  for (const character of characters as ReadonlySet<string>) {
    const tokens = merges.map(([left, right]) => left + right);
    const isRun = (token: string) => repeated(token) === character;
    const others = tokens.findIndex((token) => token.includes(character) && !isRun(token));
    if (others >= 0 && tokens.findLastIndex(isRun) > others) throw otherMerges();
    const longest = Math.max(...tokens.filter(isRun).map((token) => token.length / character.length));
    for (let count = 2; count <= tried * longest; count++) {
      const byMerges = joined(character, count, (left, right) => ranks.get(`${left} ${right}`));
      const byScores = joined(character, count, (left, right) => negative(scores.get(left + right)));
      if (String(byMerges) !== String(byScores)) throw otherMerges();
    }
  }
}

export const otherMerges = () => unfit(because`its merges are not those of SentencePiece`);

/** The character that a token is made of, where that is one. */
function repeated(token: string): string | undefined {
  const [first, ...others] = new Set(token);
  return others.length === 0 ? first : undefined;
}

const negative = (score: number | undefined) => (score === undefined ? undefined : -score);

/** The tokens of a run: of two neighbours those are joined first that have the lowest number, the leftmost of equals. */
function joined(character: string, count: number, of: (left: string, right: string) => number | undefined): string[] {
  const parts = new Array<string>(count).fill(character);
  for (;;) {
    let [lowest, at] = [Number.POSITIVE_INFINITY, -1];
    for (let i = 1; i < parts.length; i++) {
      const number = of(parts[i - 1]!, parts[i]!) ?? Number.POSITIVE_INFINITY;
      if (number < lowest) [lowest, at] = [number, i];
    }
    if (at < 0) return parts;
    parts.splice(at - 1, 2, parts[at - 1]! + parts[at]!);
  }
}
