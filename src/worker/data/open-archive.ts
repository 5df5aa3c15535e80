import type { TableReading } from '../../data/read-table.ts';
import { AppError, because } from '../../errors.ts';
import { pictureEnding, requireKind, tableEnding } from '../given/kind-of-files.ts';
import { openGiven } from '../given/open-given.ts';
import { readTableApart } from '../reading/read-table-apart.ts';
import type { OpenedTable } from './opened-table.ts';
import { openPictureArchive } from './pictures.ts';

/**
 * A .zip to learn from: pictures, or the one table in it.
 * @throws AppError 'zip-unreadable'; 'files-of-another-kind' where it holds neither; those of reading what it holds
 */
export async function openDataArchive(name: string, archive: Blob, reading: TableReading): Promise<OpenedTable> {
  const files = await openGiven([{ path: name, blob: archive }]);
  const paths = (await files.list()).map(({ path }) => path);
  await requireKind(files, 'rows', 'images', 'settings');
  if (paths.some((path) => pictureEnding.test(path))) return openPictureArchive(name, archive);
  const [table, ...others] = paths.filter((path) => tableEnding.test(path));
  if (table === undefined || others.length > 0) {
    const found = because`several tables (${[table, ...others].join(', ')})`;
    const instead = because`Unpack it and choose one of them.`;
    throw new AppError('files-of-another-kind', { name, found, wanted: because`one table`, instead });
  }
  const fileName = table.slice(table.lastIndexOf('/') + 1);
  const blobs = [new Blob([await files.read(table)])];
  return { name: fileName, blobs, table: await readTableApart(blobs, fileName, reading) };
}
