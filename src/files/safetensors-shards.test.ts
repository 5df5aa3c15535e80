import { expect, test } from 'vitest';
import { blobFiles } from './blob-files.ts';
import { openWeights } from './model-weights.ts';
import { weightFiles } from './safetensors-shards.ts';
import type { TensorToStream } from './safetensors-write.ts';

const tensors = Array.from(
  { length: 5 },
  (_, index): TensorToStream => ({
    name: `layer.${index}.weight`,
    dtype: 'F32',
    shape: [index + 1, 4],
    data: new Float32Array((index + 1) * 4).fill(index),
  }),
);

async function written(limit?: number) {
  const blobs = new Map<string, Blob>();
  for (const { path, parts } of weightFiles(tensors, limit)) {
    const chunks: BlobPart[] = [];
    for await (const part of parts) chunks.push(part);
    blobs.set(path, new Blob(chunks));
  }
  return blobs;
}

test('what fits is one file; what does not is cut between tensors, with an index that leads to each', async () => {
  expect([...(await written()).keys()]).toEqual(['model.safetensors']);
  const blobs = await written(100);
  expect([...blobs.keys()]).toEqual([
    'model-00001-of-00003.safetensors',
    'model-00002-of-00003.safetensors',
    'model-00003-of-00003.safetensors',
    'model.safetensors.index.json',
  ]);
  const index = JSON.parse(await blobs.get('model.safetensors.index.json')!.text());
  expect(index.metadata.total_size).toBe(15 * 16);
  const weights = await openWeights(blobFiles(blobs));
  for (const { name, data } of tensors) expect(await weights.readFloats(name)).toEqual(data);
});
