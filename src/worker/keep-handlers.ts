import { AppError } from '../errors.ts';
import { archiveFolder, blobPieces, restoreFolder } from '../files/archive.ts';
import { blobFiles } from '../files/blob-files.ts';
import type { Directory } from '../files/directory.ts';
import { readMetrics, readRun, readSamples } from '../files/runs.ts';
import { eventFile } from '../files/tensorboard.ts';
import { zipFiles } from '../files/zip.ts';
import { mergeError } from '../generation/merged.ts';
import type { AdapterValues } from '../training/adapter-tuning.ts';
import { resultFiles, type StreamedFile, wholeModel } from '../training/export.ts';
import type { OpenModel } from '../training/open-model.ts';
import type { RunConfig } from '../training/run-config.ts';
import { startValues } from '../training/start-values.ts';
import type { Download, DownloadKind } from './protocol.ts';
import { splitResultId } from './result-id.ts';
import { activeRun, openedForRun, resultOf } from './run-handlers.ts';
import { runScalars } from './run-scalars.ts';
import { newRunId, readConfig, readOrigin, rename, runFolder } from './run-store.ts';
import type { Handlers } from './serve.ts';
import { type OpenedModel, tokenizerOf, type Workshop } from './workshop.ts';

/** Tokens that a merged model is compared on. */
const comparedTokens = 16;

/** What is taken away of runs, and runs that come from elsewhere. */
export function keepHandlers(workshop: Workshop): Pick<Handlers, 'download' | 'renameRun' | 'importRun'> {
  const makers: Readonly<Record<DownloadKind, (id: string, folder: Directory) => Promise<Download>>> = {
    adapter: (id, folder) => adapter(workshop, id, folder),
    merged: (id, folder) => merged(workshop, id, folder),
    config: async (_, folder) => {
      const text = `${JSON.stringify(await readConfig(folder), null, 2)}\n`;
      return { fileName: 'run.json', blob: new Blob([text], { type: 'application/json' }) };
    },
    tensorboard: async (id, folder) => tensorboard(splitResultId(id).runId, folder),
    archive: async (_, folder) => ({ fileName: 'run.zip', blob: await archiveFolder(folder) }),
  };
  return {
    async download({ runId: id, kind }) {
      const { runId, evaluation } = splitResultId(id);
      const folder = runFolder(await workshop.runs(), runId);
      const { environment } = await readConfig(folder);
      const name = (environment.experiment_name || runId).replace(/[^\p{L}\p{N}._-]+/gu, '-');
      const { fileName, blob } = await makers[kind](id, folder);
      return { fileName: `${name}${evaluation === null ? '' : `-step-${evaluation}`}-${fileName}`, blob };
    },
    async renameRun({ runId, name }) {
      await rename(runFolder(await workshop.runs(), runId), name);
      return {};
    },
    importRun: async ({ archive }) => ({ runId: await importRun(await workshop.runs(), archive) }),
  };
}

async function adapter(workshop: Workshop, id: string, folder: Directory): Promise<Download> {
  const run = await activeRun(workshop, id);
  const { parts } = run;
  // Of a small model for pictures, what changed alone is of no use to anybody.
  if (parts.opened.open.model.image) return merged(workshop, id, folder);
  const { source } = parts.opened;
  const baseName = source.kind === 'hub' ? source.id : null;
  // The weights of a run that was opened again come onto the device with its first program.
  await run.chat.load();
  const files = await resultFiles(parts.model, baseName);
  const kind = parts.model.tuning?.adapter ? 'adapter' : 'weights';
  return { fileName: `${kind}.zip`, blob: await zipFiles(files) };
}

/** The whole model, once its logits were seen to be those of base and adapter. */
async function merged(workshop: Workshop, id: string, folder: Directory): Promise<Download> {
  workshop.turn.require();
  const config = await readConfig(folder);
  const opened = await openedForRun(workshop, folder, config);
  const { open } = opened;
  const { tuning, values } = await resultOf(open.model, config, folder, splitResultId(id).evaluation);
  const files = await asBlobs(await wholeModel(open, tuning, readFrom(open, values, config.environment.seed)));
  if (!open.model.image)
    await requireSameLogits(workshop, opened, config, { tuning, values, merged: blobFiles(files) });
  const parts = [...files].map(([path, blob]) => ({ path, parts: blobPieces(blob) }));
  return { fileName: 'model.zip', blob: await zipFiles(parts) };
}

/** @throws AppError 'merge-differs' where the merged model says something else than base and adapter */
async function requireSameLogits(
  workshop: Workshop,
  opened: OpenedModel,
  config: RunConfig,
  parts: Pick<Parameters<typeof mergeError>[0], 'tuning' | 'values' | 'merged'>,
): Promise<void> {
  const { open } = opened;
  const { vocabularySize } = tokenizerOf(opened);
  const executor = await workshop.executors.executor(config.environment.executor);
  workshop.release();
  const ids = Array.from({ length: comparedTokens }, (_, index) => (index * 7919 + 11) % vocabularySize);
  const { error, limit } = await mergeError({ executor, open, ids, ...parts });
  const percent = (share: number) => `${(100 * share).toPrecision(2)} %`;
  if (!(error <= limit)) throw new AppError('merge-differs', { error: percent(error), limit: percent(limit) });
}

/** What a run trained, and the parameters that the checkpoint lacks and the run left as they were drawn. */
const readFrom = (open: OpenModel, values: AdapterValues, seed: number) => async (name: string) =>
  values.get(name) ?? startValues(open, name, seed);

/** Files as blobs, which the browser may keep on disk. */
async function asBlobs(files: readonly StreamedFile[]): Promise<Map<string, Blob>> {
  const blobs = new Map<string, Blob>();
  for (const { path, parts } of files) {
    const done: Blob[] = [];
    for await (const part of parts) done.push(new Blob([part]));
    blobs.set(path, new Blob(done));
  }
  return blobs;
}

async function tensorboard(runId: string, folder: Directory): Promise<Download> {
  const created = Date.parse((await readRun(folder)).info.created) / 1000;
  const scalars = runScalars(await readMetrics(folder), await readSamples(folder), created);
  const name = `events.out.tfevents.${Math.floor(created)}.atelier`;
  const file = { path: `${runId}/${name}`, parts: [eventFile(scalars, created)] };
  return { fileName: 'tensorboard.zip', blob: await zipFiles([file]) };
}

/** Under an id of its own, so that a run can be taken in beside the one it was exported from. */
async function importRun(runs: Directory, archive: Blob): Promise<string> {
  const id = newRunId();
  const folder = runFolder(runs, id);
  try {
    await restoreFolder(folder, archive);
    await readOrigin(folder);
    await readConfig(folder);
  } catch (thrown) {
    await runs.remove(id);
    throw thrown;
  }
  return id;
}
