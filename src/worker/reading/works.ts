/** What is read in a worker of its own (`read-apart.ts`). Each is loaded when it is asked for. */
import type { PictureFile, PictureSet } from '../../data/pictures.ts';
import type { TableReading } from '../../data/read-table.ts';
import type { CropSettings } from '../../data/resize.ts';
import type { Table } from '../../data/table.ts';
import { AppError } from '../../errors.ts';
import type { ReadSettings } from '../../training/config/config-files/read.ts';
import type { SharedRun } from '../../training/results/shared-run/shared-run.ts';

type Blobs = ReadonlyMap<string, Blob>;

/** What each is given, and what it makes: both cross threads. */
export interface Works {
  table: { given: { blobs: readonly Blob[]; fileName: string; reading: TableReading }; made: Table };
  /** The files of an archive by their paths. */
  archive: { given: { archive: Blob; file: string }; made: Blobs };
  /** Model and tokenizer cannot cross: whether they are read in time is tried, and then they are read again. */
  model: { given: { blobs: Blobs }; made: null };
  /** The same of an adapter. */
  adapter: { given: { blobs: Blobs }; made: null };
  /** The same of a run, with its checkpoints, of which one tensor at a time is read. */
  run: { given: { blobs: Blobs }; made: null };
  settings: { given: { text: string; file: string }; made: ReadSettings };
  /** A run that was handed on. */
  shared: { given: { link: string } | { file: Blob }; made: SharedRun };
  /** Decoded and cut. */
  pixels: { given: { blobs: Blobs; named: readonly PictureFile[]; crop: CropSettings }; made: PictureSet };
}

export type Work = keyof Works;
export type Given<W extends Work> = Works[W]['given'];
export type Made<W extends Work> = Works[W]['made'];
type Reader<W extends Work> = (given: Given<W>, told: (done: number, total: number) => void) => Promise<Made<W>>;

export const works: { readonly [W in Work]: () => Promise<Reader<W>> } = {
  async table() {
    const [{ readTables }, { requireNoSettings }] = await Promise.all([
      import('../../data/read-table.ts'),
      import('../given/kind-of-files.ts'),
    ]);
    return async ({ blobs, fileName, reading }, onProgress) => {
      await requireNoSettings(fileName, blobs);
      return readTables(blobs, { fileName, ...reading, onProgress });
    };
  },
  async archive() {
    const { zipBlobs } = await import('../../files/zip-blobs.ts');
    return ({ archive, file }) => zipBlobs(archive, (reason) => new AppError('zip-unreadable', { file, reason }));
  },
  async model() {
    const [{ blobFiles }, { withGguf }, { openModel, openTokenizer }] = await Promise.all([
      import('../../files/blob-files.ts'),
      import('../../exports/gguf/base/base-files.ts'),
      import('../../training/session/open-model.ts'),
    ]);
    return async ({ blobs }) => {
      const files = await withGguf(blobFiles(blobs)).catch(() => null);
      if (files === null) return null;
      await openModel(files).catch(() => {});
      // Some that hang are read in a moment and hang at their first text.
      await openTokenizer(files).then(
        (tokenizer) => tokenizer.encode(firstText),
        () => {},
      );
      return null;
    };
  },
  async adapter() {
    const [{ blobFiles }, { readPeft }] = await Promise.all([
      import('../../files/blob-files.ts'),
      import('../../files/peft.ts'),
    ]);
    return async ({ blobs }) => {
      await readPeft(blobFiles(blobs)).catch(() => {});
      return null;
    };
  },
  async run() {
    const [{ blobFiles }, { readOnlyDirectory }, { detailOf }, { openCheckpoint }] = await Promise.all([
      import('../../files/blob-files.ts'),
      import('../../files/read-only-directory.ts'),
      import('../runs/run-store.ts'),
      import('../../files/checkpoint-file.ts'),
    ]);
    return async ({ blobs }, told) => {
      const run = readOnlyDirectory(blobFiles(blobs));
      await detailOf(run, 'run').catch(() => {});
      const saved = [...blobs.keys()].filter((path) => /\.safetensors$/i.test(path));
      for (const [index, path] of saved.entries()) {
        const files = blobFiles(new Map([['checkpoint', blobs.get(path)!]]));
        const opened = await openCheckpoint(readOnlyDirectory(files), 'checkpoint');
        await opened?.fault();
        told(index + 1, saved.length);
      }
      return null;
    };
  },
  async settings() {
    const { readConfigText } = await import('../../training/config/config-files/read.ts');
    return ({ text, file }) => readConfigText(text, file);
  },
  async shared() {
    const { readFile, readLink } = await import('../../training/results/shared-run/link.ts');
    return async (given) => ('link' in given ? readLink(given.link) : readFile(given.file));
  },
  async pixels() {
    const [{ blobFiles }, { readPictures }, { decodePicture }] = await Promise.all([
      import('../../files/blob-files.ts'),
      import('../../data/pictures.ts'),
      import('./decode-picture.ts'),
    ]);
    return ({ blobs, named, crop }, told) => readPictures(blobFiles(blobs), named, decodePicture, crop, told);
  },
};

/** What of it is handed over and not copied. */
export const handedOver: { readonly [W in Work]?: (made: Made<W>) => Transferable[] } = {
  pixels: ({ pictures }) => pictures.map(({ pixels }) => pixels.buffer as ArrayBuffer),
};

const firstText = `What is this? これは何ですか。 ${'a'.repeat(60)}! ${' '.repeat(60)}x 1234567890\n\n`;
