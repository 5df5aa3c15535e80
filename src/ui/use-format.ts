import { useMemo } from 'react';
import { useStudio, useWords } from './context.tsx';
import { type Format, formatFor } from './format.ts';

export function useFormat(): Format {
  const language = useStudio((state) => state.language);
  const words = useWords();
  return useMemo(() => formatFor(language, words), [language, words]);
}
