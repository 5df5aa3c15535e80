import { expect, test } from 'vitest';
import { baseMark, differingFile } from './base-mark.ts';
import { blobFiles } from './blob-files.ts';
import { writeSafetensors } from './safetensors-write.ts';
import type { Bytes } from './source.ts';

const count = 900_000;
const weights = (change: (values: Float32Array) => void = () => {}, name = 'w'): Bytes => {
  const data = Float32Array.from({ length: count }, (_, index) => Math.sin(index));
  change(data);
  return writeSafetensors([{ name, dtype: 'F32', shape: [count], data }]);
};
const filesOf = (model: Bytes, more: Record<string, string> = {}) => {
  const texts = { 'config.json': '{}', 'tokenizer.json': '{"a":1}', ...more };
  const blobs = Object.entries(texts).map(([path, text]) => [path, new Blob([text])] as const);
  return blobFiles(new Map([...blobs, ['model.safetensors', new Blob([model])]]));
};
const published = filesOf(weights());

test('the same files are the same base, wherever they lie, and whatever else lies there', async () => {
  const copy = { ...filesOf(weights(), { 'README.md': 'read', 'generation_config.json': '{}' }), commit: 'abc' };
  expect(differingFile(await baseMark(published), await baseMark(copy))).toBeNull();
});

test('no more than a share of the weights is read', async () => {
  let read = 0;
  const counted = {
    ...filesOf(weights()),
    async read(path: string, start?: number, end?: number) {
      const bytes = await published.read(path, start, end);
      read += bytes.length;
      return bytes;
    },
  };
  await baseMark(counted);
  expect(read).toBeLessThan(300_000);
});

test.each([
  [
    'weights that were trained on',
    filesOf(weights((values) => values.set(values.map((value) => value * 1.001)))),
    'model.safetensors',
  ],
  ['a changed last value', filesOf(weights((values) => (values[count - 1] = 7))), 'model.safetensors'],
  ['a tensor of another name', filesOf(weights(undefined, 'v')), 'model.safetensors'],
  ['another config', filesOf(weights(), { 'config.json': '{ }' }), 'config.json'],
  ['another tokenizer', filesOf(weights(), { 'tokenizer.json': '{"a":2}' }), 'tokenizer.json'],
  ['a file more', filesOf(weights(), { 'special_tokens_map.json': '{}' }), 'special_tokens_map.json'],
])('%s makes another base', async (_, other, file) => {
  expect(differingFile(await baseMark(published), await baseMark(other))).toBe(file);
});

test('what the Hub says of whole files counts where both sides know it', async () => {
  const said = (hash: string | null) => ({ ...filesOf(weights()), sha256Of: () => hash });
  expect(differingFile(await baseMark(said('a')), await baseMark(said('b')))).not.toBeNull();
  expect(differingFile(await baseMark(said('a')), await baseMark(said(null)))).toBeNull();
});
