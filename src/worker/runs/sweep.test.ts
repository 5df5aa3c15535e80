import { expect, it } from 'vitest';
import { subdirectory, writeText } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { saveCheckpoint } from '../../files/runs.ts';
import { parseRunConfig } from '../../training/config/run-config.ts';
import { type RunOrigin, saveOrigin } from './run-origin.ts';
import { saveEnd } from './run-state.ts';
import { listed, newRunId, saveBeginning } from './run-store.ts';
import { sweepRuns } from './sweep.ts';

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
  const elsewhere = newRunId();
  await writeText(runs, `${elsewhere}/origin.json`, '{}');
  const starting = newRunId();
  await writeText(runs, `${starting}/origin.json`, '{}');
  const taken = {
    during: <T>(each: string, change: () => Promise<T>) =>
      each === elsewhere ? Promise.reject(new Error('another tab has it')) : change(),
  };
  await sweepRuns(runs, taken, (each) => each === starting);
  const left = (await runs.list('')).map(({ name }) => name).sort();
  expect(left).toEqual([id, strange, elsewhere, starting, 'Pictures'].sort());
  expect((await run.list('checkpoints')).map(({ name }) => name)).toEqual(['step-00000003.safetensors']);
});

it('a run whose last checkpoint was broken off is not finished, whatever it says, and can be resumed', async () => {
  const { runs, run } = await started();
  await saveBeginning(run, parseRunConfig({}), 'rows');
  await saveCheckpoint(run, 16, noTensors, null);
  await run.write('checkpoints/step-00000025.safetensors', []);
  await saveEnd(run, 'finished');
  await sweepRuns(runs, free, () => false);
  expect((await listed(runs)).runs).toMatchObject([{ saved: 16, phase: 'stopped', resumable: true }]);
  await saveCheckpoint(run, 25, noTensors, null);
  expect((await listed(runs)).runs).toMatchObject([{ saved: 25, phase: 'finished', resumable: false }]);
});

it('a run ends where its folder may no longer be read', async () => {
  const shut = () => Promise.reject(new DOMException('not allowed', 'NotAllowedError'));
  await saveEnd({ ...memoryDirectory(), exists: shut }, 'failed');
  await saveEnd({ ...memoryDirectory(), exists: async () => true, write: shut }, 'failed');
});
