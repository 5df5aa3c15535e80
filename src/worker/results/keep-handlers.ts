import { AppError, type Reason } from '../../errors.ts';
import { folderFiles, restoreFolder } from '../../files/archive.ts';
import { blobFiles } from '../../files/blob-files.ts';
import { type Directory, writeText } from '../../files/directory.ts';
import { notARun } from '../../files/leftovers.ts';
import { deleteRun } from '../../files/runs.ts';
import type { ModelFiles } from '../../files/source.ts';
import { zipParts } from '../../files/zip.ts';
import { zipBlobs } from '../../files/zip-blobs.ts';
import { requireKind } from '../given/kind-of-files.ts';
import { givenBlobs } from '../given/open-given.ts';
import { tryApart } from '../reading/try-apart.ts';
import { despiteLoss } from '../runs/device-losses.ts';
import { splitResultId } from '../runs/result-id.ts';
import { originOrNone, readOrigin } from '../runs/run-origin.ts';
import { readState, saveEnd } from '../runs/run-state.ts';
import { newRunId, readConfig, rename, runFolder } from '../runs/run-store.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { DownloadStorage } from './download-storage.ts';
import { offersOfKept } from './exported-run.ts';
import type { Download, ResultRequests } from './messages.ts';
import { writtenResult } from './written-result.ts';

/** What is taken away of runs, and runs that come from elsewhere. */
export function keepHandlers(
  workshop: Workshop,
): Pick<Handlers, 'exportOffers' | 'download' | 'renameRun' | 'importRun'> {
  const downloads = new DownloadStorage(
    () => workshop.storage(),
    () => workshop.storageRoot(),
  );
  return {
    async exportOffers({ runId }) {
      const folder = runFolder(await workshop.runs(), splitResultId(runId).runId);
      const { active } = workshop;
      // A run that has just begun may not have written its config yet.
      const config = active?.isOf(runId) ? active.parts.config : await readConfig(folder);
      return { offers: await offersOfKept(workshop, runId, folder, config) };
    },
    download: (asked) => despiteLoss(() => download(downloads, (write) => written(workshop, asked, write))),
    async renameRun({ runId, name }) {
      const folder = runFolder(await workshop.runs(), runId);
      await workshop.locks.during(runId, () => rename(folder, name));
      return {};
    },
    importRun: async ({ archive }) => ({ runId: await importRun(workshop, archive) }),
  };
}

/** A file in storage, or in memory where there is none or it has no room. */
async function download(downloads: DownloadStorage, write: Writing): Promise<Download> {
  if (!(await downloads.isThere())) return write(inMemory);
  try {
    return await write((name, parts) => downloads.write(name, parts));
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'storage-full') throw thrown;
    return write(inMemory);
  }
}

type Asked = ResultRequests['download']['params'];
type Write = DownloadStorage['write'];
type Writing = (write: Write) => Promise<Download>;

const inMemory: Write = async (_, parts) => {
  const done: Blob[] = [];
  for await (const part of parts) done.push(new Blob([part]));
  return { blob: new Blob(done), remove: async () => {}, handOver: () => {} };
};

/** A whole model is checked as it lies there, in its archive. */
async function written(workshop: Workshop, { runId, target: name, rank }: Asked, write: Write): Promise<Download> {
  const unreadable = name === 'archive' && (await damagedFolder(workshop, runId));
  if (unreadable) {
    const { blob, handOver } = await write(`${runId}-run.zip`, zipParts(await folderFiles(unreadable)));
    handOver();
    return { fileName: `${runId}-run.zip`, blob, kept: null, checked: null };
  }
  let kept: number | null = null;
  const onKept = (share: number) => {
    kept = share;
  };
  const { target, files, title, check } = await writtenResult(workshop, runId, name, { rank, onKept });
  const fileName = `${title}-${target.file}`;
  const isArchive = target.file.endsWith('.zip');
  const { blob, remove, handOver } = await write(fileName, isArchive ? zipParts(files) : files[0]!.parts);
  try {
    const checked = target.holds === 'model' ? await check(await zipBlobs(blob, damaged)) : null;
    handOver();
    return { fileName, blob, kept, checked };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

const damaged = (reason: Reason) => new AppError('internal', { reason });

/** The folder of a run that cannot be read as one; it is taken away as it is. */
async function damagedFolder(workshop: Workshop, id: string): Promise<Directory | undefined> {
  const folder = runFolder(await workshop.runs(), splitResultId(id).runId);
  const isRead = async () => (await readConfig(folder)) && (await originOrNone(folder));
  return isRead().then(
    () => undefined,
    () => folder,
  );
}

/** Under an id of its own, so that a run can be taken in beside the one it was exported from. */
async function importRun(workshop: Workshop, archive: Blob): Promise<string> {
  const path = archive instanceof File ? archive.name : 'run.zip';
  const { blobs, name } = await givenBlobs([{ path, blob: archive }]);
  const given = blobFiles(blobs, name);
  await requireKind(given, 'run');
  await tryApart('run', blobs, given.describe());
  const id = newRunId();
  await workshop.locks.during(id, async () => takeIn(await workshop.runs(), id, given));
  return id;
}

async function takeIn(runs: Directory, id: string, given: ModelFiles): Promise<void> {
  const folder = runFolder(runs, id);
  try {
    await writeText(folder, notARun, '');
    await restoreFolder(folder, given);
    await readOrigin(folder);
    await readConfig(folder);
    // Nobody trains it here, whatever was going on where it comes from.
    if ((await readState(folder)) === 'training') await saveEnd(folder, 'stopped');
    await folder.remove(notARun);
  } catch (thrown) {
    // What cannot be removed now is swept later. The visitor is told why the run did not come in.
    await deleteRun(runs, id).catch(() => {});
    throw thrown;
  }
}
