import type { AppError, Reason } from '../errors.ts';
import { because } from '../errors.ts';
import { PickleGlobal, type PickleRules } from './pickle.ts';
import { dtypeBits } from './safetensors-header.ts';
import { isRowMajor, spanOf } from './strides.ts';
import type { TensorInfo } from './tensor-info.ts';

/** What the pickles of `torch.save` say of tensors: a storage, and where in it the values of each lie. */

/** The storages' data types, in safetensors' names. */
const storageDTypes = {
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

/** PyTorch's own bound. */
const maxDimensions = 64;

/** A pickle longer than this is none of a state dict. */
export const maxPickleBytes = 32 << 20;

export type Invalid = (reason: Reason) => AppError;

export class Storage {
  constructor(
    readonly key: string,
    readonly dtype: string,
    /** Number of elements. */
    readonly count: number,
  ) {}

  get byteLength(): number {
    return this.count * elementBytes(this.dtype);
  }
}

export class StoredTensor {
  constructor(
    readonly storage: Storage,
    /** In elements of the storage. */
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

/** How the pickles of a file are read; `storages` receives all that they name, by key. */
export const torchRules = (invalid: Invalid, storages = new Map<string, Storage>()): PickleRules => ({
  globals: torchGlobals(invalid),
  persistent(id) {
    const storage = storageOf(id, invalid);
    storages.set(storage.key, storage);
    return storage;
  },
  invalid,
});

/** Where training programs keep the state dict of the model among other things. */
const nested = ['state_dict', 'model_state_dict', 'model', 'module'];

/** The state dict that a pickle holds, or that lies under a usual name in it. */
export function stateDictOf(value: unknown, invalid: Invalid): Map<string, StoredTensor> {
  if (!(value instanceof Map)) throw invalid(because`it holds no state dict`);
  const inner = nested.map((key) => value.get(key)).find((each) => each instanceof Map);
  if (inner instanceof Map && ![...value.values()].some((each) => each instanceof StoredTensor))
    return stateDictOf(inner, invalid);
  for (const [name, tensor] of value) {
    if (typeof name !== 'string') throw invalid(because`it holds no state dict`);
    if (!(tensor instanceof StoredTensor)) throw invalid(because`its entry ${name} is no tensor`);
  }
  return value as Map<string, StoredTensor>;
}

/** The tensor in its file, where its storage begins at `begin`. */
export function tensorInfo(
  name: string,
  tensor: StoredTensor,
  file: string,
  begin: number,
  invalid: Invalid,
): TensorInfo {
  const problem = tensorProblem(tensor);
  if (problem !== undefined) throw invalid(because`tensor ${name} ${problem}`);
  const { storage, shape, stride, offset } = tensor;
  const bytes = elementBytes(storage.dtype);
  const place = { file, begin: begin + offset * bytes };
  const info = { dtype: storage.dtype, shape, byteLength: elements(shape) * bytes, ...place };
  return isRowMajor(shape, stride) || elements(shape) === 0 ? info : { ...info, strides: stride };
}

function torchGlobals(invalid: Invalid): Map<string, PickleGlobal> {
  const globals = [
    new PickleGlobal('collections OrderedDict', (args) => {
      if (args.length === 0) return new Map();
      // Python 2 wrote the items as arguments.
      const [items] = args;
      const isPair = (item: unknown): item is [unknown, unknown] => Array.isArray(item) && item.length === 2;
      if (args.length === 1 && Array.isArray(items) && items.every(isPair)) return new Map(items);
      throw invalid(because`its pickle makes a dict in an unknown way`);
    }),
    new PickleGlobal('torch._utils _rebuild_tensor_v2', (args) => rebuiltTensor(args, invalid)),
    new PickleGlobal('torch._utils _rebuild_parameter', ([tensor]) => {
      if (!(tensor instanceof StoredTensor)) throw invalid(because`its pickle makes a parameter of what is no tensor`);
      return tensor;
    }),
    ...Object.keys(storageDTypes).map((name) => new PickleGlobal(`torch ${name}`)),
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
    type instanceof PickleGlobal && storageDTypes[type.name.slice('torch '.length) as keyof typeof storageDTypes];
  if (kind !== 'storage' || !dtype || typeof key !== 'string' || !isCount(count))
    throw invalid(because`its pickle describes a storage in an unknown way`);
  return new Storage(key, dtype, count);
}

/** `(storage, offset, shape, stride, requires_grad, backward hooks[, metadata])`. */
function rebuiltTensor([storage, offset, shape, stride]: readonly unknown[], invalid: Invalid): StoredTensor {
  if (!(storage instanceof Storage) || !isCount(offset) || !isCounts(shape) || !isCounts(stride))
    throw invalid(because`its pickle describes a tensor in an unknown way`);
  return new StoredTensor(storage, offset, shape, stride);
}

const elements = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

const elementBytes = (dtype: string): number => dtypeBits.get(dtype)! / 8;

/** A view that repeats its values can say any size; more than this is no weight. */
const maxElements = 2 ** 33;

/** What is wrong with a tensor by itself, worded to follow its name. */
function tensorProblem({ storage, offset, shape, stride }: StoredTensor): Reason | undefined {
  const count = elements(shape);
  if (!isCount(count) || count > maxElements || shape.length !== stride.length) return because`has an impossible shape`;
  return offset + spanOf(shape, stride) > storage.count ? because`reaches beyond its data` : undefined;
}
