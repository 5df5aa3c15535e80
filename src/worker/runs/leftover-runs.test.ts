import { expect, it, vi } from 'vitest';
import { AppError } from '../../errors.ts';
import { folderFiles } from '../../files/archive.ts';
import { type Directory, subdirectory, writeText } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { deleteRun, saveCheckpoint } from '../../files/runs.ts';
import { zipFiles } from '../../files/zip.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { removeLeftoverRuns } from './leftover-runs.ts';
import { type RunOrigin, saveOrigin } from './run-origin.ts';
import { saveEnd } from './run-state.ts';
import { listed, newRunId, saveBeginning } from './run-store.ts';

// Modules of the worker ask where they lie and what they run on.
vi.stubGlobal('self', { location: { href: 'http://localhost/worker.js' } });
vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
const { Workshop } = await import('../workshop.ts');
const { keepHandlers } = await import('../results/keep-handlers.ts');
const { DownloadStorage } = await import('../results/download-storage.ts');
const { historyHandlers } = await import('./history-handlers.ts');

const free = { during: <T>(_: string, change: () => Promise<T>) => change() };
const noTensors = [{ name: 'w', shape: [1], data: new Float32Array(1) }];
const origin: RunOrigin = { source: { kind: 'example' }, model: 'm', table: 't.csv', totalSteps: 25 };

async function started() {
  const runs = memoryDirectory();
  const id = newRunId();
  const run = subdirectory(runs, id);
  await saveOrigin(run, origin);
  await writeText(run, 'table', 'a,b');
  return { runs, id, run };
}

it('removes unfinished files and folders that never became a run, and nothing else', async () => {
  const { runs, id, run } = await started();
  await saveBeginning(run, parseRunConfig({}), 'rows');
  await saveCheckpoint(run, 3, noTensors, null);
  await writeText(run, 'checkpoints/step-00000004.safetensors.unfinished', 'half');
  await writeText(run, 'checkpoints/step-00000005.safetensors.crswap', 'half');
  const ghost = newRunId();
  for (const file of ['origin.json', 'base.json', 'table']) await writeText(runs, `${ghost}/${file}`, '{}');
  const strange = newRunId();
  await writeText(runs, `${strange}/thesis.txt`, 'not ours');
  await writeText(runs, 'Pictures/origin.json', 'not ours');
  await writeText(runs, 'Pictures/.not-a-run', 'not ours');
  const elsewhere = newRunId();
  await writeText(runs, `${elsewhere}/origin.json`, '{}');
  const starting = newRunId();
  await writeText(runs, `${starting}/origin.json`, '{}');
  const taken = {
    during: <T>(each: string, change: () => Promise<T>) =>
      each === elsewhere ? Promise.reject(new Error('another tab has it')) : change(),
  };
  await removeLeftoverRuns(runs, taken, (each) => each === starting);
  const left = (await runs.list('')).map(({ name }) => name).sort();
  expect(left).toEqual([id, strange, elsewhere, starting, 'Pictures'].sort());
  expect((await run.list('checkpoints')).map(({ name }) => name)).toEqual(['step-00000003.safetensors']);
});

/** A folder of runs whose tab is killed before the change of that number: no later one is made. */
function killedAt(runs: Directory, change: number): Directory {
  let left = change;
  const gone = new Error('killed');
  const unlessKilled =
    <A extends unknown[]>(act: (...args: A) => Promise<void>) =>
    (...args: A) =>
      left-- > 0 ? act(...args) : Promise.reject(gone);
  const { write, append, remove } = runs;
  return { ...runs, write: unlessKilled(write), append: unlessKilled(append), remove: unlessKilled(remove) };
}

async function whole() {
  const { runs, id, run } = await started();
  await saveBeginning(run, parseRunConfig({}), 'rows');
  await saveCheckpoint(run, 3, noTensors, null);
  return { runs, id };
}

it('a run whose tab was killed while it was deleted is there whole, or is gone after the next visit begins', async () => {
  const outcomes = new Set<string>();
  for (let change = 0, isDone = false; !isDone; change++) {
    const { runs, id } = await whole();
    isDone = await deleteRun(killedAt(runs, change), id).then(
      () => true,
      () => false,
    );
    const shown = (await listed(runs)).runs.length;
    await removeLeftoverRuns(runs, free, () => false);
    const left = await runs.list('');
    expect([change, left.length]).toEqual([change, shown]);
    if (shown > 0) expect((await listed(runs)).runs).toMatchObject([{ saved: 3, resumable: true }]);
    outcomes.add(shown > 0 ? 'whole' : 'gone');
  }
  expect([...outcomes]).toEqual(['whole', 'gone']);
});

