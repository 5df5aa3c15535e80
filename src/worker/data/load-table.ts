import { seldom } from '../../data/progress.ts';
import { readTables, type TableReading } from '../../data/read-table.ts';
import { recordLines } from '../../files/runs.ts';
import { chosenPairs, readChoices } from '../../training/results/choices.ts';
import { readTableApart } from '../reading/read-table-apart.ts';
import { runFolder } from '../runs/run-store.ts';
import { readRunTable } from '../runs/run-tables.ts';
import type { Workshop } from '../workshop.ts';
import { readCopy } from './kept-tables.ts';
import type { DataSource } from './messages.ts';
import { openDataArchive } from './open-archive.ts';
import type { OpenedTable } from './opened-table.ts';
import { openPictureFolder } from './pictures.ts';
import { exampleTable, hubTable } from './table-files.ts';

/** A table, or pictures in its place, read whole. @throws AppError of reading them */
export async function loadTable(workshop: Workshop, source: DataSource, reading: TableReading): Promise<OpenedTable> {
  if (source.kind === 'pictures') return openPictureFolder(source.name, source.files);
  if (source.kind === 'run') {
    const run = runFolder(await workshop.runs(), source.runId);
    return readRunTable(run, source.use, source.name, reading);
  }
  if (source.kind === 'choices') {
    const choices = await readChoices(runFolder(await workshop.runs(), source.runId));
    const blob = new Blob([recordLines(chosenPairs(choices))]);
    return loadTable(workshop, { kind: 'file', name: source.name, blob }, reading);
  }
  if (source.kind === 'kept') {
    const blob = await readCopy(await workshop.storage(), source.id);
    return loadTable(workshop, { kind: 'file', name: source.name, blob }, reading);
  }
  if (source.kind === 'file' && /\.zip$/i.test(source.name)) return openDataArchive(source.name, source.blob, reading);
  const { name, blobs } = await tableFiles(workshop, source);
  const onProgress = (done: number, total: number) => workshop.emit('reading', { stage: 'reading', done, total });
  const progress = seldom(onProgress);
  // That of this page is no stranger's.
  const isOwn = source.kind === 'example';
  const table = isOwn
    ? await readTables(blobs, { fileName: name, ...reading, onProgress: progress })
    : await readTableApart(blobs, name, reading, progress);
  return { name, blobs, table };
}

async function tableFiles(
  workshop: Workshop,
  source: Exclude<DataSource, { kind: 'pictures' | 'kept' | 'run' | 'choices' }>,
): Promise<Pick<OpenedTable, 'name' | 'blobs'>> {
  if (source.kind === 'file') return { name: source.name, blobs: [source.blob] };
  if (source.kind === 'example') {
    const { name, blob } = await exampleTable();
    return { name, blobs: [blob] };
  }
  const onProgress = (done: number, total: number) => workshop.emit('reading', { stage: 'downloading', done, total });
  return hubTable(workshop, source, seldom(onProgress));
}
