import { readTables } from '../../data/read-table.ts';
import type { Workshop } from '../workshop.ts';
import type { DataSource } from './messages.ts';
import type { OpenedTable } from './opened-table.ts';
import { openPictureArchive, openPictureFolder } from './pictures.ts';
import { exampleTable, hubTable } from './table-files.ts';

/** A table, or pictures in its place, read whole. @throws AppError of reading them */
export async function loadTable(workshop: Workshop, source: DataSource, encoding: string): Promise<OpenedTable> {
  if (source.kind === 'pictures') return openPictureFolder(source.name, source.files);
  if (source.kind === 'file' && /\.zip$/i.test(source.name)) return openPictureArchive(source.name, source.blob);
  const { name, blobs } = await tableFiles(workshop, source);
  const onProgress = (done: number, total: number) => workshop.emit('reading', { stage: 'reading', done, total });
  return { name, blobs, table: await readTables(blobs, { fileName: name, encoding, onProgress: seldom(onProgress) }) };
}

async function tableFiles(
  workshop: Workshop,
  source: Exclude<DataSource, { kind: 'pictures' }>,
): Promise<Pick<OpenedTable, 'name' | 'blobs'>> {
  if (source.kind === 'file') return { name: source.name, blobs: [source.blob] };
  if (source.kind === 'example') {
    const { name, blob } = await exampleTable();
    return { name, blobs: [blob] };
  }
  const onProgress = (done: number, total: number) => workshop.emit('reading', { stage: 'downloading', done, total });
  return hubTable(source, await workshop.storage(), seldom(onProgress));
}

/** Passes on what is told at most ten times a second, and the end. */
function seldom(tell: (done: number, total: number) => void): (done: number, total: number) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = performance.now();
    if (now - last < 100 && done < total) return;
    last = now;
    tell(done, total);
  };
}