it('a run whose tab was killed while it was taken in is there whole, or nothing is left of it', async () => {
  const { runs, id } = await whole();
  const archive = new Blob([await zipFiles(await folderFiles(subdirectory(runs, id)))]);
  for (let change = 0, isDone = false; !isDone; change++) {
    const into = memoryDirectory();
    const workshop = new Workshop(() => {});
    vi.spyOn(workshop, 'runs').mockResolvedValue(killedAt(into, change));
    isDone = await keepHandlers(workshop)
      .importRun({ archive })
      .then(
        () => true,
        () => false,
      );
    expect((await listed(into)).runs).toHaveLength(isDone ? 1 : 0);
    await removeLeftoverRuns(into, free, () => false);
    expect(await into.list('')).toHaveLength(isDone ? 1 : 0);
  }
});

it('a run that found no room says so, whatever became of what had come in', async () => {
  const { runs, id } = await whole();
  const archive = new Blob([await zipFiles(await folderFiles(subdirectory(runs, id)))]);
  let refused = 0;
  const full = {
    write: () => Promise.reject(new AppError('storage-full', { bytes: ++refused })),
    remove: () => Promise.reject(new Error('in use')),
  };
  const workshop = new Workshop(() => {});
  vi.spyOn(workshop, 'runs').mockResolvedValue({ ...memoryDirectory(), ...full });
  await expect(keepHandlers(workshop).importRun({ archive })).rejects.toMatchObject({
    code: 'storage-full',
    params: { bytes: 1 },
  });
});

it('what a crash left of a run is swept although a download cannot be removed', async () => {
  const runs = memoryDirectory();
  await writeText(runs, `${newRunId()}/origin.json`, '{}');
  const workshop = new Workshop(() => {});
  vi.spyOn(workshop, 'runs').mockResolvedValue(runs);
  vi.spyOn(workshop.locks, 'areKept', 'get').mockReturnValue(true);
  const stuck = vi.spyOn(DownloadStorage.prototype, 'sweep').mockRejectedValue(new Error('in use'));
  await historyHandlers(workshop).listRuns({});
  await vi.waitFor(async () => expect(await runs.list('')).toEqual([]));
  expect(stuck).toHaveBeenCalledOnce();
  vi.restoreAllMocks();
});

it('marks in an archive of a stranger are none here: the run is shown, not swept, and nobody holds it', async () => {
  const { runs, id } = await whole();
  const parts = (path: string) => [new TextEncoder().encode(path === '.writer' ? '{"process":1}' : '')];
  const files = await folderFiles(subdirectory(runs, id));
  const marked = [...files, ...['.writer', '.not-a-run', 'a.unfinished'].map((path) => ({ path, parts: parts(path) }))];
  const into = memoryDirectory();
  const workshop = new Workshop(() => {});
  vi.spyOn(workshop, 'runs').mockResolvedValue(into);
  const { runId } = await keepHandlers(workshop).importRun({ archive: new Blob([await zipFiles(marked)]) });
  expect((await listed(into)).runs).toMatchObject([{ id: runId, saved: 3 }]);
  const names = (await into.list(runId)).map(({ name }) => name);
  expect(names.filter((name) => /writer|not-a-run|unfinished/.test(name))).toEqual([]);
  await removeLeftoverRuns(into, free, () => false);
  expect((await listed(into)).runs).toHaveLength(1);
});

it('a run whose last checkpoint was broken off is not finished, whatever it says, and can be resumed', async () => {
  const { runs, run } = await started();
  await saveBeginning(run, parseRunConfig({}), 'rows');
  await saveCheckpoint(run, 16, noTensors, null);
  await run.write('checkpoints/step-00000025.safetensors', []);
  await saveEnd(run, 'finished');
  await removeLeftoverRuns(runs, free, () => false);
  expect((await listed(runs)).runs).toMatchObject([{ saved: 16, phase: 'stopped', resumable: true }]);
  await saveCheckpoint(run, 25, noTensors, null);
  expect((await listed(runs)).runs).toMatchObject([{ saved: 25, phase: 'finished', resumable: false }]);
});

it('a run ends where its folder may no longer be read', async () => {
  const shut = () => Promise.reject(new DOMException('not allowed', 'NotAllowedError'));
  await saveEnd({ ...memoryDirectory(), exists: shut }, 'failed');
  await saveEnd({ ...memoryDirectory(), exists: async () => true, write: shut }, 'failed');
});
