import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeDirectory } from '../cli/node-directory.ts';
import { type Directory, readText, safeName, subdirectory, writeText } from './directory.ts';
import { memoryDirectory } from './memory-directory.ts';

let folder: string;
const directories: Record<string, Directory> = { memory: memoryDirectory() };
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-directory-'));
  directories['a disk folder'] = nodeDirectory(join(folder, 'made/on/first/write'));
});
afterAll(() => rm(folder, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);

describe.each(['memory', 'a disk folder'])('a directory in %s', (name) => {
  it('writes, appends, reads ranges, lists and removes', async () => {
    const directory = directories[name]!;
    expect(await directory.list('')).toEqual([]);
    await directory.write('a/b/file', [bytes('one '), bytes('two')]);
    await directory.append('a/b/file', bytes(' three'));
    await directory.append('log', bytes('x'));
    expect(await readText(directory, 'a/b/file')).toBe('one two three');
    expect(await directory.read('a/b/file', 4, 7)).toEqual(bytes('two'));
    expect(await directory.size('a/b/file')).toBe(13);
    expect((await directory.list('')).sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'a', kind: 'folder' },
      { name: 'log', kind: 'file' },
    ]);
    expect(await readText(subdirectory(directory, 'a'), 'b/file')).toBe('one two three');
    await directory.remove('a');
    expect(await directory.exists('a/b/file')).toBe(false);
    expect(await directory.exists('log')).toBe(true);
    await directory.remove('never there');
    await expect(directory.read('a/b/file')).rejects.toMatchObject({ code: 'file-missing' });
  });

  it('takes pieces from a buffer that is used again, and reads across them', async () => {
    const directory = directories[name]!;
    async function* pieces() {
      const buffer = new Uint8Array(3);
      for (const text of ['abc', 'def', 'ghi']) {
        buffer.set(bytes(text));
        yield buffer;
      }
    }
    await directory.write('pieces', pieces());
    expect(await readText(directory, 'pieces')).toBe('abcdefghi');
    expect(await directory.read('pieces', 2, 7)).toEqual(bytes('cdefg'));
    expect(await directory.read('pieces', 7, 20)).toEqual(bytes('hi'));
  });

  it('keeps the old file when a write breaks in the middle', async () => {
    const directory = directories[name]!;
    await writeText(directory, 'precious', 'old');
    async function* broken() {
      yield bytes('new');
      throw new Error('cut');
    }
    await expect(directory.write('precious', broken())).rejects.toThrow('cut');
    expect(await readText(directory, 'precious')).toBe('old');
    expect((await directory.list('')).map((entry) => entry.name)).not.toContain('precious.unfinished');
  });
});

it('a full storage refuses and keeps what it had', async () => {
  const directory = memoryDirectory(10);
  await writeText(directory, 'a', '12345678');
  await expect(writeText(directory, 'b', '123')).rejects.toMatchObject({ code: 'storage-full' });
  await writeText(directory, 'a', '1234567890');
  expect(await directory.exists('b')).toBe(false);
});

it('any text becomes a file name that a disk accepts and that can be read back', async () => {
  const directory = nodeDirectory(join(folder, 'names'));
  for (const text of ['owner/model', '..', '.', 'a*b?c:"d"', '日本語', '100%']) {
    await writeText(directory, safeName(text), text);
  }
  const names = await readdir(join(folder, 'names'));
  expect(names.map(decodeURIComponent).sort()).toEqual(
    ['owner/model', '..', '.', 'a*b?c:"d"', '日本語', '100%'].sort(),
  );
  expect(names.join('')).not.toMatch(/[/*?:"\\]/);
});
