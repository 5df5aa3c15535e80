import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isHubId, notesInWords, openModelFiles } from './run-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'atelier-run-files-'));
afterAll(() => rmSync(folder, { recursive: true }));
const runFile = join(folder, 'run.json');
mkdirSync(join(folder, 'models/qwen'), { recursive: true });
writeFileSync(join(folder, 'models/qwen/there.gguf'), '');

test.each(['models/qwen/mistyped.gguf', 'models/mistyped.gguf', 'mistyped.gguf'])(
  'no Hub is asked for %s, which is missing from a folder that is there',
  async (name) => {
    const opened = openModelFiles(runFile, { llm_backbone: name, revision: 'main' }, 'listed');
    await expect(opened).rejects.toMatchObject({ code: 'path-missing', params: { path: join(folder, name) } });
  },
);

test.each([
  ['models/qwen/there.gguf', false],
  ['models/qwen', false],
  ['models/other-of-that-owner', true],
  ['owner/name/file.gguf', true],
  ['owner/name', true],
  ['gpt2', true],
  ['./owner/name', false],
])('%s is a name on the Hub: %s', (name, expected) => {
  expect(isHubId(runFile, name)).toBe(expected);
});

test('a value that is no number of JSON is told as it was written', () => {
  const told = (value: unknown) =>
    notesInWords([{ key: 'num_epochs', reason: { value, allowed: 'a number', ours: 'training.epochs', instead: 1 } }]);
  expect(told(Number.POSITIVE_INFINITY)).toEqual([
    '  num_epochs: inf is not available here; training.epochs is 1 instead',
  ]);
  expect(told(Number.NEGATIVE_INFINITY)[0]).toContain(' -inf is');
  expect(told(Number.NaN)[0]).toContain(' nan is');
  expect(told({ a: null })[0]).toContain(' {"a":null} is');
});
