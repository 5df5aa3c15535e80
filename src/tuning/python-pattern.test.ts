import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { pythonPattern, UnsaidPattern } from './python-pattern.ts';

/** Made by interop/golden_reading.py: what Python's `re.fullmatch` takes. */
const { paths, patterns } = JSON.parse(
  readFileSync(new URL('../training/session/golden/reading/patterns.json', import.meta.url), 'utf8'),
) as { paths: string[]; patterns: { pattern: string; matched: string[] }[] };

/** Syntax without a counterpart. */
const unsaid = ['(?(1)', '(?i:', '(?s:', '(?-i:', '(lm_)?+'];

test.each(patterns)('$pattern takes what Python takes, or is refused', ({ pattern, matched }) => {
  if (unsaid.some((part) => pattern.includes(part))) {
    expect(() => pythonPattern(pattern)).toThrow(UnsaidPattern);
    return;
  }
  const expression = pythonPattern(pattern);
  expect(paths.filter((path) => expression.test(path))).toEqual(matched);
});

test.each(['(q_proj', 'q_proj)', '[q_proj', 'q**', '(?#no end'])('%s is no pattern', (pattern) => {
  expect(() => pythonPattern(pattern)).toThrow(SyntaxError);
});

test.each([String.raw`\N{BULLET}`, String.raw`[\N]`, '(?q)x', String.raw`\7`])('%s is refused', (pattern) => {
  expect(() => pythonPattern(pattern)).toThrow(UnsaidPattern);
});

test.each(['(?:(a)|b)+\\1', '((a)|b){2,}\\2', '(?:(a)|b\\1)*', '(?:(?P<x>a)|b)+(?P=x)', '(?:(?:(a)|c)?b)*\\1'])(
  '%s, of which JavaScript forgets what Python remembers, is refused',
  (pattern) => {
    expect(() => pythonPattern(pattern)).toThrow(UnsaidPattern);
  },
);

test('a reference to what is repeated as a whole, or once at the most, says the same', () => {
  expect(pythonPattern('(ab)+\\1').test('ababab')).toBe(true);
  expect(pythonPattern('(?:(a)c)?\\1').test('aca')).toBe(true);
  expect(pythonPattern('(a)(?:b)+\\1').test('abba')).toBe(true);
});
