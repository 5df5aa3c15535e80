import type { Language } from './store.ts';
import type { Preferences } from './studio.ts';

const languageKey = 'atelier-language';
const budgetKey = 'atelier-memory-budget';

/** The language chosen last, else the browser's if it is Japanese, else English. */
export function preferredLanguage(): Language {
  const kept = readKept(languageKey);
  if (kept === 'en' || kept === 'ja') return kept;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('ja')) && !prefersEnglish() ? 'ja' : 'en';
}

export const keepLanguage = (language: Language): void => keep(languageKey, language);

/** How much memory a run may fill, where the visitor said so. */
export const preferences: Preferences = {
  memoryBudget() {
    const bytes = Number(readKept(budgetKey));
    return bytes > 0 ? bytes : null;
  },
  keepMemoryBudget: (bytes) => keep(budgetKey, String(bytes ?? '')),
};

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage may be switched off; the choice then holds until the page is closed.
  }
}

function readKept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** English stands before Japanese in the browser's list. */
function prefersEnglish(): boolean {
  const first = navigator.languages.find((tag) => /^(en|ja)/i.test(tag));
  return first?.toLowerCase().startsWith('en') ?? false;
}
