/**
 * The only error that crosses a layer. `code` is stable, `params` fill the wording, `cause` keeps the original.
 * The English wording lies beside it, not on the page, because the command line has no page; `ui/text/ja-errors.ts` words the same codes.
 */

import { checkErrors } from './errors-of-checks.ts';
import { dataErrors } from './errors-of-data.ts';
import { modelErrors } from './errors-of-models.ts';
import { publishingErrors } from './errors-of-publishing.ts';
import { runErrors } from './errors-of-runs.ts';

/** Cause in one sentence, then the next action. `{name}` is replaced by the parameter of that name. */
export interface ErrorWording {
  readonly cause: string;
  readonly action: string;
}

export const errorWording = {
  ...modelErrors,
  ...dataErrors,
  ...checkErrors,
  ...runErrors,
  ...publishingErrors,
} as const satisfies Record<string, ErrorWording>;

export type ErrorCode = keyof typeof errorWording;
/** What fills a wording: a text as it is, a reason or an error to be worded in its turn. */
export type ErrorValue = string | number | Reason | { readonly code: ErrorCode; readonly params: ErrorParams };
export type ErrorParams = Readonly<Record<string, ErrorValue>>;

/** A part of a sentence in English, with `{0}`, `{1}` … for its values; `ui/text/ja-reasons.ts` words the same texts. */
export interface Reason {
  readonly text: string;
  readonly values: readonly ErrorValue[];
}

/** A reason as a template: because`tensor ${name} overlaps the one before it`. */
export const because = (strings: TemplateStringsArray, ...values: readonly unknown[]): Reason => ({
  text: strings.reduce((text, next, index) => `${text}{${index - 1}}${next}`),
  values: values.map(asValue),
});

function asValue(value: unknown): ErrorValue {
  if (value instanceof AppError) return { code: value.code, params: value.params };
  return typeof value === 'number' || isReason(value) ? value : textOf(value);
}

/** An object of a file may have a `toString` that is none. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return 'object';
  }
}

const isReason = (value: unknown): value is Reason => typeof value === 'object' && value !== null && 'text' in value;

/** How errors and reasons are worded in a language; a reason that has no wording stands as it is. */
export interface Wordings {
  readonly errors: Readonly<Record<ErrorCode, ErrorWording>>;
  readonly reasons: Readonly<Record<string, string>>;
}
const english: Wordings = { errors: errorWording, reasons: {} };

/** Fills `{name}` in a template; an unknown name stays as it stands. */
export function fillTemplate(
  template: string,
  params: Readonly<Record<string, ErrorValue>> | readonly ErrorValue[],
  wordings = english,
): string {
  const values = new Map<string, ErrorValue>(Object.entries(params));
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => inWords(values.get(name) ?? whole, wordings));
}

function inWords(value: ErrorValue, wordings: Wordings): string {
  if (typeof value !== 'object') return String(value);
  if ('text' in value) return fillTemplate(wordings.reasons[value.text] ?? value.text, value.values, wordings);
  const { cause, action } = wordings.errors[value.code];
  return fillTemplate(`${cause} ${action}`, value.params, wordings);
}

export class AppError extends Error {
  override readonly name = 'AppError';

  constructor(
    readonly code: ErrorCode,
    readonly params: ErrorParams = {},
    options?: { cause?: unknown },
  ) {
    const { cause, action } = errorWording[code];
    super(`${fillTemplate(cause, params)} ${fillTemplate(action, params)}`, options);
  }
}

/** Any thrown value as an AppError: what is none becomes `internal` and keeps the original as its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('internal', { reason }, { cause: thrown });
}
