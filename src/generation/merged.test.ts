import { expect, test } from 'vitest';
import { wholeModel } from '../exports/whole-model.ts';
import { blobFiles } from '../files/blob-files.ts';
import { goldenRun } from '../testing/golden-run.ts';
import { referenceExecutor } from '../testing/reference-executor.ts';
import { openModel } from '../training/session/open-model.ts';
import { mergeError } from './merged.ts';

async function merged(name: string, scale = 1) {
  const { open, adapter } = await goldenRun(name);
  // B is zero at the start of training: with other values the merged weights really differ from the published ones.
  const values = new Map(
    [...adapter!.values].map(([key, value]) => [
      key,
      key.endsWith('lora_B.weight') ? value.map((_, index) => Math.sin(index) / 4) : value,
    ]),
  );
  const blobs = new Map<string, Blob>();
  const read = async (key: string) => values.get(key)!.map((value) => value * scale);
  for (const { path, parts } of await wholeModel(open, adapter!.tuning, read)) {
    const chunks: BlobPart[] = [];
    for await (const part of parts) chunks.push(part);
    blobs.set(path, new Blob(chunks));
  }
  const { tuning } = adapter!;
  const check = { executor: referenceExecutor(), open, tuning, values, merged: await openModel(blobFiles(blobs)) };
  return mergeError({ ...check, sequences: [[5, 23, 15, 9, 4], [7]] });
}

test.each(['llama-lora', 'gpt2-lora', 'llama-dora'])('%s: a merged model answers as base and adapter', async (name) => {
  const { error, limit } = await merged(name);
  expect(error).toBeLessThan(limit / 10);
});

test('a merge that went wrong is told from rounding', async () => {
  const { error, limit } = await merged('llama-lora', 1.5);
  expect(error).toBeGreaterThan(limit);
});
