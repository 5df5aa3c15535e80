/** The tensors of a GGUF file under transformers' names and in its order of rows, as the bytes of a safetensors file. */
import { AppError, because } from '../../../errors.ts';
import type { GgufFile } from '../../../files/gguf-read.ts';
import type { GgufType } from '../../../files/gguf-types.ts';
import { f32ToBytes, type SafetensorsFloat } from '../../../files/half.ts';
import { type Bytes, joinBytes } from '../../../files/source.ts';
import { constantsOf, type ParameterInfo, type TextModel } from '../../../models/model.ts';
import { type GgufFamily, ggufNames, writtenShape } from '../family.ts';
import { countOf, isMoved, lyingFloats, parameterFloats } from '../moved-values.ts';

export interface VirtualWeights {
  readonly size: number;
  /** Of most values, in transformers' words. */
  readonly dtype: string;
  read(start: number, end: number): Promise<Bytes>;
}

/** A parameter's place in the file that is not there. */
interface Placed {
  readonly info: ParameterInfo;
  readonly dtype: SafetensorsFloat;
  readonly begin: number;
  readonly end: number;
}

const words = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;
const floatOf = (type: GgufType): SafetensorsFloat => (type === 'F16' || type === 'BF16' ? type : 'F32');
const valueBytes = (dtype: SafetensorsFloat): number => (dtype === 'F32' ? 4 : 2);

/** @throws AppError 'gguf-invalid' where a tensor is missing or of another shape, 'gguf-unread' for one that is none of the model's */
export function virtualWeights(file: GgufFile, path: string, family: GgufFamily, model: TextModel): VirtualWeights {
  const placed = place(file, path, family, model);
  const head = headOf(placed);
  const size = head.length + (placed.at(-1)?.end ?? 0);
  // Pieces of a tensor whose values were moved come one after the other: it is read once.
  let last: { readonly name: string; readonly values: Promise<Float32Array> } | undefined;
  const valuesOf = async ({ info }: Placed, from: number, to: number): Promise<Float32Array> => {
    if (isMoved(family, model, info)) {
      if (last?.name !== info.name) last = { name: info.name, values: parameterFloats(file, family, model, info) };
      return (await last.values).subarray(from, to);
    }
    return lyingFloats(file, family, info, from, to);
  };
  const bytesOf = async (each: Placed, start: number, end: number): Promise<Bytes> => {
    const width = valueBytes(each.dtype);
    const [from, to] = [Math.floor(start / width), Math.ceil(end / width)];
    const bytes = f32ToBytes((await valuesOf(each, from, to)).slice(), each.dtype);
    return bytes.slice(start - from * width, end - from * width);
  };
  return {
    size,
    dtype: words[mostOf(placed)],
    async read(start, end) {
      const parts: Uint8Array[] = [head.slice(start, Math.min(end, head.length))];
      const [from, to] = [start - head.length, end - head.length];
      for (const each of placed)
        if (each.begin < to && each.end > from)
          parts.push(await bytesOf(each, Math.max(0, from - each.begin), Math.min(each.end, to) - each.begin));
      return joinBytes(parts);
    },
  };
}

function place(file: GgufFile, path: string, family: GgufFamily, model: TextModel): Placed[] {
  const left = new Set([...file.tensors.keys()].filter((name) => !/^rope_/.test(name)));
  const placed: Placed[] = [];
  let at = 0;
  for (const info of [...model.parameters, ...constantsOf(model)]) {
    const names = ggufNames(family, info.name);
    if (names.length === 0) throw new AppError('tensor-missing', { tensor: info.name });
    const types = names.map((written) => {
      const tensor = file.tensors.get(written);
      if (!tensor) throw new AppError('tensor-missing', { tensor: written });
      const shape = writtenShape(info, names.length);
      if (String(tensor.shape) !== String(shape))
        throw new AppError('tensor-shape', {
          tensor: written,
          actual: tensor.shape.join(', '),
          expected: shape.join(', '),
        });
      left.delete(written);
      return floatOf(tensor.type);
    });
    // Parts of two types are read as the one that holds both.
    const dtype = types.every((type) => type === types[0]) ? types[0]! : 'F32';
    const end = at + countOf(info.shape) * valueBytes(dtype);
    placed.push({ info, dtype, begin: at, end });
    at = end;
  }
  const [other] = left;
  if (other === undefined) return placed;
  const reason = because`its tensor ${other} has no place in models of the type ${model.modelType}`;
  throw new AppError('gguf-unread', { file: path, reason });
}

function headOf(placed: readonly Placed[]): Bytes {
  const tensors = placed.map(({ info: { name, shape }, dtype, begin, end }) => [
    name,
    { dtype, shape, data_offsets: [begin, end] },
  ]);
  const json = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(tensors) });
  const text = new TextEncoder().encode(json);
  const bytes = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - 8), true);
  bytes.set(text, 8);
  return bytes;
}

function mostOf(placed: readonly Placed[]): SafetensorsFloat {
  const counts = { F32: 0, F16: 0, BF16: 0 };
  for (const { dtype, info } of placed) counts[dtype] += countOf(info.shape);
  return (Object.keys(counts) as SafetensorsFloat[]).reduce((a, b) => (counts[b] > counts[a] ? b : a));
}
