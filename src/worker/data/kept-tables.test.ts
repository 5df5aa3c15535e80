import { expect, test } from 'vitest';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { keepCopy, mostKeptBytes, readCopy } from './kept-tables.ts';
import type { OpenedTable } from './opened-table.ts';

const table = (...blobs: Blob[]) => ({ name: 'faq.csv', blobs }) as unknown as OpenedTable;

test('a table is kept for the next visit as it was, and the oldest copy goes for the newest', async () => {
  const storage = memoryDirectory();
  const ids: string[] = [];
  for (let number = 0; number < 5; number++) {
    ids.push((await keepCopy(storage, table(new Blob([`a,b\n${number},x\n`]))))!);
    await new Promise((done) => setTimeout(done, 2));
  }
  expect(await (await readCopy(storage, ids[4]!)).text()).toBe('a,b\n4,x\n');
  expect(await (await readCopy(storage, ids[1]!)).text()).toBe('a,b\n1,x\n');
  await expect(readCopy(storage, ids[0]!)).rejects.toMatchObject({ code: 'file-missing' });
});

test('what is too large, in several files, or has no room is named only', async () => {
  const storage = memoryDirectory();
  const large = { size: mostKeptBytes + 1 } as Blob;
  expect(await keepCopy(storage, table(large))).toBeNull();
  expect(await keepCopy(storage, table(new Blob(['a']), new Blob(['b'])))).toBeNull();
  const full = { ...storage, write: () => Promise.reject(new Error('full')) };
  expect(await keepCopy(full, table(new Blob(['a'])))).toBeNull();
});
