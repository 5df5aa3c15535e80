/**
 * What rendering a template may take. A template comes with a model and is a program: without an end it would hold up
 * whoever renders it. Rendering is one call that waits for nothing, so that its budget can stand beside it.
 */
import { TemplateError } from './template-error.ts';

/** About a second; a conversation of a hundred turns takes some ten thousand. */
const mostSteps = 1_000_000;

/** Characters of a text, and items of a list, that a template may make: 16 and 8 MB. */
const [longestMade, mostItems] = [16 << 20, 1 << 20];

/** Characters that take about as long as a step, and where a text is taken apart into them. */
const charactersPerStep = 64;
const partsPerStep = 4;

let left = mostSteps;

/** Renders under a budget of its own. */
export function withBudget<T>(render: () => T): T {
  const before = left;
  left = mostSteps;
  try {
    return render();
  } finally {
    left = before;
  }
}

/** @throws TemplateError where the budget is spent */
export function spend(steps = 1): void {
  left -= steps;
  if (left < 0) throw new TemplateError('it takes too many steps');
}

/** Takes what going through a text takes. @throws TemplateError */
export const spendOn = (text: string): void => spend(1 + text.length / charactersPerStep);

/** Takes what taking a text apart into its characters takes. @throws TemplateError */
export const spendOnParts = (text: string): void => spend(1 + text.length / partsPerStep);

/** Before a text of that length is made; one below 0 is empty, and gives nothing back. @throws TemplateError */
export function requireMade(length: number): void {
  requireLength(length);
  spend(Math.max(0, length) / charactersPerStep);
}

/** Before a list of that length is made. @throws TemplateError */
export function requireItems(length: number): void {
  if (!(length <= mostItems)) throw new TemplateError('it makes a list that is too long');
  spend(Math.max(0, length) / charactersPerStep);
}

/** Of a text that is put together without being copied. @throws TemplateError */
export function requireLength(length: number): void {
  if (!(length <= longestMade)) throw new TemplateError('it makes a text that is too long');
}

/** Texts put together. @throws TemplateError */
export function joinedTexts(texts: readonly string[], separator: string): string {
  requireMade(texts.reduce((sum, text) => sum + text.length, separator.length * texts.length));
  return texts.join(separator);
}
