/**
 * Exact match and F1 of short answers as SQuAD's evaluation counts them (Rajpurkar et al. 2016; transformers'
 * `squad_metrics`): without case, ASCII punctuation, the articles a, an, the, and spaces that are too many. F1 is of the
 * words that both have; of scripts without spaces, of the characters.
 */
import { charactersOf, countsOf, overlapOf, pythonSpaces } from './tokens.ts';

/** 100 or 0. */
export const exactMatch = (answer: string, expected: string): number =>
  wordsOf(answer).join(' ') === wordsOf(expected).join(' ') ? 100 : 0;

/** 0 to 100. */
export function wordF1(answer: string, expected: string, unit: 'words' | 'characters'): number {
  const [ours, theirs] = [answer, expected].map((text) => {
    const words = wordsOf(text);
    return unit === 'words' ? words : charactersOf(words.join(' '));
  }) as [string[], string[]];
  if (ours.length === 0 || theirs.length === 0) return ours.length === theirs.length ? 100 : 0;
  const both = overlapOf(countsOf(ours), countsOf(theirs));
  return both === 0 ? 0 : (200 * both) / (ours.length + theirs.length);
}

const punctuation = /[!-/:-@[-`{-~]/g;

/** Letters, digits and marks as Python's `\b` knows them. */
const wordSign = '[\\p{L}\\p{N}_]';
const articles = new RegExp(`(?<!${wordSign})(a|an|the)(?!${wordSign})`, 'gu');

function wordsOf(text: string): string[] {
  const bare = text.toLowerCase().replace(punctuation, '').replace(articles, ' ');
  return bare.split(pythonSpaces).filter((word) => word !== '');
}
