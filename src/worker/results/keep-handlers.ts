import type { StreamedFile, Target } from '../../exports/target.ts';
import { offersOf, type TargetName } from '../../exports/targets.ts';
import { blobPieces, restoreFolder } from '../../files/archive.ts';
import type { Directory } from '../../files/directory.ts';
import { zipFiles } from '../../files/zip.ts';
import { requireKind } from '../given/kind-of-files.ts';
import { openGiven } from '../given/open-given.ts';
import { despiteLoss } from '../runs/device-losses.ts';
import { splitResultId } from '../runs/result-id.ts';
import { readState, saveEnd } from '../runs/run-state.ts';
import { newRunId, readConfig, readOrigin, rename, runFolder } from '../runs/run-store.ts';
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
    download: ({ runId, target, rank }) => despiteLoss(() => download(workshop, runId, target, rank)),
    async renameRun({ runId, name }) {
      const folder = runFolder(await workshop.runs(), runId);
      await workshop.locks.during(runId, () => rename(folder, name));
      return {};
    },
    importRun: async ({ archive }) => ({ runId: await importRun(await workshop.runs(), archive) }),
  };
}

async function download(workshop: Workshop, id: string, targetName: TargetName, rank?: number): Promise<Download> {
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

/** @param only the one file, where it is at hand */
async function packed({ file }: Target, written: readonly StreamedFile[], only?: Blob): Promise<Blob> {
  return file.endsWith('.zip') ? zipFiles(written) : (only ?? [...(await asBlobs(written)).values()][0]!);
}

/** Under an id of its own, so that a run can be taken in beside the one it was exported from. */
async function importRun(runs: Directory, archive: Blob): Promise<string> {
  const path = archive instanceof File ? archive.name : 'run.zip';
  const given = await openGiven([{ path, blob: archive }]);
  await requireKind(given, 'run');
  const id = newRunId();
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
  return id;
}
