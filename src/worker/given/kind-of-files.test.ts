import { expect, test } from 'vitest';
import { blobFiles } from '../../files/blob-files.ts';
import { zipFiles } from '../../files/zip.ts';
import { loadWordings, wordError } from '../../ui/text/word-error.ts';
import { kindOfFiles, requireKind } from './kind-of-files.ts';
import { openGiven } from './open-given.ts';

await loadWordings('ja');

const folder = (...paths: readonly string[]) =>
  blobFiles(new Map(paths.map((path) => [`given/${path}`, new Blob(['{}'])])));

test.each([
  ['run', ['run.json', 'info.json', 'origin.json', 'table', 'checkpoints/step-00000001.safetensors']],
  ['adapter', ['adapter_config.json', 'adapter_model.safetensors', 'README.md']],
  ['adapter', ['adapter_config.json', 'adapter_model.safetensors', 'tokenizer.json', 'config.json']],
  ['model', ['config.json', 'model.safetensors', 'tokenizer.json']],
  ['model', ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']],
  ['gguf', ['model.Q4_K_M.gguf']],
  ['several', ['one/config.json', 'two/config.json']],
  ['settings', ['run.json']],
  ['rows', ['train.csv', 'test.csv', 'README.md']],
  ['images', ['cat/1.png', 'dog/1.jpg']],
  ['other', ['a.pdf']],
] as const)('%s: %j', async (kind, paths) => {
  expect(await kindOfFiles(folder(...paths))).toBe(kind);
});

test('a folder of tables is no model without config.json: it says what it is and where it belongs', async () => {
  const refused = await requireKind(folder('train.csv', 'test.csv'), 'model').catch((error) => error);
  expect(refused).toMatchObject({ code: 'files-of-another-kind' });
  expect(refused.message).toBe('given contains tables, but a model is needed here. Open them in the Data step.');
  expect(wordError('ja', refused)).toEqual({
    cause: 'given の中身は表です。ここで必要なのはモデルです。',
    action: 'データのステップで開いてください。',
  });
});

test('an adapter is no model, a model is no run, and what nobody knows is told by what is wanted', async () => {
  await expect(requireKind(folder('adapter_config.json'), 'model')).rejects.toThrow('Open its base model first');
  await expect(requireKind(folder('config.json'), 'run')).rejects.toThrow('Open it in the Model step.');
  await expect(requireKind(folder('a.pdf'), 'adapter')).rejects.toThrow('holds adapter_config.json');
  await expect(requireKind(folder('run.json', 'info.json'), 'adapter', 'run')).resolves.toBeUndefined();
});

test('one .zip stands for the folder in it', async () => {
  const blob = await zipFiles([{ path: 'adapter_config.json', parts: [new Uint8Array(2)] }]);
  const files = await openGiven([{ path: 'cat-adapter.zip', blob }]);
  expect(await files.has('adapter_config.json')).toBe(true);
  expect(files.describe()).toBe('cat-adapter');
  await expect(openGiven([{ path: 'x.zip', blob: new Blob(['no']) }])).rejects.toMatchObject({
    code: 'zip-unreadable',
    params: { file: 'x.zip' },
  });
});
