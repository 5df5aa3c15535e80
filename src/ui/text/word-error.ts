import { type AppError, errorWording, fillTemplate, type Wordings } from '../../errors.ts';
import type { Language } from '../store.ts';
import { jaErrors } from './ja-errors.ts';
import { jaReasons } from './ja-reasons.ts';

const wordings: Record<Language, Wordings> = {
  en: { errors: errorWording, reasons: {} },
  ja: { errors: jaErrors, reasons: jaReasons },
};

/** Cause and next action of an error, in the user's language. */
export function wordError(
  language: Language,
  { code, params }: Pick<AppError, 'code' | 'params'>,
): { cause: string; action: string } {
  const { cause, action } = wordings[language].errors[code];
  const filled = (template: string) => fillTemplate(template, params, wordings[language]);
  return { cause: filled(cause), action: filled(action) };
}
