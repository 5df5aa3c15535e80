import { type AppError, errorWording, fillTemplate, type Reason, type Wordings } from '../../errors.ts';
import type { Language } from '../store.ts';

const english: Wordings = { errors: errorWording, reasons: {} };
const wordings: Record<Language, Wordings> = { en: english, ja: english };

/** Fetches the sentences of a language, which the first screen does not wait for; until then errors speak English. */
export async function loadWordings(language: Language): Promise<void> {
  if (language === 'en' || wordings[language] !== english) return;
  const [{ jaErrors }, { jaReasons }] = await Promise.all([import('./ja-errors.ts'), import('./ja-reasons.ts')]);
  wordings.ja = { errors: jaErrors, reasons: jaReasons };
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
