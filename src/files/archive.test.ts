import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { AppError, type Reason } from '../errors.ts';
import { folderFiles, restoreFolder } from './archive.ts';
import { blobFiles } from './blob-files.ts';
import { memoryDirectory } from './memory-directory.ts';
import type { Bytes } from './source.ts';
import { zipFiles } from './zip.ts';
import { zipBlobs } from './zip-blobs.ts';

const refused = (reason: Reason) => new AppError('zip-unreadable', { file: 'a.zip', reason });
const opened = async (zip: Blob) => blobFiles(await zipBlobs(zip, refused));

test('a folder comes back from its archive file by file, empty and large ones too', async () => {
  const folder = memoryDirectory();
  const large = Uint8Array.from({ length: 9_000_000 }, (_, index) => index % 251);
  await folder.write('run.json', [new TextEncoder().encode('{}')]);
  await folder.write('checkpoints/step-00000002.safetensors', [large]);
  await folder.write('checkpoints/empty', []);
  const copy = memoryDirectory();
  await restoreFolder(copy, await opened(await zipFiles(await folderFiles(folder))));
  expect(await copy.read('run.json')).toEqual(await folder.read('run.json'));
  expect(Buffer.compare(await copy.read('checkpoints/step-00000002.safetensors'), large)).toBe(0);
  expect(await copy.size('checkpoints/empty')).toBe(0);
});

test('what is no archive, and one that would write outside its folder, are refused', async () => {
  await expect(opened(new Blob(['no zip']))).rejects.toMatchObject({ code: 'zip-unreadable' });
  const outside = await zipFiles([{ path: '../secret', parts: [new Uint8Array(1)] }]);
  await expect(opened(outside)).rejects.toMatchObject({ code: 'zip-unreadable' });
});

test('an archive that another program packed anew is read: deflated, in a folder, with what Finder adds', async () => {
  const text = new TextEncoder().encode('{"a": 1}'.repeat(1000));
  const packed = zipSync({
    'my-adapter/adapter_config.json': text,
    'my-adapter/weights/part.bin': [text, { level: 0 }],
    '__MACOSX/my-adapter/._adapter_config.json': text,
    'my-adapter/.DS_Store': text,
  });
  const files = blobFiles(await zipBlobs(new Blob([packed as Bytes]), refused));
  expect((await files.list()).map(({ path }) => path).sort()).toEqual(['adapter_config.json', 'weights/part.bin']);
  expect(files.describe()).toBe('my-adapter');
  for (const path of ['adapter_config.json', 'weights/part.bin']) expect(await files.read(path)).toEqual(text);
});

test('an entry that unpacks to more or less than it says is refused', async () => {
  const packed = zipSync({ 'a.txt': new TextEncoder().encode('abc'.repeat(500)) });
  const central = Buffer.from(packed).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  for (const size of [1000, 2000]) {
    const wrong = packed.slice();
    new DataView(wrong.buffer).setUint32(central + 24, size, true);
    await expect(zipBlobs(new Blob([wrong as Bytes]), refused)).rejects.toMatchObject({ code: 'zip-unreadable' });
  }
});
