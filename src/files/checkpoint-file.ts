import { AppError, because, type Reason } from '../errors.ts';
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
  /** The scalars given to `writeCheckpoint`; undefined where they cannot be read. Whoever made the file may have put anything there. */
  readonly state: unknown;
  /** Open on the file: `weights.readFloats(name)`. */
  readonly weights: Weights;
}

/** What is wrong with the values of a tensor, little-endian f32 words; null where nothing is. */
export type FaultInTensor = (name: string, bytes: Bytes) => Reason | null;

export interface OpenedCheckpoint extends LoadedCheckpoint {
  /**
   * Why it cannot be used: a byte is not as it was written, or what `faultIn` finds. Reads the whole file, tensor by tensor;
   * one without digests only where there is a `faultIn`.
   */
  fault(faultIn?: FaultInTensor): Promise<Reason | null>;
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
    const inOrder = [...all].sort(([, a], [, b]) => a.begin - b.begin);
    return {
      step: Number(metadata.step),
      state: parsedState(metadata.state),
      weights: { tensors, metadata, ...read },
      async fault(faultIn) {
        const damaged = because`the file ${file} is damaged`;
        const stored = digests && (await folder.read(file, digests.begin, digests.begin + digests.byteLength));
        if (stored && stored.length !== inOrder.length * digestBytes) return damaged;
        const isAsWritten = async (index: number, bytes: Bytes) => {
          const wanted = stored?.subarray(index * digestBytes, (index + 1) * digestBytes);
          return !wanted || (await digest(bytes)).every((byte, at) => byte === wanted[at]);
        };
        if (stored && !(await isAsWritten(0, await folder.read(file, 0, inOrder[0]![1].begin)))) return damaged;
        for (const [index, [name, { begin, byteLength }]] of inOrder.entries()) {
          if (name === digestsName || !(stored || faultIn)) continue;
          const bytes = await folder.read(file, begin, begin + byteLength);
          if (!(await isAsWritten(index + 1, bytes))) return damaged;
          const fault = faultIn?.(name, bytes);
          if (fault) return fault;
        }
        return null;
      },
    };
  } catch (thrown) {
    if (thrown instanceof AppError) return undefined;
    throw thrown;
  }
}

/** Undefined of what is no JSON. */
function parsedState(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
