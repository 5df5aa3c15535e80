/** Pictures in the worker: decoded by the browser, kept as one archive, looked at class by class. */
import { labelledPictures, type PictureSet } from '../../data/pictures.ts';
import type { CropSettings } from '../../data/resize.ts';
import { blobFiles } from '../../files/blob-files.ts';
import { zipFiles } from '../../files/zip.ts';
import { givenBlobs } from '../given/open-given.ts';
import { readApart } from '../reading/read-apart.ts';
import { readTableApart } from '../reading/read-table-apart.ts';
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
  // Pictures are looked at first, so that a folder without any is not packed.
  const opened = await openPictures(new Map(wanted.map(({ path, blob }) => [path, blob])), name);
  const entries = wanted.map(({ path, blob }) => ({ path, parts: piecesOf(blob) }));
  return pictureTable(`${name}.zip`, await zipFiles(entries), opened);
}

/** An archive of pictures. @throws AppError 'zip-unreadable', 'pictures-missing' */
export async function openPictureArchive(name: string, archive: Blob): Promise<OpenedTable> {
  const { blobs } = await givenBlobs([{ path: name, blob: archive }]);
  return pictureTable(name, archive, await openPictures(blobs, name));
}

async function openPictures(blobs: ReadonlyMap<string, Blob>, name: string): Promise<OpenedPictures> {
  const files = blobFiles(blobs, name);
  return { files, blobs, named: await labelledPictures(files, readLabels) };
}

const readLabels = (table: Blob, file: string) => readTableApart([table], file, { encoding: '', delimiter: '' });

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

/** Opened pictures, read and cut. @throws AppError 'picture-unreadable', 'picture-too-large', 'reading-too-long' */
export function readOpenedPictures(
  { blobs, named }: OpenedPictures,
  file: string,
  crop: CropSettings,
  onProgress?: (done: number, total: number) => void,
): Promise<PictureSet> {
  const bytes = [...blobs.values()].reduce((sum, { size }) => sum + size, 0);
  return readApart('pixels', { blobs, named, crop }, { file, bytes, ...(onProgress && { onProgress }) });
}
