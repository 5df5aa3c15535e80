import type { Messages } from './text/en.ts';

/** A score of an evaluation with what it was measured on: validation rows, unless general texts. */
export function scoreName(name: string, words: Messages): string {
  const score = words.labels.scores[name] ?? name;
  return name.startsWith('general') ? score : words.train.onValidation(score);
}
