import { AppError, because, type ErrorCode, type Reason } from '../errors.ts';
import { readHeader } from './safetensors.ts';
import type { ModelFiles } from './source.ts';
import type { TensorInfo, WeightsHeader } from './tensor-info.ts';
import { readTorchHeader } from './torch.ts';
import { type Weights, weightsOf } from './weights.ts';

/** A format of weights: how its files are called and read. */
interface WeightsFormat {
  /** The name of weights that lie in one file; with `.index.json` behind it, that of the list of shards. */
  readonly single: string;
  readonly extension: string;
  /** Weights under a name of their own. */
  readonly other: RegExp;
  readonly readHeader: (files: ModelFiles, path: string) => Promise<WeightsHeader>;
  readonly invalid: ErrorCode;
}

/** The first that a model has is read; weights under a name of their own only where none has its standard name. */
const formats: readonly WeightsFormat[] = [
  {
    single: 'model.safetensors',
    extension: 'safetensors',
    other: /^(?!adapter)[^/]+\.safetensors$/,
    readHeader,
    invalid: 'safetensors-invalid',
  },
  {
    single: 'pytorch_model.bin',
    extension: 'bin',
    // Folders also hold optimizer.bin, training_args.bin and the like.
    other: /^pytorch_model[-.][^/]+\.bin$/,
    readHeader: readTorchHeader,
    invalid: 'torch-invalid',
  },
];

/**
 * Opens the weights of a model, safetensors before PyTorch's `.bin`: the single file, or the shards that its index
 * names, or (files dropped without their index) the one set of shards `name-00001-of-0000N` or the one file there is.
 * @throws AppError `file-missing`, `safetensors-invalid`, `safetensors-truncated`, `torch-invalid`; `weights-several`
 * where nothing says which of several sets is the model's; `tensor-missing` when the index names a tensor that its shard
 * lacks.
 */
export async function openWeights(files: ModelFiles): Promise<Weights> {
  for (const format of formats) {
    const header = await namedHeader(files, format);
    if (header) return weightsOf(files, header);
  }
  const paths = (await files.list()).map((entry) => entry.path);
  for (const format of formats) {
    const header = await foundHeader(files, paths, format);
    if (header) return weightsOf(files, header);
  }
  throw new AppError('file-missing', { file: formats[0]!.single });
}

async function namedHeader(files: ModelFiles, format: WeightsFormat): Promise<WeightsHeader | null> {
  if (await files.has(format.single)) return format.readHeader(files, format.single);
  return (await files.has(`${format.single}.index.json`)) ? indexedHeader(files, format) : null;
}

async function foundHeader(
  files: ModelFiles,
  paths: readonly string[],
  format: WeightsFormat,
): Promise<WeightsHeader | null> {
  const sets = weightSets(paths.filter((path) => format.other.test(path)));
  const standard = sets.filter(({ stem }) => format.single === `${stem}.${format.extension}`);
  const [set, other] = standard.length > 0 ? standard : sets;
  if (set === undefined) return null;
  if (other !== undefined)
    throw new AppError('weights-several', { sets: sets.map((each) => inWords(each, format)).join(', ') });
  return set.count === 0
    ? format.readHeader(files, `${set.stem}.${format.extension}`)
    : shardsHeader(files, format, set);
}

/** Files that belong together: `stem-00001-of-0000N`, or one file (`count` 0). */
interface WeightSet {
  readonly stem: string;
  readonly count: number;
  readonly digits: number;
}

function weightSets(paths: readonly string[]): WeightSet[] {
  const sets = new Map<string, WeightSet>();
  for (const path of paths) {
    const [, stem = path.replace(/\.\w+$/, ''), shard = '', count = '0'] =
      /^(.*)-(\d+)-of-(\d+)\.\w+$/.exec(path) ?? [];
    sets.set(`${stem} ${count}`, { stem, count: Number(count), digits: shard.length });
  }
  return [...sets.values()];
}

const shardName = ({ stem, count, digits }: WeightSet, shard: number, { extension }: WeightsFormat): string => {
  const number = (value: number) => String(value).padStart(digits, '0');
  return `${stem}-${number(shard)}-of-${number(count)}.${extension}`;
};

const inWords = (set: WeightSet, format: WeightsFormat): string =>
  set.count === 0 ? `${set.stem}.${format.extension}` : `${shardName(set, 1, format)} … (${set.count})`;

async function indexedHeader(files: ModelFiles, format: WeightsFormat): Promise<WeightsHeader> {
  const indexName = `${format.single}.index.json`;
  const invalid = (reason: Reason) => new AppError(format.invalid, { file: indexName, reason });
  let index: { weight_map?: unknown } | null;
  try {
    index = JSON.parse(await files.text(indexName));
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw invalid(because`it is not JSON`);
  }
  const map = index?.weight_map;
  if (typeof map !== 'object' || map === null) throw invalid(because`it has no weight_map`);
  const tensors = new Map<string, TensorInfo>();
  const headers = new Map<string, WeightsHeader>();
  for (const [name, file] of Object.entries(map as Record<string, unknown>)) {
    // Shards lie beside their index: a path could lead out of the model's folder.
    if (typeof file !== 'string' || /[/\\]/.test(file)) throw invalid(because`tensor ${name} names no file`);
    let header = headers.get(file);
    if (!header) {
      header = await format.readHeader(files, file);
      headers.set(file, header);
    }
    const info = header.tensors.get(name);
    if (!info) throw new AppError('tensor-missing', { tensor: name });
    tensors.set(name, info);
  }
  // What the index leaves out and a shard holds is read too, as transformers does.
  for (const header of headers.values())
    for (const [name, info] of header.tensors) if (!tensors.has(name)) tensors.set(name, info);
  return { tensors, metadata: [...headers.values()][0]?.metadata ?? {} };
}

async function shardsHeader(files: ModelFiles, format: WeightsFormat, set: WeightSet): Promise<WeightsHeader> {
  const tensors = new Map<string, TensorInfo>();
  let metadata: WeightsHeader['metadata'] = {};
  for (let shard = 1; shard <= set.count; shard++) {
    const path = shardName(set, shard, format);
    const header = await format.readHeader(files, path);
    metadata = header.metadata;
    for (const [name, info] of header.tensors) {
      const before = tensors.get(name);
      if (before)
        throw new AppError(format.invalid, { file: path, reason: because`${before.file} also holds tensor ${name}` });
      tensors.set(name, info);
    }
  }
  return { tensors, metadata };
}
