import { expect, test } from 'vitest';
import { parsePythonLiteral } from '../data/python-literal.ts';
import { compileTemplate } from '../text/jinja/template.ts';
import { plainValue } from '../training/config/config-files/values.ts';

// Of a hundred thousand digits and no number: a pattern that tries every way to part them takes minutes.
const digits = `${'9'.repeat(100_000)}e`;

test.each<[string, () => unknown]>([
  ['a setting', () => plainValue(digits)],
  ['a cell', () => parsePythonLiteral(`[${digits}]`)],
  ["a template's filter", () => compileTemplate('{{ x | float }}')({ x: digits })],
])('%s that begins as a number is read in linear time', async (_, read) => {
  const started = process.cpuUsage();
  await new Promise((resolve) => resolve(read())).catch(() => {});
  expect(process.cpuUsage(started).user / 1e6).toBeLessThan(1);
});
