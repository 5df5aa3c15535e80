/** What is read in a worker of its own (`read-apart.ts`). Each is loaded when it is asked for. */
import type { TableReading } from '../../data/read-table.ts';
import type { Table } from '../../data/table.ts';
import { AppError } from '../../errors.ts';

/** What each is given, and what it makes: both cross threads. */
export interface Works {
  table: { given: { blobs: readonly Blob[]; fileName: string; reading: TableReading }; made: Table };
  /** The files of an archive by their paths. */
  archive: { given: { archive: Blob; file: string }; made: ReadonlyMap<string, Blob> };
  /** Model and tokenizer cannot cross: whether they are read in time is tried, and then they are read again. */
  model: { given: { blobs: ReadonlyMap<string, Blob> }; made: null };
  /** The same of an adapter. */
  adapter: { given: { blobs: ReadonlyMap<string, Blob> }; made: null };
}

export type Work = keyof Works;
export type Given<W extends Work> = Works[W]['given'];
export type Made<W extends Work> = Works[W]['made'];
type Reader<W extends Work> = (given: Given<W>, told: (done: number, total: number) => void) => Promise<Made<W>>;

export const works: { readonly [W in Work]: () => Promise<Reader<W>> } = {
  async table() {
    const { readTables } = await import('../../data/read-table.ts');
    return ({ blobs, fileName, reading }, onProgress) => readTables(blobs, { fileName, ...reading, onProgress });
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
};

const firstText = `What is this? これは何ですか。 ${'a'.repeat(60)}! ${' '.repeat(60)}x 1234567890\n\n`;
