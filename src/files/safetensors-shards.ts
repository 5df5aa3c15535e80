import type { Parts } from './directory.ts';
import { byteLength, streamSafetensors, type TensorToStream } from './safetensors-write.ts';

/** Bytes of tensors in one file at the most, unless a single tensor is larger (as transformers' `max_shard_size`). */
export const shardBytes = 2 * 10 ** 9;

/**
 * Weights as one `model.safetensors`, or where they are larger than a shard as `model-00001-of-0000N.safetensors` and an
 * index, as transformers writes and reads them.
 */
export function weightFiles(
  tensors: readonly TensorToStream[],
  limit = shardBytes,
): readonly { readonly path: string; readonly parts: Parts }[] {
  const metadata = { format: 'pt' };
  const shards = shardsOf(tensors, limit);
  if (shards.length === 1) return [{ path: 'model.safetensors', parts: streamSafetensors(tensors, metadata) }];
  const number = (index: number) => String(index).padStart(5, '0');
  const names = shards.map((_, index) => `model-${number(index + 1)}-of-${number(shards.length)}.safetensors`);
  const weight_map = Object.fromEntries(
    shards.flatMap((shard, index) => shard.map(({ name }) => [name, names[index]])),
  );
  const total_size = tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0);
  const index = `${JSON.stringify({ metadata: { total_size }, weight_map }, null, 2)}\n`;
  return [
    ...shards.map((shard, at) => ({ path: names[at]!, parts: streamSafetensors(shard, metadata) })),
    { path: 'model.safetensors.index.json', parts: [new TextEncoder().encode(index)] },
  ];
}

/** Tensors in their order, a new shard where the next would not fit. */
function shardsOf(tensors: readonly TensorToStream[], limit: number): TensorToStream[][] {
  const shards: TensorToStream[][] = [[]];
  let bytes = 0;
  for (const tensor of tensors) {
    const size = byteLength(tensor);
    if (bytes + size > limit && bytes > 0) {
      shards.push([]);
      bytes = 0;
    }
    shards.at(-1)!.push(tensor);
    bytes += size;
  }
  return shards;
}
