import { type AppError, errorWording, fillTemplate, type Reason, type Wordings } from '../../errors.ts';
import type { Language } from '../store.ts';
import { exportsEn } from './en-exports.ts';

/** Forms of a result by their buttons, where the command line names its target. */
const forms = (words: typeof exportsEn, quoted: (label: string) => string): Wordings['reasons'] =>
  Object.fromEntries(Object.entries(words).map(([name, { label }]) => [`--to ${name}`, quoted(label)]));

const english: Wordings = { errors: errorWording, reasons: forms(exportsEn, (label) => `“${label}”`) };
const wordings: Record<Language, Wordings> = { en: english, ja: english };

/** Fetches the sentences of a language; until then errors speak English. */
export async function loadWordings(language: Language): Promise<void> {
  if (language === 'en' || wordings[language] !== english) return;
  const [{ jaErrors }, { jaReasons }, { exportsJa }] = await Promise.all([
    import('./ja-errors.ts'),
    import('./ja-reasons.ts'),
    import('./ja-exports.ts'),
  ]);
  const reasons = { ...jaReasons, ...forms(exportsJa, (label) => `「${label}」`) };
  wordings.ja = { errors: jaErrors, reasons };
}

/** Cause and next action of an error, in the user's language. */
export function wordError(
  language: Language,
  { code, params }: Pick<AppError, 'code' | 'params'>,
): { cause: string; action: string } {
  const { cause, action } = wordings[language].errors[code];
  const filled = (template: string) => fillTemplate(template, params, wordings[language]);
  return { cause: filled(cause), action: filled(action) };
}

/** A reason by itself, in the user's language. */
export const wordReason = (language: Language, { text, values }: Reason): string =>
  fillTemplate(wordings[language].reasons[text] ?? text, values, wordings[language]);
