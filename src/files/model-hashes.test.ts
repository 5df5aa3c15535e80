import { createHash } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { blobFiles } from './blob-files.ts';
import { modelHashes } from './model-hashes.ts';

const bytes = (text: string) => new Blob([text]);
const model = {
  'm/config.json': bytes('{}'),
  'm/model.safetensors': bytes('weights'.repeat(300_000)),
  'm/tokenizer.json': bytes('tokens'),
  'm/tokenizer_config.json': bytes('more'),
  'm/README.md': bytes('read me'),
};
const filesOf = (blobs: Readonly<Record<string, Blob>>) => blobFiles(new Map(Object.entries(blobs)));
const hex = (text: string) => createHash('sha256').update(text).digest('hex');

test('each part of a model is hashed as sha256sum lists its files', async () => {
  const { commit, weights, tokenizer, config } = await modelHashes(filesOf(model));
  expect(commit).toBeNull();
  expect(weights).toBe(hex(`${hex('weights'.repeat(300_000))}  model.safetensors\n`));
  expect(tokenizer).toBe(hex(`${hex('tokens')}  tokenizer.json\n${hex('more')}  tokenizer_config.json\n`));
  expect(config).toBe(hex(`${hex('{}')}  config.json\n`));
});

test('what training does not read changes nothing, and one byte of what it reads changes its part', async () => {
  const before = await modelHashes(filesOf(model));
  expect(await modelHashes(filesOf({ ...model, 'm/README.md': bytes('other'), 'm/onnx.bin': bytes('x') }))).toEqual(
    before,
  );
  const other = await modelHashes(filesOf({ ...model, 'm/tokenizer.json': bytes('Tokens') }));
  expect(other).toEqual({ ...before, tokenizer: other.tokenizer });
  expect(other.tokenizer).not.toBe(before.tokenizer);
});

test('a file whose hash its source says is not read for it', async () => {
  const files = filesOf(model);
  const read = vi.fn(files.read);
  const said = hex('weights'.repeat(300_000));
  const sha256Of = (path: string) => (path === 'model.safetensors' ? said : null);
  const hashes = await modelHashes({ ...files, read, sha256Of, commit: 'abc' });
  expect(hashes).toEqual({ ...(await modelHashes(files)), commit: 'abc' });
  expect(read.mock.calls.map(([path]) => path)).not.toContain('model.safetensors');
});
