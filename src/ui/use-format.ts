import { useStudio, useWords } from './context.tsx';
import { type Format, formatFor } from './format.ts';
import type { Messages } from './text/en.ts';

/** One for each language: making the browser's own formats takes longer than a row of a list may. */
const made = new Map<Messages, Format>();

export function useFormat(): Format {
  const language = useStudio((state) => state.language);
  const words = useWords();
  const format = made.get(words) ?? formatFor(language, words);
  made.set(words, format);
  return format;
}
