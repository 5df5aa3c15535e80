/** Labels that cannot be classes. */
import type { RowFinding } from './findings.ts';

/** With fewer classes, a table of a few rows may well have one for every second row. */
const fewestClasses = 8;
const fewestTexts = 4;

/** Half-width characters of a label that reads like a text: about six English words. */
const textWidth = 40;

/**
 * @param classes how many rows each has
 * @param rows rows with a label
 * @param column for the wording
 */
export function classFindings(
  classes: readonly { readonly name: string; readonly count: number }[],
  rows: number,
  column: string,
): RowFinding[] {
  const names = classes.filter(({ count }) => count > 0).map(({ name }) => name);
  if (2 * names.length <= rows) return [];
  const params = { column, classes: names.length, rows };
  const widths = names.map(widthOf).sort((a, b) => a - b);
  const isText = names.length >= fewestTexts && (widths[widths.length >> 1] ?? 0) >= textWidth;
  if (isText) return [{ code: 'labels-like-text', params: { ...params, label: shortened(names[0]!) }, blocks: true }];
  return names.length >= fewestClasses ? [{ code: 'labels-as-many', params, blocks: true }] : [];
}

/** Columns on a terminal: Chinese, Japanese and Korean characters take two. */
const widthOf = (text: string): number =>
  Array.from(text).reduce(
    (sum, character) => sum + (/[\u1100-\u11FF\u2E80-\uD7FF\uF900-\uFAFF\uFF00-\uFF60]/.test(character) ? 2 : 1),
    0,
  );

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
