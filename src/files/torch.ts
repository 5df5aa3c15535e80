import { AppError, because, type Reason } from '../errors.ts';
import { readPickle } from './pickle.ts';
import { decodeText, type ModelFiles } from './source.ts';
import type { TensorInfo, WeightsHeader } from './tensor-info.ts';
import { readLegacyTorch } from './torch-legacy.ts';
import { type Invalid, maxPickleBytes, stateDictOf, tensorInfo, torchRules } from './torch-tensors.ts';
import { type Weights, weightsOf } from './weights.ts';
import { dataOffset, readStoredEntries, type ZipEntry } from './zip-read.ts';

/**
 * Weights that `torch.save` wrote: a zip archive of stored entries (PyTorch 1.6 and newer), in it `NAME/data.pkl`, the
 * state dict, and `NAME/data/KEY`, the bytes of each storage; or a stream of pickles (see `torch-legacy.ts`). Only tensor
 * data is understood; nothing is executed.
 */

/** Opens one file of `torch.save` by name. Throws as `readTorchHeader`. */
export async function openTorch(files: ModelFiles, path: string): Promise<Weights> {
  return weightsOf(files, await readTorchHeader(files, path));
}

/**
 * Names, shapes and places of the tensors of one file.
 * @throws AppError `torch-invalid` for any other file, also one whose pickle asks for anything but tensors; `file-missing`.
 */
export async function readTorchHeader(files: ModelFiles, path: string): Promise<WeightsHeader> {
  const invalid = (reason: Reason) => new AppError('torch-invalid', { file: path, reason });
  if (await isLegacy(files, path, invalid)) return readLegacyTorch(files, path, invalid);
  const entries = await readStoredEntries(files, path, invalid);
  const pickles = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) throw invalid(because`it holds no data.pkl`);
  const folder = pickles[0]!.name.slice(0, -'data.pkl'.length);
  const byteOrder = entries.get(`${folder}byteorder`);
  if (byteOrder && decodeText(await readSmall(files, path, byteOrder, invalid)) !== 'little')
    throw invalid(because`its numbers are not little-endian`);
  const pickle = await readSmall(files, path, pickles[0]!, invalid);
  const stored = stateDictOf(readPickle(pickle, torchRules(invalid)), invalid);

  const begins = new Map<string, number>();
  const tensors = new Map<string, TensorInfo>();
  for (const [name, tensor] of stored) {
    const { key, byteLength } = tensor.storage;
    const entry = entries.get(`${folder}data/${key}`);
    if (!entry) throw invalid(because`the data of tensor ${name} is missing`);
    if (entry.size !== byteLength)
      throw invalid(because`the data of tensor ${name} has ${entry.size} bytes where ${byteLength} are announced`);
    const begin = begins.get(key) ?? (await dataOffset(files, path, entry, invalid));
    begins.set(key, begin);
    tensors.set(name, tensorInfo(name, tensor, path, begin, invalid));
  }
  return { tensors, metadata: {} };
}

/** Which of the two formats it is. @throws what `invalid` makes, for any other */
async function isLegacy(files: ModelFiles, path: string, invalid: Invalid): Promise<boolean> {
  const start = await files.read(path, 0, 16);
  const opening = String.fromCharCode(...start);
  if (start.length === 0) throw invalid(because`it is empty`);
  if (opening.startsWith('version ')) throw invalid(because`it is a Git LFS pointer in place of the file`);
  // A bare pickle that begins with the number 0x1950a86a20f9469cfc6c.
  if (opening.startsWith('\x80\x02\x8a\x0a')) return true;
  if (!opening.startsWith('PK\x03\x04')) throw invalid(because`it is no zip archive`);
  return false;
}

async function readSmall(files: ModelFiles, path: string, entry: ZipEntry, invalid: Invalid): Promise<Uint8Array> {
  if (entry.size > maxPickleBytes) throw invalid(because`entry ${entry.name} cannot be ${entry.size} bytes long`);
  const begin = await dataOffset(files, path, entry, invalid);
  const bytes = await files.read(path, begin, begin + entry.size);
  if (bytes.length !== entry.size) throw invalid(because`it ends early`);
  return bytes;
}
