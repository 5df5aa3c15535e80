import type { Language } from './store.ts';

const key = 'atelier-language';

/** The language chosen last, else the browser's if it is Japanese, else English. */
export function preferredLanguage(): Language {
  const kept = readKept();
  if (kept === 'en' || kept === 'ja') return kept;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('ja')) && !prefersEnglish() ? 'ja' : 'en';
}

export function keepLanguage(language: Language): void {
  try {
    localStorage.setItem(key, language);
  } catch {
    // Storage may be switched off; the choice then holds until the page is closed.
  }
}

function readKept(): string | null {
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
