import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  removeEarlierResults,
  requireFreeFolder,
  requireOtherFolder,
  requireRunFolder,
  writeFolder,
} from './out-folder.ts';

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

mkdirSync(at('empty'));

test.each(['run/merged', 'models', 'new/folder', 'empty'])('%s is free', (name) => {
  expect(() => requireFreeFolder(at(name), sources)).not.toThrow();
});

test('a file is no folder, and a name on the Hub is none either', () => {
  expect(() => requireFreeFolder(at('file'), {})).toThrow('is a file');
  expect(() => requireFreeFolder(at('new'), { model: 'owner/name' })).not.toThrow();
});

test('a folder inside a file is refused in words', async () => {
  await expect(writeFolder(at('file/folder'), [], async () => {})).rejects.toMatchObject({ code: 'usage' });
});

test('a folder with anything in it is not written into', () => {
  mkdirSync(at('earlier'));
  writeFileSync(at('earlier/model.gguf'), '');
  expect(() => requireFreeFolder(at('earlier'), {})).toThrow('is not empty');
});

test('what lies where exports are written first is not removed', async () => {
  mkdirSync(at('mine.unfinished'));
  writeFileSync(at('mine.unfinished/notes'), '');
  expect(() => requireFreeFolder(at('mine'), {})).toThrow('is in the way');
  await expect(writeFolder(at('mine'), files, async () => {})).rejects.toThrow('is in the way');
  expect(readdirSync(at('mine.unfinished'))).toEqual(['notes']);
});

const files = ['a', 'deep/b'].map((path) => ({ path, parts: [new TextEncoder().encode(path)] }));

test.each(['fresh', 'empty'])('%s has all that was written, once that was checked', async (name) => {
  await writeFolder(at(name), files, async (folder) => {
    expect(existsSync(join(at(name), 'a'))).toBe(false);
    // An empty folder may be another disk, onto which nothing can be moved.
    if (name === 'empty') expect(dirname(folder)).toBe(at(name));
    expect(readdirSync(folder)).toEqual(['a', 'deep']);
  });
  expect(readdirSync(at(name))).toEqual(['a', 'deep']);
  expect(existsSync(`${at(name)}.unfinished`)).toBe(false);
});

test('what breaks off, or is not what it should be, leaves nothing', async () => {
  async function* broken() {
    yield new Uint8Array(4);
    throw new Error('broken off');
  }
  await expect(writeFolder(at('gone'), [...files, { path: 'c', parts: broken() }], async () => {})).rejects.toThrow();
  await expect(
    writeFolder(at('gone'), files, async () => {
      throw new Error('differs');
    }),
  ).rejects.toThrow('differs');
  expect(readdirSync(root).filter((name) => name.startsWith('gone'))).toEqual([]);
});

test('of the results of an earlier run those of its kind go, and what the new one reads stays', async () => {
  const names = ['adapter', 'adapter-2', 'adapter-40', 'adapter-x', 'model', 'checkpoints'];
  for (const name of names) mkdirSync(at(`again/${name}/deep`), { recursive: true });
  const left = async (...read: string[]) => {
    await removeEarlierResults(at('again'), 'adapter', read.map(at));
    return readdirSync(at('again')).sort();
  };
  expect(await left('again/adapter', 'again/adapter-2/deep')).toEqual(
    names.filter((name) => name !== 'adapter-40').sort(),
  );
  expect(await left('model')).toEqual(['adapter-x', 'checkpoints', 'model']);
});

test('a model that is trained whole is not written over its base', () => {
  mkdirSync(at('whole/model'), { recursive: true });
  symlinkSync(at('whole'), at('whole-link'));
  expect(() => requireOtherFolder(at('whole/model'), at('whole-link/model'))).toThrow('over its base');
  requireOtherFolder(at('whole/model'), at('whole'));
  requireOtherFolder(at('new/model'), 'owner/name');
});

test('a new run writes over no files of another program, and over a run only where the visitor names its folder', () => {
  const holding = (name: string, ...files: string[]) => {
    for (const file of files) {
      mkdirSync(dirname(join(at(name), file)), { recursive: true });
      writeFileSync(join(at(name), file), '');
    }
    return at(name);
  };
  const given = at('settings.yaml');
  const mine = holding('mine-too', 'model/weights', 'notes');
  for (const isNamed of [true, false]) {
    expect(() => requireRunFolder(mine, given, isNamed)).toThrow('holds model, and no run');
    expect(() => requireRunFolder(holding('logs', 'metrics.jsonl'), given, isNamed)).toThrow('holds metrics.jsonl');
    // A run that broke off before it was one leaves these.
    expect(() => requireRunFolder(holding('begun', 'base.json', '.writer'), given, isNamed)).not.toThrow();
    expect(() => requireRunFolder(at('not-there'), given, isNamed)).not.toThrow();
  }
  expect(() => requireRunFolder(holding('theirs', 'info.json', 'checkpoints/step'), given, true)).toThrow('and no run');
  const run = holding('a-run', 'run.json', 'checkpoints/step');
  writeFileSync(join(run, 'info.json'), '{"fingerprint":"f"}');
  expect(() => requireRunFolder(run, given, true)).not.toThrow();
  expect(() => requireRunFolder(run, given, false)).toThrow('Resume it with --resume');
  // It is not the text that a run writes: comments, the seed -1 and what is left out would be lost.
  const theirOwn = holding('settings', 'run.json');
  symlinkSync(theirOwn, at('settings-link'));
  for (const folder of [theirOwn, at('settings-link')])
    expect(() => requireRunFolder(folder, join(theirOwn, 'run.json'), true)).toThrow('run.json itself: the run');
  expect(() => requireRunFolder(holding('beside', 'settings.yaml'), at('beside/settings.yaml'), true)).not.toThrow();
});
