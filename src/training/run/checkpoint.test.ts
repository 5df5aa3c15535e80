import { expect, test } from 'vitest';
import { writeCheckpoint } from '../../files/checkpoint-file.ts';
import { type Directory, subdirectory } from '../../files/directory.ts';
import { memoryDirectory } from '../../files/memory-directory.ts';
import { savedStep } from '../../files/runs.ts';
import { parseRunConfig } from '../config/run-config.ts';
import { optimizerStates } from '../programs/optimizers.ts';
import { findTraining, restoreTraining, type SavedBuffer } from './checkpoint.ts';

const parameter = { name: 'w', shape: [64, 65] };
const { training } = parseRunConfig({ training: { optimizer: 'AdamW8bit' } });
const small = { name: 'b', shape: [2] };
const buffers: readonly SavedBuffer[] = [
  ...[parameter, small].flatMap((each) => [each, ...optimizerStates(training, each)]),
  { name: 'running/bn.running_var', shape: [1], values: 'not-negative' },
];
const expected = { seed: 3, isFingerprint: (given: string) => given === 'rows', totalSteps: 6 };
const sound = { step: 4, seed: 3, fingerprint: 'rows', tokens: 100, best: { step: 2, loss: 1.5, since: 0 } };

/** A checkpoint with right digests, whatever it says. */
async function write(run: Directory, state: unknown, changed: Readonly<Record<string, number>> = {}, step = 4) {
  const tensors = buffers.map(({ name, shape }) => {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(0.5);
    // Four codes of 255 are a NaN where a number is read.
    if (name === 'moment1/w') new Uint32Array(data.buffer).fill(0xffffffff);
    if (name in changed) data[data.length - 1] = changed[name]!;
    return { name, shape, data };
  });
  const file = `step-${String(step).padStart(8, '0')}.safetensors`;
  await writeCheckpoint(subdirectory(run, 'checkpoints'), file, step, tensors, state);
}

test('a run goes on from what a run before wrote, codes of 8 bits and a loss that was no number among it', async () => {
  const run = memoryDirectory();
  await write(run, sound);
  expect((await findTraining(run, buffers, expected))?.state).toEqual(sound);
  await write(run, { ...sound, best: { ...sound.best, loss: null } });
  expect((await findTraining(run, buffers, expected))?.state.best?.loss).toBeNaN();
});

const wrong: readonly (readonly [what: string, state: unknown, changed?: Readonly<Record<string, number>>])[] = [
  ['has no sound state', null],
  ['has no sound state', undefined],
  ['has no sound step', { ...sound, step: -3 }],
  ['has no sound step', { ...sound, step: 3.5 }],
  ['has no sound seed', { ...sound, seed: 'x' }],
  ['has no sound fingerprint', { ...sound, fingerprint: {} }],
  ['has no sound tokens', { ...sound, tokens: 'x' }],
  ['has no sound tokens', { ...sound, tokens: -1 }],
  ['has no sound best', { step: 4, seed: 3, fingerprint: 'rows', tokens: 100 }],
  ['has no sound best', { ...sound, best: 7 }],
  ['has no sound best.since', { ...sound, best: { step: 2, loss: 1, since: -1 } }],
  ['has no sound best.step', { ...sound, best: { step: 5, loss: 1, since: 0 } }],
  ['says that it is of step 5', { ...sound, step: 5 }],
  ['w holds a value that is no finite number', sound, { w: Number.NaN }],
  ['moment1/b holds a value that is no finite number', sound, { 'moment1/b': Number.POSITIVE_INFINITY }],
  ['moment2/b holds -1, and it is never below 0', sound, { 'moment2/b': -1 }],
  ['largest1/w holds -1, and it is never below 0', sound, { 'largest1/w': -1 }],
  ['largest2/w holds a value that is no finite number', sound, { 'largest2/w': Number.NaN }],
  ['running/bn.running_var holds -1, and it is never below 0', sound, { 'running/bn.running_var': -1 }],
];

test.each(wrong.map(([what, state, changed]) => ({ what, state, changed })))(
  'a checkpoint that $what is refused: the one before is taken, and no run begins anew',
  async ({ what, state, changed }) => {
    const run = memoryDirectory();
    await write(run, state, changed);
    // Again and again: it leaves the checkpoint as it is.
    for (const _ of [1, 2])
      await expect(findTraining(run, buffers, expected)).rejects.toThrow(
        expect.objectContaining({ message: expect.stringContaining(what) }),
      );
    await write(run, { ...sound, step: 3 }, {}, 3);
    expect((await findTraining(run, buffers, expected))?.state.step).toBe(3);
    expect(await savedStep(run)).toBe(3);
  },
);

test('a checkpoint under the name of another step is refused', async () => {
  const run = memoryDirectory();
  await write(run, sound);
  await run.write('checkpoints/step-00000005.safetensors', [await run.read('checkpoints/step-00000004.safetensors')]);
  await run.remove('checkpoints/step-00000004.safetensors');
  await expect(findTraining(run, buffers, expected)).rejects.toThrow(
    'step-00000005.safetensors says that it is of step 4',
  );
});

test('a checkpoint of more steps than the run has is refused and kept', async () => {
  const run = memoryDirectory();
  await write(run, { ...sound, step: 7 }, {}, 7);
  await expect(findTraining(run, buffers, expected)).rejects.toThrow(
    'it is at step 7, and with these settings the run ends at step 6',
  );
  expect((await findTraining(run, buffers, { ...expected, totalSteps: 7 }))?.state.step).toBe(7);
});

test('weights beside the steps, which only the end of a run reads, are held to the same', async () => {
  const run = memoryDirectory();
  await write(run, sound);
  const { checkpoint } = (await findTraining(run, buffers, expected))!;
  const written: string[] = [];
  const session = { write: (name: string) => written.push(name) } as never;
  await restoreTraining(session, buffers, checkpoint);
  expect(written).toEqual(buffers.map(({ name }) => name));
  const asNumbers = buffers.map(({ name, shape }) => ({ name, shape }));
  await expect(restoreTraining(session, asNumbers, checkpoint)).rejects.toMatchObject({ code: 'checkpoint-invalid' });
});
