import { AppError } from '../../errors.ts';
import type { StreamedFile, Target } from '../../exports/target.ts';
import { offersOf, requireTarget, type TargetName } from '../../exports/targets.ts';
import { blobPieces, restoreFolder } from '../../files/archive.ts';
import { blobFiles } from '../../files/blob-files.ts';
import type { Directory } from '../../files/directory.ts';
import type { ModelFiles } from '../../files/source.ts';
import { zipFiles } from '../../files/zip.ts';
import { mergeError } from '../../generation/merged.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
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

/** Tokens that a merged model is compared on. */
const comparedTokens = 16;

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
    download: ({ runId, target }) => download(workshop, runId, target),
    async renameRun({ runId, name }) {
      const folder = runFolder(await workshop.runs(), runId);
      await workshop.locks.during(runId, () => rename(folder, name));
      return {};
    },
    importRun: async ({ archive }) => ({ runId: await importRun(await workshop.runs(), archive) }),
  };
}

async function download(workshop: Workshop, id: string, targetName: TargetName): Promise<Download> {
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
  const written = await target.write(run);
  const blob = isModel ? await compared(workshop, run, config, written) : await packed(target, written);
  const origin = await readOrigin(folder).catch(() => null);
  const name = config.environment.experiment_name || (origin ? usualName(origin) : runId);
  const title = name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  return { fileName: `${title}${evaluation === null ? '' : `-step-${evaluation}`}-${target.file}`, blob };
}

async function packed({ file }: Target, written: readonly StreamedFile[]): Promise<Blob> {
  return file.endsWith('.zip') ? zipFiles(written) : [...(await asBlobs(written)).values()][0]!;
}

/** A zip of the whole model, once its logits were seen to be those of base and adapter. */
async function compared(workshop: Workshop, run: KeptRun, config: RunConfig, written: readonly StreamedFile[]) {
  const files = await asBlobs(written);
  if ((await run.opened()).open.model.kind !== 'image')
    await requireSameLogits(workshop, run, config, blobFiles(files));
  return zipFiles([...files].map(([path, blob]) => ({ path, parts: blobPieces(blob) })));
}

/** @throws AppError 'merge-differs' where the merged model says something else than base and adapter */
async function requireSameLogits(workshop: Workshop, run: KeptRun, config: RunConfig, merged: ModelFiles) {
  const executor = await workshop.executors.executor(config.environment.executor);
  const opened = await run.opened();
  const { vocabularySize } = tokenizerOf(opened);
  const { tuning, values } = await run.saved();
  // A run may have begun while the model was written.
  workshop.turn.require();
  workshop.release();
  const ids = Array.from({ length: comparedTokens }, (_, index) => (index * 7919 + 11) % vocabularySize);
  const { error, limit } = await mergeError({ executor, open: opened.open, ids, tuning, values, merged });
  const percent = (share: number) => `${(100 * share).toPrecision(2)} %`;
  if (!(error <= limit)) throw new AppError('merge-differs', { error: percent(error), limit: percent(limit) });
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
