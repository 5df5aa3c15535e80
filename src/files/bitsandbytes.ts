/**
 * Matrices that bitsandbytes published as codes with scales (`QuantState.as_dict(packed=True)`, and LLM.int8's SCB). Of four
 * bits: `weight` holds two codes a byte, the first in the high half, row by row over the whole matrix; every `blocksize`
 * values share an absmax, which may itself be codes of eight bits. Of eight: a signed byte each, and a scale for each row.
 */
import { AppError, because, type Reason } from '../errors.ts';
import { bytesToF32, f32ToBytes, type SafetensorsFloat } from './half.ts';
import type { Bytes, ModelFiles } from './source.ts';
import type { CodedTensor, TensorInfo } from './tensor-info.ts';
import type { Weights } from './weights.ts';

const names: Readonly<Record<string, SafetensorsFloat>> = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' };

/** 1 / 127 in f32, as bitsandbytes has it. */
const perStep = Math.fround(1 / 127);

/**
 * The weights with each such matrix as one tensor of the type that bitsandbytes computes it in: reading it dequantises, and
 * `coded` has it as it lies. Weights without any are given back as they are.
 * @throws AppError 'safetensors-invalid' where the parts of a matrix do not fit together
 */
export async function decodedWeights(files: ModelFiles, weights: Weights): Promise<Weights> {
  const coded = new Map<string, CodedTensor>();
  const tensors = new Map(weights.tensors);
  for (const [name, info] of weights.tensors) {
    const found = await codedTensor(files, weights, name);
    if (!found) continue;
    const { tensor, dtype, parts } = found;
    const { strides: _, ...rest } = info;
    tensors.set(name, { ...rest, dtype, shape: tensor.shape, byteLength: countOf(tensor) * valueBytes(dtype) });
    coded.set(name, tensor);
    for (const part of parts) tensors.delete(part);
  }
  if (coded.size === 0) return weights;
  const dtypeOf = (name: string) => tensors.get(name)!.dtype as SafetensorsFloat;
  const readTensor = async (name: string): Promise<Bytes> => {
    const tensor = coded.get(name);
    if (!tensor) return weights.readTensor(name);
    return f32ToBytes(await valuesOf(tensor, await tensor.scales(), 0, countOf(tensor)), dtypeOf(name));
  };
  return {
    ...weights,
    tensors,
    coded,
    readTensor,
    async readFloats(name) {
      if (!coded.has(name)) return weights.readFloats(name);
      return bytesToF32(await readTensor(name), dtypeOf(name));
    },
    async *streamTensor(name, chunkBytes) {
      const tensor = coded.get(name);
      if (!tensor) {
        yield* weights.streamTensor(name, chunkBytes);
        return;
      }
      const [values, scales] = [countOf(tensor), await tensor.scales()];
      // An even number of values is a whole number of words, and of bytes of codes.
      const step = Math.max(2, Math.floor(chunkBytes / valueBytes(dtypeOf(name)) / 2) * 2);
      for (let from = 0; from < values; from += step)
        yield f32ToBytes(await valuesOf(tensor, scales, from, Math.min(values, from + step)), dtypeOf(name));
    },
  };
}

const countOf = ({ shape: [rows, width] }: CodedTensor): number => rows * width;
const valueBytes = (dtype: SafetensorsFloat): number => (dtype === 'F32' ? 4 : 2);

/** Values number `from` (an even one) up to `to`, in f32. */
async function valuesOf(
  tensor: CodedTensor,
  scales: Float32Array,
  from: number,
  to: number,
): Promise<Float32Array<ArrayBuffer>> {
  const { type, blockSize, levels } = tensor;
  const out = new Float32Array(to - from);
  if (type === 'int8') {
    const bytes = await tensor.codes(from, to);
    const codes = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 0; i < out.length; i++) out[i] = codes[i]! * scales[Math.floor((from + i) / blockSize)]!;
    return out;
  }
  const codes = await tensor.codes(from / 2, Math.ceil(to / 2));
  for (let i = 0; i < out.length; i++) {
    const code = i % 2 === 0 ? codes[i >> 1]! >> 4 : codes[i >> 1]! & 15;
    out[i] = levels[code]! * scales[Math.floor((from + i) / blockSize)]!;
  }
  return out;
}

interface Found {
  readonly tensor: CodedTensor;
  /** What bitsandbytes dequantises it to. */
  readonly dtype: SafetensorsFloat;
  /** Names of the tensors that belong to it. */
  readonly parts: readonly string[];
}

async function codedTensor(files: ModelFiles, weights: Weights, name: string): Promise<Found | undefined> {
  const types = ['nf4', 'fp4'] as const;
  const type = types.find((each) => weights.tensors.has(`${name}.quant_state.bitsandbytes__${each}`));
  if (type) return fourBits(partsOf(files, weights, name), type);
  const scale = name.replace(/weight$/, 'SCB');
  if (scale === name || !weights.tensors.has(scale) || weights.tensors.get(name)!.dtype !== 'I8') return undefined;
  return eightBits(partsOf(files, weights, name), weights, scale);
}

/** Reads parts of a matrix, and says what is wrong with them. */
interface Parts {
  readonly name: string;
  readonly info: TensorInfo;
  has(part: string): boolean;
  /** @throws AppError 'safetensors-invalid' where it is missing, or has not so many bytes */
  read(part: string, byteLength?: number): Promise<Bytes>;
  readCodes(begin: number, end: number): Promise<Bytes>;
  invalid(reason: Reason): AppError;
}

