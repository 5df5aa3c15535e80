import { type AppError, errorWording, fillTemplate } from '../../errors.ts';
import type { Language } from '../store.ts';
import { jaErrors } from './ja-errors.ts';

const wordings = { en: errorWording, ja: jaErrors };

/** Cause and next action of an error, in the user's language. */
export function wordError(
  language: Language,
  { code, params }: Pick<AppError, 'code' | 'params'>,
): { cause: string; action: string } {
  const { cause, action } = wordings[language][code];
  return { cause: fillTemplate(cause, params), action: fillTemplate(action, params) };
}
