/**
 * ROUGE-L, the F-measure of the longest common subsequence, as rouge-score 0.1.2 gives it without a stemmer (Lin 2004):
 * words of small letters and digits of ASCII. Texts of scripts without spaces are compared by characters.
 */
import { charactersOf } from './tokens.ts';

/** 0 to 100. */
export function rougeL(answer: string, expected: string, unit: 'words' | 'characters'): number {
  const tokens = unit === 'words' ? wordsOf : charactersOf;
  const [ours, theirs] = [tokens(answer), tokens(expected)];
  const both = longestCommon(ours, theirs);
  if (both === 0) return 0;
  const [precision, recall] = [both / ours.length, both / theirs.length];
  return (200 * precision * recall) / (precision + recall);
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

/** The length of the longest sequence that both have in their order, not necessarily side by side. */
function longestCommon(ours: readonly string[], theirs: readonly string[]): number {
  let before = new Uint32Array(theirs.length + 1);
  for (const token of ours) {
    const row = new Uint32Array(theirs.length + 1);
    for (const [index, other] of theirs.entries())
      row[index + 1] = token === other ? before[index]! + 1 : Math.max(before[index + 1]!, row[index]!);
    before = row;
  }
  return before[theirs.length]!;
}
