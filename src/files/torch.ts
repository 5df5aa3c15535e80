import { AppError } from '../errors.ts';
import { type Checkpoint, type CheckpointHeader, checkpointOf, type TensorInfo } from './checkpoint.ts';
import { PickleGlobal, readPickle } from './pickle.ts';
import { dtypeBits } from './safetensors-header.ts';
import { decodeText, type ModelFiles } from './source.ts';
import { dataOffset, readStoredEntries, type StoredEntry } from './zip-read.ts';

/**
 * Weights that `torch.save` wrote (PyTorch 1.6 and newer): a zip archive of stored entries, in it `NAME/data.pkl`, the
 * state dict, and `NAME/data/KEY`, the bytes of each storage. Only tensor data is understood; nothing is executed.
 */

/** The storages' data types, in safetensors' names. */
const storageDtypes = {
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  DoubleStorage: 'F64',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

const maxPickleBytes = 32 << 20;
/** PyTorch's own bound. */
const maxDimensions = 64;

type Invalid = (reason: string) => AppError;

class Storage {
  constructor(
    readonly key: string,
    readonly dtype: string,
    /** Number of elements. */
    readonly count: number,
  ) {}
}

class StoredTensor {
  constructor(
    readonly storage: Storage,
    /** In elements of the storage. */
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

/** Opens one file of `torch.save` by name. Throws as `readTorchHeader`. */
export async function openTorch(files: ModelFiles, path: string): Promise<Checkpoint> {
  return checkpointOf(files, await readTorchHeader(files, path));
}

/**
 * Names, shapes and places of the tensors of one file.
 * @throws AppError `torch-invalid` for any other file, also one whose pickle asks for anything but tensors; `file-missing`.
 */
export async function readTorchHeader(files: ModelFiles, path: string): Promise<CheckpointHeader> {
  const invalid = (reason: string) => new AppError('torch-invalid', { file: path, reason });
  await refuseOtherFormats(files, path, invalid);
  const entries = await readStoredEntries(files, path, invalid);
  const pickles = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) throw invalid('it holds no data.pkl');
  const folder = pickles[0]!.name.slice(0, -'data.pkl'.length);
  const byteOrder = entries.get(`${folder}byteorder`);
  if (byteOrder && decodeText(await readSmall(files, path, byteOrder, invalid)) !== 'little')
    throw invalid('its numbers are not little-endian');
  const stored = readStateDict(await readSmall(files, path, pickles[0]!, invalid), invalid);

  const begins = new Map<string, number>();
  const tensors = new Map<string, TensorInfo>();
  for (const [name, tensor] of stored) {
    const { key, dtype, count } = tensor.storage;
    const elementBytes = dtypeBits.get(dtype)! / 8;
    const problem = tensorProblem(tensor);
    if (problem !== undefined) throw invalid(`tensor ${name} ${problem}`);
    const entry = entries.get(`${folder}data/${key}`);
    if (!entry) throw invalid(`the data of tensor ${name} is missing`);
    if (entry.size !== count * elementBytes)
      throw invalid(`the data of tensor ${name} has ${entry.size} bytes where ${count * elementBytes} are announced`);
    const begin = begins.get(key) ?? (await dataOffset(files, path, entry, invalid));
    begins.set(key, begin);
    const { shape, offset } = tensor;
    const byteLength = elements(shape) * elementBytes;
    tensors.set(name, { dtype, shape, byteLength, file: path, begin: begin + offset * elementBytes });
  }
  return { tensors, metadata: {} };
}

async function refuseOtherFormats(files: ModelFiles, path: string, invalid: Invalid): Promise<void> {
  const start = await files.read(path, 0, 16);
  const opening = String.fromCharCode(...start);
  if (start.length === 0) throw invalid('it is empty');
  if (opening.startsWith('version ')) throw invalid('it is a Git LFS pointer in place of the file');
  // A bare pickle that begins with the number 0x1950a86a20f9469cfc6c.
  if (opening.startsWith('\x80\x02\x8a\x0a')) throw invalid('it is in the format of PyTorch before 1.6');
  if (!opening.startsWith('PK\x03\x04')) throw invalid('it is no zip archive');
}

async function readSmall(files: ModelFiles, path: string, entry: StoredEntry, invalid: Invalid): Promise<Uint8Array> {
  if (entry.size > maxPickleBytes) throw invalid(`entry ${entry.name} cannot be ${entry.size} bytes long`);
  const begin = await dataOffset(files, path, entry, invalid);
  const bytes = await files.read(path, begin, begin + entry.size);
  if (bytes.length !== entry.size) throw invalid('it ends early');
  return bytes;
}

function readStateDict(pickle: Uint8Array, invalid: Invalid): Map<string, StoredTensor> {
  const value = readPickle(pickle, {
    globals: torchGlobals(invalid),
    persistent: (id) => storageOf(id, invalid),
    invalid,
  });
  if (!(value instanceof Map)) throw invalid('it holds no state dict');
  for (const [name, tensor] of value) {
    if (typeof name !== 'string') throw invalid('it holds no state dict');
    if (!(tensor instanceof StoredTensor)) throw invalid(`its entry ${name} is no tensor`);
  }
  return value as Map<string, StoredTensor>;
}

function torchGlobals(invalid: Invalid): Map<string, PickleGlobal> {
  const globals = [
    new PickleGlobal('collections OrderedDict', (args) => {
      if (args.length > 0) throw invalid('its pickle makes a dict in an unknown way');
      return new Map();
    }),
    new PickleGlobal('torch._utils _rebuild_tensor_v2', (args) => rebuiltTensor(args, invalid)),
    new PickleGlobal('torch._utils _rebuild_parameter', ([tensor]) => {
      if (!(tensor instanceof StoredTensor)) throw invalid('its pickle makes a parameter of what is no tensor');
      return tensor;
    }),
    ...Object.keys(storageDtypes).map((name) => new PickleGlobal(`torch ${name}`)),
  ];
  return new Map(globals.map((global) => [global.name, global]));
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= maxDimensions && value.every(isCount);

/** `('storage', type, key, device, number of elements)`. */
function storageOf(id: unknown, invalid: Invalid): Storage {
  const [kind, type, key, , count] = Array.isArray(id) ? id : [];
  const dtype =
    type instanceof PickleGlobal && storageDtypes[type.name.slice('torch '.length) as keyof typeof storageDtypes];
  if (kind !== 'storage' || !dtype || typeof key !== 'string' || !isCount(count))
    throw invalid('its pickle describes a storage in an unknown way');
  return new Storage(key, dtype, count);
}

/** `(storage, offset, shape, stride, requires_grad, backward hooks[, metadata])`. */
function rebuiltTensor([storage, offset, shape, stride]: readonly unknown[], invalid: Invalid): StoredTensor {
  if (!(storage instanceof Storage) || !isCount(offset) || !isCounts(shape) || !isCounts(stride))
    throw invalid('its pickle describes a tensor in an unknown way');
  return new StoredTensor(storage, offset, shape, stride);
}

const elements = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** What is wrong with a tensor by itself, worded to follow its name. */
function tensorProblem({ storage, offset, shape, stride }: StoredTensor): string | undefined {
  const count = elements(shape);
  if (!isCount(count) || shape.length !== stride.length) return 'has an impossible shape';
  if (offset + count > storage.count) return 'reaches beyond its data';
  if (count > 0 && !isRowMajor(shape, stride)) return `is not stored row by row (strides ${stride} for [${shape}])`;
  return undefined;
}

/** The stride of a dimension of length 1 says nothing. */
function isRowMajor(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
