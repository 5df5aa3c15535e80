import { AppError } from '../errors.ts';
import { type Directory, directoryFiles } from './directory.ts';
import { openSafetensors } from './safetensors.ts';
import { streamSafetensors, type TensorToStream } from './safetensors-write.ts';
import { digest } from './sha256.ts';
import type { Bytes } from './source.ts';
import type { Weights } from './weights.ts';

/**
 * A checkpoint is one safetensors file: tensors, the state as JSON in the metadata, and as its last tensor the SHA-256 of
 * all before it: of the head, then of each tensor in the order of the file. Files of older versions have no digests.
 */

/** A f32 tensor of a checkpoint; a function where the data is fetched (from the GPU) when its turn comes. */
export type CheckpointTensor = Omit<TensorToStream, 'dtype'>;

export interface LoadedCheckpoint {
  readonly step: number;
  /** The scalars given to `writeCheckpoint`. */
  readonly state: unknown;
  /** Open on the file: `weights.readFloats(name)`. */
  readonly weights: Weights;
}

export interface OpenedCheckpoint extends LoadedCheckpoint {
  /** Whether every byte is as it was written: reads the whole file. True of one without digests. */
  isAsWritten(): Promise<boolean>;
}

const formatName = 'atelier-checkpoint';
const digestsName = 'atelier.sha256';
const digestBytes = 32;

/** Whole or not at all. @throws AppError 'storage-full' */
export async function writeCheckpoint(
  folder: Directory,
  file: string,
  step: number,
  tensors: readonly CheckpointTensor[],
  state: unknown,
): Promise<void> {
  const digests = new Uint8Array(digestBytes * (tensors.length + 1));
  const last: TensorToStream = {
    name: digestsName,
    dtype: 'U8',
    shape: [tensors.length + 1, digestBytes],
    data: () => digests,
  };
  const all = [...tensors.map((tensor): TensorToStream => ({ ...tensor, dtype: 'F32' })), last];
  const metadata = { format: formatName, step: String(step), state: JSON.stringify(state) };
  await folder.write(file, digested(streamSafetensors(all, metadata), digests));
}

/** Passes parts on and notes their digests, which are the last part. */
async function* digested(parts: AsyncIterable<Bytes>, digests: Bytes): AsyncGenerator<Bytes> {
  let at = 0;
  for await (const part of parts) {
    if (part !== digests && at < digests.length) digests.set(await digest(part), at);
    at += digestBytes;
    yield part;
  }
}

/** Undefined where there is no such file, its head is not whole, or it is not as long as that says. */
export async function openCheckpoint(folder: Directory, file: string): Promise<OpenedCheckpoint | undefined> {
  const source = directoryFiles(folder, 'checkpoints');
  try {
    const { tensors: all, metadata, ...read } = await openSafetensors(source, file);
    if (metadata.format !== formatName) return undefined;
    const tensors = new Map(all);
    tensors.delete(digestsName);
    const digests = all.get(digestsName);
    const inOrder = [...all.values()].sort((a, b) => a.begin - b.begin);
    return {
      step: Number(metadata.step),
      state: JSON.parse(metadata.state ?? 'null'),
      weights: { tensors, metadata, ...read },
      async isAsWritten() {
        if (!digests) return true;
        const stored = await folder.read(file, digests.begin, digests.begin + digests.byteLength);
        const ends = [inOrder[0]!.begin, ...inOrder.slice(0, -1).map(({ begin, byteLength }) => begin + byteLength)];
        if (stored.length !== ends.length * digestBytes) return false;
        for (const [index, end] of ends.entries()) {
          const found = await digest(await folder.read(file, ends[index - 1] ?? 0, end));
          if (found.some((byte, at) => byte !== stored[index * digestBytes + at])) return false;
        }
        return true;
      },
    };
  } catch (thrown) {
    // A state that is no JSON was never written.
    if (thrown instanceof AppError || thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
