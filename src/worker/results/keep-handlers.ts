import type { StreamedFile, Target } from '../../exports/target.ts';
import { offersOf, type TargetName } from '../../exports/targets.ts';
import { blobPieces, folderFiles, restoreFolder } from '../../files/archive.ts';
import type { Directory } from '../../files/directory.ts';
import type { ModelFiles } from '../../files/source.ts';
import { zipFiles } from '../../files/zip.ts';
import { requireKind } from '../given/kind-of-files.ts';
import { openGiven } from '../given/open-given.ts';
import { splitResultId } from '../runs/result-id.ts';
import { originOrNone, readOrigin } from '../runs/run-origin.ts';
import { readState, saveEnd } from '../runs/run-state.ts';
import { newRunId, readConfig, rename, runFolder } from '../runs/run-store.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { asBlobs, factsOf } from './exported-run.ts';
import type { Download } from './messages.ts';
import { writtenResult } from './written-result.ts';

/** What is taken away of runs, and runs that come from elsewhere. */
export function keepHandlers(
  workshop: Workshop,
): Pick<Handlers, 'exportOffers' | 'download' | 'renameRun' | 'importRun'> {
  return {
    async exportOffers({ runId }) {
      const folder = runFolder(await workshop.runs(), splitResultId(runId).runId);
      const { active } = workshop;
      // A run that has just begun may not have written its config yet.
      const config = active?.isOf(runId) ? active.parts.config : await readConfig(folder);
      return { offers: offersOf(await factsOf(folder, config)) };
    },
    download: ({ runId, target, rank }) => download(workshop, runId, target, rank),
    async renameRun({ runId, name }) {
      const folder = runFolder(await workshop.runs(), runId);
      await workshop.locks.during(runId, () => rename(folder, name));
      return {};
    },
    importRun: async ({ archive }) => ({ runId: await importRun(workshop, archive) }),
  };
}

async function download(workshop: Workshop, id: string, targetName: TargetName, rank?: number): Promise<Download> {
  const damaged = targetName === 'archive' && (await damagedFolder(workshop, id));
  if (damaged) return { fileName: `${id}-run.zip`, blob: await zipFiles(await folderFiles(damaged)), kept: null };
  let kept: number | null = null;
  const onKept = (share: number) => {
    kept = share;
  };
  const { target, files, title, check } = await writtenResult(workshop, id, targetName, { rank, onKept });
  const fileName = `${title}-${target.file}`;
  if (target.holds !== 'model') return { fileName, blob: await packed(target, files), kept };
  const written = await asBlobs(files);
  const checked = await check(written);
  const parts = [...written].map(([path, blob]) => ({ path, parts: blobPieces(blob) }));
  return { fileName, blob: await packed(target, parts, [...written.values()][0]!), kept, checked };
}

/** The folder of a run that cannot be read as one; it is taken away as it is. */
async function damagedFolder(workshop: Workshop, id: string): Promise<Directory | undefined> {
  const folder = runFolder(await workshop.runs(), splitResultId(id).runId);
  const isRead = async () => (await readConfig(folder)) && (await originOrNone(folder));
  return isRead().then(
    () => undefined,
    () => folder,
  );
}

/** @param only the one file, where it is at hand */
async function packed({ file }: Target, written: readonly StreamedFile[], only?: Blob): Promise<Blob> {
  return file.endsWith('.zip') ? zipFiles(written) : (only ?? [...(await asBlobs(written)).values()][0]!);
}

/** Under an id of its own, so that a run can be taken in beside the one it was exported from. */
async function importRun(workshop: Workshop, archive: Blob): Promise<string> {
  const path = archive instanceof File ? archive.name : 'run.zip';
  const given = await openGiven([{ path, blob: archive }]);
  await requireKind(given, 'run');
  const id = newRunId();
  await workshop.locks.during(id, async () => takeIn(await workshop.runs(), id, given));
  return id;
}

async function takeIn(runs: Directory, id: string, given: ModelFiles): Promise<void> {
  const folder = runFolder(runs, id);
  try {
    await restoreFolder(folder, given);
    await readOrigin(folder);
    await readConfig(folder);
    // Nobody trains it here, whatever was going on where it comes from.
    if ((await readState(folder)) === 'training') await saveEnd(folder, 'stopped');
  } catch (thrown) {
    await runs.remove(id);
    throw thrown;
  }
}
