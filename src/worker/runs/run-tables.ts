import { readingOf, type TableReading } from '../../data/read-table.ts';
import type { Directory } from '../../files/directory.ts';
import type { Bytes } from '../../files/source.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { OpenedTable, RunTables } from '../data/opened-table.ts';
import { openPictureArchive } from '../data/pictures.ts';
import { readTableApart } from '../reading/read-table-apart.ts';
import type { RunOrigin } from './run-origin.ts';

/** Copies of the tables: `table` and `validation`, and where one lies in several files `table-1`, `table-2` …. */
type TableName = 'table' | 'validation';

const partName = (name: TableName, part: number): string => (part === 0 ? name : `${name}-${part}`);

/** Bytes copied at once. */
const pieceBytes = 16 << 20;

/** Keeps a copy of the tables beside a run. */
export async function saveRunTables(run: Directory, tables: RunTables): Promise<void> {
  for (const name of ['table', 'validation'] as const) {
    for (const [part, blob] of (tables[name]?.blobs ?? []).entries()) {
      await run.write(partName(name, part), piecesOf(blob));
    }
  }
}

async function* piecesOf(blob: Blob): AsyncGenerator<Bytes> {
  for (let at = 0; at < blob.size; at += pieceBytes) {
    yield new Uint8Array(await blob.slice(at, at + pieceBytes).arrayBuffer());
  }
}

/** The tables that a run was begun with. */
export async function readRunTables(
  run: Directory,
  origin: RunOrigin,
  { dataset }: Pick<RunConfig, 'dataset'>,
): Promise<RunTables> {
  const open = (name: TableName, fileName: string) => readRunTable(run, name, fileName, readingOf(dataset));
  const table = await open('table', origin.table);
  return { table, validation: origin.validation === undefined ? null : await open('validation', origin.validation) };
}

/** One of them. */
export async function readRunTable(
  run: Directory,
  name: TableName,
  fileName: string,
  reading: TableReading,
): Promise<OpenedTable> {
  const blobs: Blob[] = [];
  for (let part = 0; await run.exists(partName(name, part)); part++) {
    blobs.push(new Blob([await run.read(partName(name, part))]));
  }
  if (/\.zip$/i.test(fileName)) return openPictureArchive(fileName, blobs[0]!);
  return { name: fileName, blobs, table: await readTableApart(blobs, fileName, reading) };
}
