import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { requireFreeFolder } from './out-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'atelier-out-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
for (const name of ['run/adapter', 'model', 'adapter']) mkdirSync(at(name), { recursive: true });
symlinkSync(at('model'), at('link'));
writeFileSync(at('file'), '');
const sources = { run: at('run'), adapter: at('adapter'), model: at('model') };

test.each(['model', 'model/merged', 'link', 'adapter', 'run', 'run/adapter', 'run/adapter/x'])(
  'a result is not written into %s, which it is made of',
  (name) => {
    expect(() => requireFreeFolder(at(name), sources)).toThrow('is where the result is read from');
  },
);

test.each(['run/merged', 'models', 'new/folder', '.'])('%s is free', (name) => {
  expect(() => requireFreeFolder(at(name), sources)).not.toThrow();
});

test('a file is no folder, and a name on the Hub is none either', () => {
  expect(() => requireFreeFolder(at('file'), {})).toThrow('is a file');
  expect(() => requireFreeFolder(at('new'), { model: 'owner/name' })).not.toThrow();
});
