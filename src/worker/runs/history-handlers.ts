import { AppError } from '../../errors.ts';
import type { Directory } from '../../files/directory.ts';
import type { ModelSource } from '../models/messages.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import { readOrigin } from './run-origin.ts';
import { detail, listed, runFolder } from './run-store.ts';

/** The runs that are kept, and where. */
export function historyHandlers(
  workshop: Workshop,
): Pick<Handlers, 'listRuns' | 'readRun' | 'keepRunsIn' | 'runSources'> {
  const live = async () => {
    const elsewhere = await workshop.locks.elsewhere();
    const { active } = workshop;
    const own = active ? { id: active.parts.id, phase: active.phase, goesOn: active.goingOn } : null;
    return { own, elsewhere };
  };
  // Once for a folder of runs: what is left later is for the next visit.
  let cleared: Directory | undefined;
  const clear = async (runs: Directory): Promise<void> => {
    if (cleared === runs || !workshop.locks.areKept) return;
    cleared = runs;
    const [{ removeLeftoverRuns }, { DownloadStorage }] = await Promise.all([
      import('./leftover-runs.ts'),
      import('../results/download-storage.ts'),
    ]);
    const downloads = new DownloadStorage(
      () => workshop.storage(),
      () => workshop.storageRoot(),
    );
    // A download that cannot be removed keeps the others from being removed.
    await downloads.sweep().catch(() => {});
    await removeLeftoverRuns(runs, workshop.locks, (id) => workshop.locks.has(id));
  };
  return {
    async listRuns() {
      const runs = await workshop.runs();
      const list = await listed(runs, await live());
      // None of it is in the list, which is not kept waiting.
      void clear(runs).catch(() => {});
      return list;
    },
    async keepRunsIn({ folder }) {
      workshop.turn.require();
      workshop.keepRunsIn(folder);
      return {};
    },
    async runSources({ runId }) {
      const { source, table, validation } = await readOrigin(runFolder(await workshop.runs(), runId));
      const kept = (use: 'table' | 'validation', name: string) => ({ kind: 'run', runId, use, name }) as const;
      return {
        model: source.kind === 'local' ? { kind: 'folder', name: source.name } : withoutFiles(source),
        table: kept('table', table),
        validation: validation === undefined ? null : kept('validation', validation),
      };
    },
    async readRun({ runId }) {
      const runs = await workshop.runs();
      if (!(await runs.exists(`${runId}/run.json`))) throw new AppError('run-missing', { run: runId });
      return detail(runs, runId, await live());
    },
  };
}

/** Files of the visitor's disk are kept by name, as 'local'. */
function withoutFiles(source: ModelSource): Exclude<ModelSource, { kind: 'files' }> {
  if (source.kind === 'files') throw new AppError('internal', { reason: 'files were kept as an origin' });
  return source;
}
