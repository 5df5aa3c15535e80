/** A GGUF file opened as a model, with nothing but what the file says: what was written is held against what was meant. */
import { AppError, because } from '../../errors.ts';
import type { GgufFile } from '../../files/gguf-read.ts';
import type { GgufMetadata, GgufType } from '../../files/gguf-types.ts';
import { f32ToBytes, type SafetensorsFloat } from '../../files/half.ts';
import type { Bytes, ModelFiles } from '../../files/source.ts';
import type { TensorInfo } from '../../files/tensor-info.ts';
import { cut, type Weights } from '../../files/weights.ts';
import { constantsOf, type TextModel } from '../../models/model.ts';
import type { ReadBackModel } from '../target.ts';
import { type GgufFamily, ggufNames } from './family.ts';
import { fileTypes, type GgufFileType } from './metadata.ts';
import { countOf, isMoved, lyingFloats, parameterFloats } from './moved-values.ts';
import { saidModel } from './said-model.ts';

/**
 * The root mean square of what rounding a weight leaves, as a share of the weights'. Of 16 bits it is u / √3 with u the
 * half of the last place, taken of the smallest number that has it; of Q8_0, d / √12 with d the largest of 32 values / 127:
 * the largest of 32 draws from a normal distribution is 2.07 deviations, and 4 of them hold weights with outliers.
 */
const roundings: Readonly<Record<Exclude<GgufFileType, 'Q4_K_M'>, number>> = {
  F32: 2 ** -24 / Math.sqrt(3),
  F16: 2 ** -11 / Math.sqrt(3),
  BF16: 2 ** -8 / Math.sqrt(3),
  Q8_0: 4 / 127 / Math.sqrt(12),
};

/**
 * What four bits do to logits differs from model to model, and is told; a file whose logits are off by more than half of
 * their size says something else.
 */
const fourBitLimit = 0.5;

/** The type of most matrices, as the file says it. */
function fileType(metadata: GgufMetadata, path: string): GgufFileType {
  const number = metadata.get('general.file_type')?.value;
  const type = (Object.keys(fileTypes) as GgufFileType[]).find((each) => fileTypes[each] === number);
  if (type) return type;
  throw new AppError('gguf-invalid', { file: path, reason: because`its file type is ${String(number)}` });
}

const dtypes = { F32: 'f32', F16: 'f16', BF16: 'bf16' } as const;

/** @throws AppError 'gguf-invalid' for a file that does not say a model of ours; 'tensor-missing' */
export async function openGgufModel(files: ModelFiles, path: string): Promise<ReadBackModel> {
  const { file, family, model } = await saidModel(files, path);
  const type = fileType(file.metadata, path);
  return {
    model,
    files,
    weights: weightsOf(file, path, family, model),
    ...(type === 'Q4_K_M' ? { limit: fourBitLimit } : { rounding: roundings[type] }),
    fresh: new Set(),
    tensorOf: (parameter) => parameter,
    dtypes: (parameter) => dtypes[dtypeOf(file.tensors.get(ggufNames(family, parameter)[0]!)!.type)],
  };
}

/** A value of Q8_0 has at most 18 significant bits, of which 11 are kept: 2⁻¹² of it, beside a step of 2⁻⁷ of the largest. */
const dtypeOf = (type: GgufType): SafetensorsFloat => (type === 'F32' || type === 'BF16' ? type : 'F16');

function weightsOf(file: GgufFile, path: string, family: GgufFamily, model: TextModel): Weights {
  const infos = new Map([...model.parameters, ...constantsOf(model)].map((info) => [info.name, info]));
  const tensors = new Map<string, TensorInfo>();
  for (const { name, shape } of infos.values()) {
    const parts = ggufNames(family, name).map((each) => file.tensors.get(each));
    const [first] = parts;
    if (!first || parts.includes(undefined)) throw new AppError('tensor-missing', { tensor: name });
    const byteLength = parts.reduce((sum, part) => sum + part!.byteLength, 0);
    tensors.set(name, { dtype: dtypeOf(first.type), shape, byteLength, file: path, begin: first.begin });
  }
  const readFloats = (name: string) => parameterFloats(file, family, model, infos.get(name)!);
  const encoded = (values: Float32Array, name: string): Bytes =>
    f32ToBytes(values, tensors.get(name)!.dtype as SafetensorsFloat);
  const readTensor = async (name: string) => encoded(await readFloats(name), name);
  return {
    tensors,
    metadata: {},
    readFloats,
    readTensor,
    async *streamTensor(name, chunkBytes) {
      const info = infos.get(name)!;
      const values = countOf(info.shape);
      if (isMoved(family, model, info)) {
        yield* cut(readTensor(name), chunkBytes);
        return;
      }
      // Whole blocks of every type, and whole words of 16-bit ones.
      const step = Math.max(256, Math.floor(chunkBytes / 4 / 256) * 256);
      for (let from = 0; from < values; from += step)
        yield encoded(await lyingFloats(file, family, info, from, Math.min(values, from + step)), name);
    },
  };
}
