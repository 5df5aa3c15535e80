import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { zipFiles } from './zip.ts';

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

it('a part that cannot be read fails the zip', async () => {
  async function* broken() {
    yield new Uint8Array(3);
    throw new Error('the GPU went away');
  }
  await expect(zipFiles([{ path: 'a', parts: broken() }])).rejects.toThrow('the GPU went away');
});
