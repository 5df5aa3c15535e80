import type { Language } from '../store.ts';
import { en, type Messages } from './en.ts';
import { loadWordings } from './word-error.ts';

export type { Messages };

/** The words of each language; until `loadLanguage` has fetched one, it speaks English. */
export const messages: Record<Language, Messages> = { en, ja: en };

/** Fetches the words of a language and the sentences of its errors: each visitor loads one language. */
export async function loadLanguage(language: Language): Promise<void> {
  if (language === 'en') return;
  const [{ ja }] = await Promise.all([import('./ja.ts'), loadWordings(language)]);
  messages.ja = ja;
}
