/** Pictures in the worker: decoded by the browser, kept as one archive, looked at class by class. */
import { labelledPictures, type PictureSet, readPictures } from '../../data/pictures.ts';
import type { CropSettings, Picture } from '../../data/resize.ts';
import { AppError } from '../../errors.ts';
import { blobFiles } from '../../files/blob-files.ts';
import { zipFiles } from '../../files/zip.ts';
import { openGiven } from '../given/open-given.ts';
import type { DataSummary } from './messages.ts';
import type { OpenedPictures, OpenedTable } from './opened-table.ts';

/** Pictures shown of all. */
const shownPictures = 12;

/** A dropped folder of pictures, as the archive that a run keeps. @throws AppError 'pictures-missing' */
export async function openPictureFolder(
  name: string,
  files: readonly { readonly path: string; readonly blob: Blob }[],
): Promise<OpenedTable> {
  const wanted = files.filter(({ path }) => !path.split('/').some((part) => part.startsWith('.')));
  const folder = blobFiles(new Map(wanted.map(({ path, blob }) => [path, blob])), name);
  // Pictures are looked at first, so that a folder without any is not packed.
  const opened = await labelledPictures(folder);
  const entries = wanted.map(({ path, blob }) => ({ path, parts: piecesOf(blob) }));
  return pictureTable(`${name}.zip`, await zipFiles(entries), { files: folder, named: opened });
}

/** An archive of pictures. @throws AppError 'zip-unreadable', 'pictures-missing' */
export async function openPictureArchive(name: string, archive: Blob): Promise<OpenedTable> {
  const files = await openGiven([{ path: name, blob: archive }], name);
  return pictureTable(name, archive, { files, named: await labelledPictures(files) });
}

async function* piecesOf(blob: Blob) {
  yield new Uint8Array(await blob.arrayBuffer());
}

function pictureTable(name: string, archive: Blob, pictures: OpenedPictures): OpenedTable {
  const rows = pictures.named.map(({ path, label }) => [path, label]);
  const rowNumbers = rows.map((_, index) => index + 1);
  const form = { format: 'csv', delimiter: '', encoding: '', encodingGuessed: false, problems: [] } as const;
  return { name, blobs: [archive], table: { columns: ['file', 'label'], rows, rowNumbers, ...form }, pictures };
}

/** Classes with their counts, and some pictures of each in turn. */
export async function pictureFacts({ files, named }: OpenedPictures): Promise<NonNullable<DataSummary['pictures']>> {
  const counts = new Map<string, number>();
  const turns = named.map((picture) => {
    const turn = counts.get(picture.label) ?? 0;
    counts.set(picture.label, turn + 1);
    return { ...picture, turn };
  });
  const shown = turns.sort((a, b) => a.turn - b.turn).slice(0, shownPictures);
  const samples = await Promise.all(
    shown.map(async ({ path, label }) => ({ path, label, blob: new Blob([await files.read(path)]) })),
  );
  const classes = [...counts].map(([name, count]) => ({ name, count }));
  return { classes: classes.sort((a, b) => (a.name < b.name ? -1 : 1)), samples };
}

/** The pixels of whatever the browser can show, turned as the camera noted. */
export async function decodePicture(file: Blob): Promise<Picture> {
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw new AppError('internal', { reason: 'the browser gives no canvas' });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) pixels.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  return { width, height, pixels };
}

/** Opened pictures, read and cut. @throws AppError 'picture-unreadable' */
export const readOpenedPictures = (
  { files, named }: OpenedPictures,
  crop: CropSettings,
  onProgress: (done: number, total: number) => void,
): Promise<PictureSet> => readPictures(files, named, decodePicture, crop, onProgress);
