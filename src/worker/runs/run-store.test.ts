import { expect, it } from 'vitest';
import { type Directory, subdirectory, writeText } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { createRun, saveCheckpoint } from '../../files/runs.ts';
import { defaultRunConfig } from '../../training/config/run-config.ts';
import { listed, newRunId } from './run-store.ts';

const listedOf = async (runs: Directory, ...elsewhere: string[]) => {
  const { runs: whole, damaged } = await listed(runs, { own: null, elsewhere: new Set(elsewhere) });
  return { whole: whole.map(({ id }) => id), damaged: damaged.map(({ id }) => id) };
};

it('a run that another tab deletes is not shown as damaged while its files go', async () => {
  const runs = memoryDirectory();
  const id = newRunId();
  await writeText(runs, `${id}/run.json`, '{}');
  expect(await listedOf(runs)).toEqual({ whole: [], damaged: [id] });
  expect(await listedOf(runs, id)).toEqual({ whole: [], damaged: [] });
  // Its last file goes after it was found.
  const going: Directory = { ...runs, exists: async () => false };
  expect(await listedOf(going)).toEqual({ whole: [], damaged: [] });
});

it('the validation loss of a run that was broken off is that of the weights that were saved', async () => {
  const runs = memoryDirectory();
  const config = { ...defaultRunConfig, training: { ...defaultRunConfig.training, save_checkpoint: 'best' } };
  const run = subdirectory(runs, 'a');
  await createRun(run, config, { fingerprint: 'f', created: new Date().toISOString() });
  const records = [1, 2, 3].map((step) => JSON.stringify({ step, loss: 3, eval_loss: 4 - step }));
  await writeText(run, 'metrics.jsonl', `${records.join('\n')}\n`);
  await saveCheckpoint(run, 2, [{ name: 't', shape: [1], data: Float32Array.of(1) }], null);
  expect((await listed(runs)).runs).toMatchObject([{ id: 'a', saved: 2, evalLoss: 2 }]);
});
