import { expect, test } from 'vitest';
import { blobFiles } from '../../files/blob-files.ts';
import { bytesToF32, f32ToBytes, type SafetensorsFloat } from '../../files/half.ts';
import { openSafetensors } from '../../files/safetensors.ts';
import { safetensorsParts } from '../../files/safetensors-write.ts';
import { sequenceLogits } from '../../generation/logits.ts';
import { goldenRun } from '../../testing/golden-run.ts';
import { referenceExecutor } from '../../testing/reference-executor.ts';
import { trainedFiles } from '../../testing/written.ts';
import { createTraining } from '../run/trainer.ts';
import { createModelSession } from './model-session.ts';
import { openModel } from './open-model.ts';

const prompt = [5, 23, 15, 40, 7];

/** A golden model saved anew in another data type, in one file or two shards; `values` are what its numbers became. */
async function savedAs(dtype: SafetensorsFloat, shards: 1 | 2, change: 'as it is' | 'one missing' = 'as it is') {
  const { open } = await goldenRun('llama-full');
  const tensors = await Promise.all(
    open.model.parameters.slice(change === 'one missing' ? 1 : 0).map(async ({ name, shape }) => {
      const data = f32ToBytes(await open.weights.readFloats(open.tensorOf(name)), dtype);
      return { name, dtype, shape, data };
    }),
  );
  const blobs = new Map([['config.json', new Blob([await open.files.text('config.json')])]]);
  const save = (path: string, some: typeof tensors) => blobs.set(path, new Blob(safetensorsParts(some)));
  if (shards === 1) save('model.safetensors', tensors);
  else {
    const half = tensors.length >> 1;
    save('model-00001-of-00002.safetensors', tensors.slice(0, half));
    save('model-00002-of-00002.safetensors', tensors.slice(half));
  }
  const values = tensors.map(({ name, shape, data }) => ({
    name,
    dtype: 'F32' as const,
    shape,
    data: bytesToF32(data, dtype),
  }));
  const widened = new Map([...blobs].filter(([path]) => path === 'config.json'));
  widened.set('model.safetensors', new Blob(safetensorsParts(values)));
  return { files: blobFiles(blobs), widened: blobFiles(widened) };
}

test.each([
  ['BF16', 1],
  ['F16', 2],
] as const)('weights in %s, %d file(s), give the logits of the same numbers in f32', async (dtype, shards) => {
  const { files, widened } = await savedAs(dtype, shards);
  const logitsOf = async (source: typeof files) => {
    const open = await openModel(source);
    return sequenceLogits(createModelSession({ executor: referenceExecutor(), open, tuning: null }), prompt);
  };
  expect(await logitsOf(files)).toEqual(await logitsOf(widened));
});

test('trained weights of a bf16 model are trained in f32 and handed back in bf16', async () => {
  const { files, widened } = await savedAs('BF16', 1);
  const run = await goldenRun('llama-full', { training: { max_steps: 2 } });
  const train = async (source: typeof files) => {
    const training = createTraining({ ...run, open: await openModel(source), executor: referenceExecutor() });
    await training.start();
    return training;
  };
  const [half, whole] = [await train(files), await train(widened)];
  expect(await sequenceLogits(half.model, prompt)).toEqual(await sequenceLogits(whole.model, prompt));
  const saved = await openSafetensors(await trainedFiles(half.model, null), 'model.safetensors');
  expect(new Set([...saved.tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(['BF16']));
});

test('a tensor that is missing is named before anything is uploaded', async () => {
  const { files } = await savedAs('F32', 1, 'one missing');
  await expect(openModel(files)).rejects.toMatchObject({
    code: 'tensor-missing',
    params: { tensor: 'model.embed_tokens.weight' },
  });
});

test('each weight is uploaded once, and what is asked for later adds only what is new', async () => {
  const { open, adapter: _, ...run } = await goldenRun('llama-full', { training: { max_steps: 1 } });
  const executor = referenceExecutor();
  const training = createTraining({ ...run, open, executor });
  await training.start();
  const uploaded = executor.writes.length;
  expect(new Set(executor.writes).size).toBe(uploaded);
  await sequenceLogits(training.model, prompt);
  expect(executor.writes.length).toBe(uploaded);
});
