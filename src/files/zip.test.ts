import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { AppError } from '../errors.ts';
import type { ModelFiles } from './source.ts';
import { zipFiles, zipParts } from './zip.ts';
import { dataOffset, readStoredEntries } from './zip-read.ts';

it('a zip holds every file under its path, stored as it is', async () => {
  const big = Uint8Array.from({ length: 5000 }, (_, i) => i * 7);
  async function* streamed() {
    yield big.slice(0, 17);
    yield big.slice(17);
  }
  const zip = await zipFiles([
    { path: 'adapter/README.md', parts: [new TextEncoder().encode('日本語')] },
    { path: 'adapter/weights.safetensors', parts: streamed() },
    { path: 'empty.txt', parts: [] },
  ]);
  expect(zip.type).toBe('application/zip');
  const bytes = new Uint8Array(await zip.arrayBuffer());
  expect(Buffer.from(bytes).includes(Buffer.from(big))).toBe(true);
  const files = unzipSync(bytes);
  expect(Object.keys(files)).toEqual(['adapter/README.md', 'adapter/weights.safetensors', 'empty.txt']);
  expect(new TextDecoder().decode(files['adapter/README.md'])).toBe('日本語');
  expect(Buffer.from(files['adapter/weights.safetensors']!).equals(big)).toBe(true);
  expect(files['empty.txt']!.length).toBe(0);
});

it('sizes and places beyond four gigabytes are told as Zip64', async () => {
  const piece = new Uint8Array(1 << 24);
  async function* large() {
    for (let count = 0; count < 257; count++) yield piece;
  }
  const files = [
    { path: 'large', parts: large() },
    { path: 'behind', parts: [new Uint8Array(3)] },
  ];
  let size = 0;
  const kept: { readonly start: number; readonly bytes: Uint8Array }[] = [];
  for await (const bytes of zipParts(files)) {
    if (bytes !== piece) kept.push({ start: size, bytes });
    size += bytes.length;
  }
  const read = async (_path: string, start = 0, end = size) => {
    const out = new Uint8Array(end - start);
    for (const part of kept)
      for (let at = Math.max(start, part.start); at < Math.min(end, part.start + part.bytes.length); at++)
        out[at - start] = part.bytes[at - part.start]!;
    return out;
  };
  const archive = { read, size: async () => size } as unknown as ModelFiles;
  const entries = await readStoredEntries(archive, 'zip', () => new AppError('internal', { reason: 'damaged' }));
  const [first, second] = [...entries.values()];
  expect(first).toMatchObject({ name: 'large', size: 257 * 2 ** 24, headerOffset: 0 });
  expect(second).toMatchObject({ name: 'behind', size: 3 });
  expect(second!.headerOffset).toBeGreaterThan(257 * 2 ** 24);
  expect(await dataOffset(archive, 'zip', second!, () => new AppError('internal'))).toBe(second!.headerOffset + 36);
});

it('a part that cannot be read fails the zip', async () => {
  async function* broken() {
    yield new Uint8Array(3);
    throw new Error('the GPU went away');
  }
  await expect(zipFiles([{ path: 'a', parts: broken() }])).rejects.toThrow('the GPU went away');
});
