import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { readTables } from '../../data/read-table.ts';
import { blobFiles } from '../../files/blob-files.ts';
import { tableHash } from './table-hash.ts';

async function hashOf(fileName: string, text: string): Promise<string> {
  const blobs = [new Blob([text])];
  return tableHash({
    name: fileName,
    blobs,
    table: await readTables(blobs, { fileName, encoding: '', delimiter: '' }),
  });
}

test('the same cells are the same data, whatever file they are in', async () => {
  const csv = await hashOf('a.csv', 'instruction,output\nHow?,"So, so."\nWhy?,No.\n');
  expect(csv).toBe(
    createHash('sha256').update('["instruction","output"]\n["How?","So, so."]\n["Why?","No."]\n').digest('hex'),
  );
  expect(await hashOf('b.tsv', 'instruction\toutput\r\nHow?\tSo, so.\r\nWhy?\tNo.\r\n')).toBe(csv);
  const records = [
    { instruction: 'How?', output: 'So, so.' },
    { instruction: 'Why?', output: 'No.' },
  ];
  expect(await hashOf('c.json', JSON.stringify(records))).toBe(csv);
});

test('a letter, the order of rows, and where a cell ends count', async () => {
  const hashes = await Promise.all(
    ['a,b\n1,2\n3,4\n', 'a,b\n1,2\n3,5\n', 'a,b\n3,4\n1,2\n', 'a,b\n12,\n3,4\n', 'a,c\n1,2\n3,4\n'].map((text) =>
      hashOf('a.csv', text),
    ),
  );
  expect(new Set(hashes).size).toBe(5);
});

test('of pictures the files and their labels count', async () => {
  const of = (blobs: Readonly<Record<string, string>>, labels: readonly string[]) => {
    const files = blobFiles(new Map(Object.entries(blobs).map(([path, text]) => [path, new Blob([text])])));
    const named = Object.keys(blobs).map((path, index) => ({ path: path.slice(2), label: labels[index]! }));
    return tableHash({ name: 'p', blobs: [], table: null!, pictures: { files, blobs: new Map(), named } });
  };
  const first = await of({ 'p/a.png': 'one', 'p/b.png': 'two' }, ['cat', 'dog']);
  expect(await of({ 'p/x.png': 'one', 'p/y.png': 'two' }, ['cat', 'dog'])).toBe(first);
  expect(await of({ 'p/a.png': 'one', 'p/b.png': 'two' }, ['dog', 'cat'])).not.toBe(first);
  expect(await of({ 'p/a.png': 'one', 'p/b.png': 'Two' }, ['cat', 'dog'])).not.toBe(first);
});
