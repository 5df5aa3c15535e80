import { expect, test } from 'vitest';
import { blobFiles } from '../files/blob-files.ts';
import { createPictureBatches } from './picture-batches.ts';
import { labelledByTable, labelledPictures, readPictures } from './pictures.ts';

const filesOf = (entries: Readonly<Record<string, string>>) =>
  blobFiles(new Map(Object.entries(entries).map(([path, text]) => [path, new Blob([text])])));

test('a picture shows what its folder is called, whatever lies above; other files and hidden ones are passed over', async () => {
  const paths = [
    'set/dogs/2.jpg',
    'set/cats/1.PNG',
    'set/cats/notes.txt',
    'set/cats/.hidden.png',
    'set/__MACOSX/a.png',
  ];
  const found = await labelledPictures(filesOf(Object.fromEntries(paths.map((path) => [path, '']))));
  expect(found).toEqual([
    { path: 'cats/1.PNG', label: 'cats' },
    { path: 'dogs/2.jpg', label: 'dogs' },
  ]);
});

test('a table beside the pictures says what they show, in its order', async () => {
  const files = filesOf({
    'all/a.png': '',
    'all/b.png': '',
    'labels.csv': 'label,file\ncat,./all/b.png\ndog,all/a.png\n',
  });
  expect(await labelledPictures(files)).toEqual([
    { path: 'all/b.png', label: 'cat' },
    { path: 'all/a.png', label: 'dog' },
  ]);
});

test('pictures of one class, or none, are refused with how many there are', async () => {
  await expect(labelledPictures(filesOf({ 'a/cats/1.png': '', 'a/cats/2.png': '' }))).rejects.toMatchObject({
    code: 'pictures-missing',
    params: { pictures: 2, classes: 1 },
  });
  await expect(labelledPictures(filesOf({ 'readme.txt': '' }))).rejects.toMatchObject({ params: { pictures: 0 } });
});

test('a table of texts where pictures are wanted is told so, not which column of it is missing', () => {
  const [columns, rows] = [['text', 'label'], [['fine', 'good']]];
  const thrown = () => labelledByTable({ columns, rows });
  expect(thrown).toThrow(expect.objectContaining({ code: 'pictures-missing', params: { pictures: 0, classes: 0 } }));
  expect(thrown).toThrow(/folder named after it.*columns file and label/);
  const unlabelled = () => labelledByTable({ columns: ['file'], rows: [['a.png'], ['b.png']] });
  expect(unlabelled).toThrow(expect.objectContaining({ params: { pictures: 2, classes: 0 } }));
});

test('a file that is no picture is named', async () => {
  const decode = () => Promise.reject(new Error('broken'));
  const crop = { size: 4, resizeTo: 4, squashes: false, interpolation: 'bilinear' } as const;
  await expect(
    readPictures(filesOf({ 'x/a.png': 'no', 'y/b.png': 'no' }), [{ path: 'x/a.png', label: 'x' }], decode, crop),
  ).rejects.toMatchObject({ code: 'picture-unreadable', params: { file: 'x/a.png' } });
});

const examples = Array.from({ length: 5 }, (_, label) => ({ pixels: Uint8Array.of(51 * label, 0, 255), label }));
const settings = {
  ...{ batchSize: 2, gradAccumulation: 2, seed: 4, shuffle: true, dropLast: false },
  ...{ mean: [0.5, 0, 0], std: [0.25, 1, 2] },
};

test('every picture comes once an epoch, in another order in others, and the same for a seed', () => {
  const labelsOf = (epoch: number, seed = 4) => {
    const batches = createPictureBatches(examples, { ...settings, seed });
    return [0, 1, 2].flatMap((index) => [...batches.batchAt(epoch, index).labels]);
  };
  expect(labelsOf(0).toSorted()).toEqual([-100, 0, 1, 2, 3, 4]);
  expect(labelsOf(0)).toEqual(labelsOf(0));
  expect(labelsOf(2)).not.toEqual(labelsOf(0));
  expect(labelsOf(0, 5)).not.toEqual(labelsOf(0));
});

test('channels are scaled by their own mean and deviation, empty places score nothing', () => {
  const batches = createPictureBatches(examples, { ...settings, shuffle: false });
  expect(batches).toMatchObject({ batchesPerEpoch: 3, stepsPerEpoch: 2 });
  expect([...batches.batchAt(0, 0).pixels!]).toEqual([-2, 0, 0.5, Math.fround((0.2 - 0.5) / 0.25), 0, 0.5]);
  const last = batches.windowAt(0, 1);
  expect(last).toMatchObject({ scoredTokens: 1, tokens: 1 });
  expect([...last.batches[0]!.labels]).toEqual([4, -100]);
  expect(createPictureBatches(examples, { ...settings, dropLast: true }).batchesPerEpoch).toBe(2);
});