function partsOf(files: ModelFiles, { tensors }: Weights, name: string): Parts {
  const info = tensors.get(name)!;
  const invalid = (reason: Reason) => new AppError('safetensors-invalid', { file: info.file, reason });
  const range = async (of: TensorInfo, begin: number, end: number): Promise<Bytes> => {
    const bytes = await files.read(of.file, of.begin + begin, of.begin + end);
    if (bytes.length === end - begin) return bytes;
    throw new AppError('safetensors-truncated', {
      file: of.file,
      needed: of.begin + end,
      actual: of.begin + begin + bytes.length,
    });
  };
  return {
    name,
    info,
    invalid,
    has: (part) => tensors.has(part),
    async read(part, byteLength) {
      const found = tensors.get(part);
      if (!found || (byteLength !== undefined && found.byteLength !== byteLength))
        throw invalid(because`the parts of ${name} do not fit together: ${part}`);
      return range(found, 0, found.byteLength);
    },
    readCodes: (begin, end) => range(info, begin, end),
  };
}

/** Some 170 are usual. */
const mostStateBytes = 1 << 16;

/** What the packed state of a matrix of four bits says. */
interface State {
  readonly blockSize: number;
  readonly shape: readonly [number, number];
  readonly dtype: SafetensorsFloat;
  readonly nested?: { readonly blockSize: number; readonly offset: number };
}

async function fourBits(parts: Parts, type: 'nf4' | 'fp4'): Promise<Found> {
  const { name, info } = parts;
  const packed = `${name}.quant_state.bitsandbytes__${type}`;
  const state = stateOf(await parts.read(packed), parts, type);
  const values = state.shape[0] * state.shape[1];
  if (info.byteLength !== bytesOfCodes(values, info))
    throw parts.invalid(because`the parts of ${name} do not fit together: ${name}`);
  const blocks = Math.ceil(values / state.blockSize);
  const absmax = `${name}.absmax`;
  const own = [packed, absmax, `${name}.quant_map`, `${name}.nested_absmax`, `${name}.nested_quant_map`];
  const scales = async (): Promise<Float32Array> => {
    if (!state.nested) return f32Of(await parts.read(absmax, 4 * blocks));
    const codes = await parts.read(absmax, blocks);
    const outer = f32Of(await parts.read(`${name}.nested_absmax`, 4 * Math.ceil(blocks / state.nested.blockSize)));
    const map = f32Of(await parts.read(`${name}.nested_quant_map`, 4 * 256));
    const { blockSize, offset } = state.nested;
    return Float32Array.from(codes, (code, i) => Math.fround(map[code]! * outer[Math.floor(i / blockSize)]!) + offset);
  };
  return {
    tensor: {
      type,
      shape: state.shape,
      blockSize: state.blockSize,
      scales,
      levels: f32Of(await parts.read(`${name}.quant_map`, 4 * 16)),
      codes: parts.readCodes,
    },
    dtype: state.dtype,
    parts: own.filter(parts.has),
  };
}

/** Codes are kept as elements of any type (`bnb_4bit_quant_storage`), the last one filled up. */
function bytesOfCodes(values: number, { byteLength, shape }: TensorInfo): number {
  const elements = shape.reduce((product, size) => product * size, 1);
  const element = byteLength / Math.max(1, elements);
  return Math.ceil(values / 2 / element) * element;
}

function stateOf(bytes: Bytes, { name, invalid }: Parts, type: string): State {
  const damaged = invalid(because`the quant_state of ${name} is damaged`);
  if (bytes.length > mostStateBytes) throw damaged;
  let json: Readonly<Record<string, unknown>> | null;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw damaged;
  }
  const { quant_type, blocksize, shape, dtype, nested_blocksize, nested_offset } = json ?? {};
  const float = typeof dtype === 'string' && Object.hasOwn(names, dtype) ? names[dtype] : undefined;
  const isShape = Array.isArray(shape) && shape.length === 2 && shape.every(isCount);
  if (quant_type !== type || !isCount(blocksize) || !isShape || !float) throw damaged;
  const state = { blockSize: blocksize, shape: shape as unknown as readonly [number, number], dtype: float };
  if (nested_blocksize === undefined) return state;
  if (!isCount(nested_blocksize) || typeof nested_offset !== 'number') throw damaged;
  return { ...state, nested: { blockSize: nested_blocksize, offset: Math.fround(nested_offset) } };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

async function eightBits(parts: Parts, { tensors }: Weights, scale: string): Promise<Found> {
  const { name, info } = parts;
  const [rows, width] = info.shape;
  const format = name.replace(/weight$/, 'weight_format');
  const order = parts.has(format) ? (await parts.read(format))[0] : 0;
  // Any other order is that of a kernel for some GPUs, which old versions wrote.
  if (rows === undefined || width === undefined || info.shape.length !== 2 || order !== 0)
    throw parts.invalid(because`the codes of ${name} do not lie row by row`);
  const scales = async () => f32Of(await parts.read(scale, 4 * rows)).map((largest) => largest * perStep);
  return {
    tensor: {
      type: 'int8',
      shape: [rows, width],
      blockSize: width,
      scales,
      levels: new Float32Array(0),
      codes: parts.readCodes,
    },
    dtype: usualFloat(tensors),
    parts: [scale, format].filter(parts.has),
  };
}

/** The type of the tensors that were left as floats. */
function usualFloat(tensors: Weights['tensors']): SafetensorsFloat {
  const found = [...tensors.values()].find(({ dtype }) => dtype === 'F16' || dtype === 'BF16');
  return (found?.dtype as SafetensorsFloat | undefined) ?? 'F32';
}

const f32Of = (bytes: Bytes): Float32Array<ArrayBuffer> => bytesToF32(bytes, 'F32');
