/** Stacks of matrices that files hold one by one, read as if they were whole. */
import { AppError } from '../errors.ts';
import { bytesToF32 } from './half.ts';
import { safetensorsFloat } from './safetensors-header.ts';
import type { Bytes } from './source.ts';
import type { TensorInfo } from './tensor-info.ts';
import { type Weights, wholeWords } from './weights.ts';

/** A tensor that may be published as a whole or in pieces, which lie one behind the other in it. */
export interface Joinable {
  readonly name: string;
  readonly shape: readonly number[];
  readonly publishedNames: readonly string[];
  readonly pieces?: readonly string[];
}

/**
 * The weights, and beside the pieces each tensor that they make up, under its own name; `pieces` says of which it is made.
 * Pieces may be named with or without `prefix`.
 * @throws AppError 'tensor-missing' where some pieces are there and others not, 'tensor-shape' for one of another shape,
 * 'dtype-unsupported'
 */
export function joinedWeights(weights: Weights, wanted: readonly Joinable[], prefix: string): Weights {
  const pieces = new Map<string, readonly string[]>();
  const tensors = new Map(weights.tensors);
  for (const each of wanted) {
    if (!each.pieces || each.publishedNames.some((name) => weights.tensors.has(name))) continue;
    const names = [each.pieces, each.pieces.map((name) => name.slice(prefix.length))].find((list) =>
      list.some((name) => weights.tensors.has(name)),
    );
    if (!names) continue;
    pieces.set(each.name, names);
    tensors.set(each.name, wholeOf(weights, each, names));
  }
  if (pieces.size === 0) return weights;
  const dtypeOf = (name: string) => safetensorsFloat(name, tensors.get(name)!.dtype);
  const readTensor = async (name: string): Promise<Bytes> => {
    const parts = pieces.get(name);
    if (!parts) return weights.readTensor(name);
    const whole = new Uint8Array(tensors.get(name)!.byteLength);
    let at = 0;
    for (const part of parts) {
      const bytes = await weights.readTensor(part);
      whole.set(bytes, at);
      at += bytes.length;
    }
    return whole;
  };
  return {
    ...weights,
    tensors,
    pieces,
    readTensor,
    readFloats: async (name) =>
      pieces.has(name) ? bytesToF32(await readTensor(name), dtypeOf(name)) : weights.readFloats(name),
    streamTensor(name, chunkBytes) {
      const parts = pieces.get(name);
      if (!parts) return weights.streamTensor(name, chunkBytes);
      return recut(streamed(weights, parts, chunkBytes), wholeWords(chunkBytes));
    },
  };
}

function wholeOf({ tensors }: Weights, { shape }: Joinable, names: readonly string[]): TensorInfo {
  const width = shape.at(-1)!;
  const rows = shape.slice(0, -1).reduce((product, size) => product * size, 1) / names.length;
  const infos = names.map((name) => {
    const info = tensors.get(name);
    if (!info) throw new AppError('tensor-missing', { tensor: name });
    if (String(info.shape) !== String([rows, width]))
      throw new AppError('tensor-shape', {
        tensor: name,
        actual: info.shape.join(', '),
        expected: `${rows}, ${width}`,
      });
    return info;
  });
  const other = infos.findIndex(({ dtype }) => dtype !== infos[0]!.dtype);
  if (other >= 0) throw new AppError('dtype-unsupported', { tensor: names[other]!, dtype: infos[other]!.dtype });
  const { strides: _, ...first } = infos[0]!;
  return { ...first, shape, byteLength: infos.reduce((sum, { byteLength }) => sum + byteLength, 0) };
}

async function* streamed(weights: Weights, names: readonly string[], chunkBytes: number): AsyncGenerator<Bytes> {
  for (const name of names) yield* weights.streamTensor(name, chunkBytes);
}

/** The same bytes in pieces of one size; the last may be shorter. */
async function* recut(pieces: AsyncIterable<Bytes>, size: number): AsyncGenerator<Bytes> {
  let held = new Uint8Array(0);
  for await (const piece of pieces) {
    if (held.length === 0 && piece.length === size) {
      yield piece;
      continue;
    }
    const joined = new Uint8Array(held.length + piece.length);
    joined.set(held);
    joined.set(piece, held.length);
    let at = 0;
    for (; at + size <= joined.length; at += size) yield joined.slice(at, at + size);
    held = joined.slice(at);
  }
  if (held.length > 0) yield held;
}
