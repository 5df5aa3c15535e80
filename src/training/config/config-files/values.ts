/** Values as other programs' files hold them: numbers and truth as text, lists in one text, names in any case. */
import { parsePythonLiteral } from '../../../data/python-literal.ts';
import { AppError, because } from '../../../errors.ts';
import type { Setting } from '../setting.ts';

const number = /^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  false: false,
  no: false,
  off: false,
};

/** `"True"`, `"3"` and `"1e-4"` (which YAML 1.1 takes for text) as what they mean; anything else as it is. */
export function plainValue(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (/^(none|null|~)$/i.test(text)) return null;
  return number.test(text) ? Number(text) : value;
}

/**
 * Names in a list, or in one text: Python's or JSON's way of writing a list, or with commas between. @throws AppError
 * 'run-config-invalid' where a list or record stands where a name belongs
 */
export function namesFrom(value: unknown): readonly string[] {
  const nested = nestedIn(value);
  if (nested !== undefined)
    throw new AppError('run-config-invalid', { key: 'names', reason: because`${JSON.stringify(nested)} is no name` });
  if (Array.isArray(value)) return value.map(String);
  if (value === null || value === undefined || value === 'None') return [];
  const text = String(value).trim();
  if (/^[[(].*[\])]$/s.test(text)) {
    try {
      return namesFrom(parsePythonLiteral(text));
    } catch {
      // Not a list after all.
    }
  }
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** The same; none where a list or record stands where a name belongs. */
export const namesIn = (value: unknown): readonly string[] => (nestedIn(value) === undefined ? namesFrom(value) : []);

/** The list, record or null that stands where a name belongs. */
const nestedIn = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.find((each) => typeof each === 'object')
    : typeof value === 'object' && value !== null
      ? value
      : undefined;

/** The name of an enumeration's member, as Python prints it too (`SchedulerType.COSINE`). */
export const memberName = (value: unknown): string =>
  plainText(value)
    .replace(/^[A-Z]\w*\./, '')
    .toLowerCase();

/** Of a list or record, which no such name is, its JSON: what it has under `toString` may be anything. */
const plainText = (value: unknown): string =>
  typeof value === 'object' ? (JSON.stringify(value) ?? '') : String(value);

/** A value as the kind of setting wants it; what cannot be one stays, for the schema to refuse. */
export function fitted(value: unknown, { kind, choices = [] }: Setting<unknown>): unknown {
  if (kind === 'text') return value === null ? '' : typeof value === 'object' ? value : String(value);
  if (kind === 'names') return namesFrom(value);
  if (kind === 'number') return plainValue(value);
  if (kind === 'switch') {
    const plain = value === 1 || value === 0 ? value === 1 : plainValue(value);
    return truths[String(plain).toLowerCase()] ?? plain;
  }
  if (kind === 'choice') return choices.find((each) => each.toLowerCase() === plainText(value).toLowerCase()) ?? value;
  return value;
}
