import type { Language } from '../store.ts';
import type { Messages } from './en.ts';

export type { Messages };

const loaded = new Map<Language, Messages>();

/**
 * Fetches the words of a language: each visitor loads one. The sentences of its errors are `loadWordings`, which the first
 * screen need not wait for.
 */
export async function loadLanguage(language: Language): Promise<void> {
  loaded.set(language, language === 'ja' ? (await import('./ja.ts')).ja : (await import('./en.ts')).en);
}

/** The words of a language; where they could not be fetched, those that could. */
export const wordsIn = (language: Language): Messages => loaded.get(language) ?? loaded.values().next().value!;
