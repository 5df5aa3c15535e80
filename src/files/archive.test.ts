import { expect, test } from 'vitest';
import { folderFiles, restoreFolder } from './archive.ts';
import { memoryDirectory } from './memory-directory.ts';
import { zipFiles } from './zip.ts';

test('a folder comes back from its archive file by file, empty and large ones too', async () => {
  const folder = memoryDirectory();
  const large = Uint8Array.from({ length: 9_000_000 }, (_, index) => index % 251);
  await folder.write('run.json', [new TextEncoder().encode('{}')]);
  await folder.write('checkpoints/step-00000002.safetensors', [large]);
  await folder.write('checkpoints/empty', []);
  const copy = memoryDirectory();
  await restoreFolder(copy, await zipFiles(await folderFiles(folder)));
  expect(await copy.read('run.json')).toEqual(await folder.read('run.json'));
  expect(Buffer.compare(await copy.read('checkpoints/step-00000002.safetensors'), large)).toBe(0);
  expect(await copy.size('checkpoints/empty')).toBe(0);
});

test('what is no archive, and one that would write outside its folder, are refused', async () => {
  await expect(restoreFolder(memoryDirectory(), new Blob(['no zip']))).rejects.toMatchObject({
    code: 'archive-invalid',
  });
  const outside = await zipFiles([{ path: '../secret', parts: [new Uint8Array(1)] }]);
  await expect(restoreFolder(memoryDirectory(), outside)).rejects.toMatchObject({ code: 'archive-invalid' });
});
