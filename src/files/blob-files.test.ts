import { expect, test } from 'vitest';
import { blobFiles } from './blob-files.ts';

const long = Uint8Array.from({ length: 3 << 20 }, (_, index) => (index * 31) ^ (index >> 9));
const parts = [long.subarray(0, 1000), long.subarray(1000, 2 << 20), long.subarray(2 << 20)];
const files = blobFiles(new Map([['model/weights', new Blob(parts)]]));

test.each([
  ['whole', 0, undefined],
  ['a long range', 12_345, 12_345 + (1 << 21)],
  ['up to the end and no further', 1 << 20, 9 << 20],
  ['a short range', 999, 1002],
  ['none', 5, 5],
])('a chosen file, %s, is read byte for byte into memory that begins with it', async (_, start, end) => {
  const bytes = await files.read('weights', start, end);
  expect(Buffer.compare(bytes, long.subarray(start, end))).toBe(0);
  expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, bytes.length]);
});

test('where blobs have no streams of bytes it is the same', async () => {
  const blob = new Blob(parts);
  const without = Object.assign(blob, {
    slice: () => Object.assign(new Blob(parts), { stream: () => ({ getReader: refuse }) }),
  });
  const bytes = await blobFiles(new Map([['a', without]])).read('a');
  expect(Buffer.compare(bytes, long)).toBe(0);
});

test('a file that changed on disk since is said to be gone', async () => {
  const broken = new ReadableStream({
    type: 'bytes',
    pull: (controller) => controller.error(new Error('NotReadable')),
  });
  const blob = Object.assign(new Blob(parts), {
    slice: () => Object.assign(new Blob(parts), { stream: () => broken }),
  });
  await expect(blobFiles(new Map([['a', blob]])).read('a')).rejects.toMatchObject({ code: 'file-missing' });
});

const refuse = () => {
  throw new TypeError('no such mode');
};
