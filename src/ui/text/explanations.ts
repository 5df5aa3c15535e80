import type { Language } from '../store.ts';

export interface Explanation {
  /** What rises and falls with it. */
  readonly effect: string;
  readonly typical: string;
}

export type Explanations = Readonly<Record<string, Explanation>>;

const texts: Readonly<Record<Language, () => Promise<{ explanations: Explanations }>>> = {
  en: () => import('./explanations-en.ts'),
  ja: () => import('./explanations-ja.ts'),
};

/** The explanations of all settings, by key; they are long, and loaded when the first one is asked for. */
export const loadExplanations = async (language: Language): Promise<Explanations> =>
  (await texts[language]()).explanations;
