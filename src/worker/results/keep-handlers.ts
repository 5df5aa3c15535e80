import { AppError } from '../../errors.ts';
import type { StreamedFile, Target } from '../../exports/target.ts';
import { offersOf, requireTarget, type TargetName } from '../../exports/targets.ts';
import { blobPieces, restoreFolder } from '../../files/archive.ts';
import { blobFiles } from '../../files/blob-files.ts';
import type { Directory } from '../../files/directory.ts';
import type { ModelFiles } from '../../files/source.ts';
import { zipFiles } from '../../files/zip.ts';
import { comparedSequences, mergeError } from '../../generation/merged.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { openModel } from '../../training/session/open-model.ts';
import { requireKind } from '../given/kind-of-files.ts';
import { openGiven } from '../given/open-given.ts';
import { tokenizerOf } from '../models/opened-model.ts';
import { splitResultId } from '../runs/result-id.ts';
import { usualName } from '../runs/run-name.ts';
import { readState, saveEnd } from '../runs/run-state.ts';
import { newRunId, readConfig, readOrigin, rename, runFolder } from '../runs/run-store.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { asBlobs, factsOf, type KeptRun, keptRun } from './exported-run.ts';
import type { Download } from './messages.ts';

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
    importRun: async ({ archive }) => ({ runId: await importRun(await workshop.runs(), archive) }),
  };
}

async function download(workshop: Workshop, id: string, targetName: TargetName, rank?: number): Promise<Download> {
  const { runId, evaluation } = splitResultId(id);
  const folder = runFolder(await workshop.runs(), runId);
  const config = await readConfig(folder);
  const target = requireTarget(targetName, await factsOf(folder, config));
  const { active } = workshop;
  // What is compared on the device takes it from a run that trains or chats there.
  const isModel = target.holds === 'model';
  if (isModel) workshop.turn.require();
  const trained = !isModel && active?.isOf(id) ? active.trained : undefined;
  const run = keptRun(workshop, id, { folder, config, trained });
  let kept: number | null = null;
  const onKept = (share: number) => {
    kept = share;
  };
  const written = await target.write(run, { rank, onKept });
  const { blob, checked = null } = isModel
    ? await compared(workshop, run, config, target, written)
    : { blob: await packed(target, written) };
  const origin = await readOrigin(folder).catch(() => null);
  const name = config.environment.experiment_name || (origin ? usualName(origin) : runId);
  const title = name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  return {
    fileName: `${title}${evaluation === null ? '' : `-step-${evaluation}`}-${target.file}`,
    blob,
    kept,
    checked,
  };
}

/** @param only the one file, where it is at hand */
async function packed({ file }: Target, written: readonly StreamedFile[], only?: Blob): Promise<Blob> {
  return file.endsWith('.zip') ? zipFiles(written) : (only ?? [...(await asBlobs(written)).values()][0]!);
}

/** The whole model, once its logits were seen to be those of base and adapter. */
async function compared(
  workshop: Workshop,
  run: KeptRun,
  config: RunConfig,
  target: Target,
  written: readonly StreamedFile[],
): Promise<Pick<Download, 'blob' | 'checked'>> {
  const files = await asBlobs(written);
  const checked =
    (await run.opened()).open.model.kind === 'image'
      ? null
      : await requireSameLogits(workshop, run, config, target, blobFiles(files));
  const parts = [...files].map(([path, blob]) => ({ path, parts: blobPieces(blob) }));
  return { blob: await packed(target, parts, [...files.values()][0]!), checked };
}

/** @throws AppError 'merge-differs' where the merged model says something else than base and adapter */
async function requireSameLogits(
  workshop: Workshop,
  run: KeptRun,
  config: RunConfig,
  { readBack = (all) => openModel(all) }: Target,
  files: ModelFiles,
) {
  const executor = await workshop.executors.executor(config.environment.executor);
  const opened = await run.opened();
  const sequences = comparedSequences(tokenizerOf(opened).vocabularySize);
  const { tuning, values } = await run.saved();
  const merged = await readBack(files, opened.open);
  // A run may have begun while the model was written.
  workshop.turn.require();
  workshop.release();
  const { error, limit } = await mergeError({ executor, open: opened.open, sequences, tuning, values, merged });
  const percent = (share: number) => `${(100 * share).toPrecision(2)} %`;
  if (!(error <= limit)) throw new AppError('merge-differs', { error: percent(error), limit: percent(limit) });
  return { error, limit };
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
