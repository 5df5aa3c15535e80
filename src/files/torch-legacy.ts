import { because } from '../errors.ts';
import { type PickleRules, readPickleAt } from './pickle.ts';
import type { ModelFiles } from './source.ts';
import type { TensorInfo, WeightsHeader } from './tensor-info.ts';
import { type Invalid, maxPickleBytes, type Storage, stateDictOf, tensorInfo, torchRules } from './torch-tensors.ts';

/**
 * What `torch.save` wrote before PyTorch 1.6: pickles behind each other, of a magic number, the version of the format,
 * facts about the machine, the state dict and the keys of the storages; then for each key the number of values (i64) and
 * the values.
 */

/** PROTO 2, LONG1 of 10 bytes, 0x1950a86a20f9469cfc6c, STOP. */
const magicBytes = 15;
const formatVersion = 1001;

/** Throws as `readTorchHeader`. */
export async function readLegacyTorch(files: ModelFiles, path: string, invalid: Invalid): Promise<WeightsHeader> {
  const size = await files.size(path);
  const bytes = await files.read(path, 0, Math.min(size, maxPickleBytes));
  let at = magicBytes;
  const next = (rules: PickleRules): unknown => {
    const { value, end } = readPickleAt(bytes, at, rules);
    at = end;
    return value;
  };
  const plain: PickleRules = {
    globals: new Map(),
    persistent: () => {
      throw invalid(because`its pickle refers to a storage where none can be`);
    },
    invalid,
  };
  if (next(plain) !== formatVersion)
    throw invalid(because`it is of an unknown version of the format before PyTorch 1.6`);
  const machine = next(plain);
  if (!(machine instanceof Map) || machine.get('little_endian') !== true)
    throw invalid(because`its numbers are not little-endian`);
  const storages = new Map<string, Storage>();
  const stored = stateDictOf(next(torchRules(invalid, storages)), invalid);
  const keys = next(plain);
  const begins = await storageBegins(files, path, { keys, storages, at, size, invalid });

  const tensors = new Map<string, TensorInfo>();
  for (const [name, tensor] of stored) {
    const begin = begins.get(tensor.storage.key);
    if (begin === undefined) throw invalid(because`the data of tensor ${name} is missing`);
    tensors.set(name, tensorInfo(name, tensor, path, begin, invalid));
  }
  return { tensors, metadata: {} };
}

interface Storages {
  /** In the order of the file. */
  readonly keys: unknown;
  readonly storages: ReadonlyMap<string, Storage>;
  /** Where the first storage begins. */
  readonly at: number;
  readonly size: number;
  readonly invalid: Invalid;
}

/** Where the values of each storage begin. Their sizes are announced twice: by the tensors, and before the values. */
async function storageBegins(
  files: ModelFiles,
  path: string,
  { keys, storages, at: start, size, invalid }: Storages,
): Promise<Map<string, number>> {
  if (!Array.isArray(keys)) throw invalid(because`it does not list its storages`);
  const begins = new Map<string, number>();
  let at = start;
  for (const key of keys) {
    const storage = storages.get(key);
    if (!storage) throw invalid(because`it lists a storage that no tensor has`);
    const count = await files.read(path, at, at + 8);
    if (count.length < 8 || at + 8 + storage.byteLength > size) throw invalid(because`it ends early`);
    if (new DataView(count.buffer, count.byteOffset).getBigInt64(0, true) !== BigInt(storage.count))
      throw invalid(because`a storage has another size than is announced`);
    begins.set(key, at + 8);
    at += 8 + storage.byteLength;
  }
  return begins;
}
