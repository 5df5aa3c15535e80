import { AppError, because, type Reason } from '../errors.ts';
import {
  aligned,
  alignment,
  type GgufMetadata,
  type GgufType,
  type GgufValue,
  ggufBytes,
  ggufTypes,
  magic,
  otherTypes,
  otherValueIds,
  valueIds,
  version,
} from './gguf-types.ts';
import { bytesToF32 } from './half.ts';
import { decodeQ4K, decodeQ6K } from './k-quants.ts';
import { decodeQ4 } from './q4-0.ts';
import { decodeQ8 } from './q8-0.ts';
import type { ModelFiles } from './source.ts';

export interface GgufTensorInfo {
  readonly type: GgufType;
  /** Row-major. */
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly begin: number;
  readonly byteLength: number;
}

/** A GGUF file whose head was read; tensors are read when they are asked for. */
export interface GgufFile {
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, GgufTensorInfo>;
  /**
   * Its values in f32, row-major: all, or those from one up to another, which are whole blocks.
   * @throws AppError 'tensor-missing', 'gguf-invalid'
   */
  readFloats(name: string, from?: number, to?: number): Promise<Float32Array<ArrayBuffer>>;
}

/** How much is read at first, and then twice as much each time, until the head is whole. */
const firstBytes = 1 << 20;

/** @throws AppError 'gguf-invalid' for another file or one that is cut off, 'gguf-form' for a version or a type of tensors that is not read here */
export async function openGguf(files: ModelFiles, path: string): Promise<GgufFile> {
  const size = await files.size(path);
  const invalid = (reason: Reason): AppError => new AppError('gguf-invalid', { file: path, reason });
  const otherForm = (reason: Reason): AppError => new AppError('gguf-form', { file: path, reason });
  const head = await readHead(files, path, size, { invalid, otherForm });
  return {
    ...head,
    async readFloats(name, from = 0, to) {
      const info = head.tensors.get(name);
      if (!info) throw new AppError('tensor-missing', { tensor: name });
      const { block, bytes: blockBytes } = ggufTypes[info.type];
      const bytesBefore = (values: number) => info.begin + (values / block) * blockBytes;
      const [begin, end] = [bytesBefore(from), to === undefined ? info.begin + info.byteLength : bytesBefore(to)];
      const bytes = await files.read(path, begin, end);
      if (bytes.length !== end - begin) throw invalid(because`it ends within tensor ${name}`);
      return decode(bytes, info.type);
    },
  };
}

function decode(bytes: Uint8Array, type: GgufType): Float32Array<ArrayBuffer> {
  switch (type) {
    case 'Q4_0':
      return decodeQ4(bytes);
    case 'Q8_0':
      return decodeQ8(bytes);
    case 'Q4_K':
      return decodeQ4K(bytes);
    case 'Q6_K':
      return decodeQ6K(bytes);
    default:
      return bytesToF32(bytes, type);
  }
}

interface Refusals {
  readonly invalid: (reason: Reason) => AppError;
  readonly otherForm: (reason: Reason) => AppError;
}

async function readHead(files: ModelFiles, path: string, size: number, refusals: Refusals) {
  for (let length = firstBytes; ; length *= 2) {
    const bytes = await files.read(path, 0, Math.min(length, size));
    try {
      return parse(new ByteReader(bytes), size, refusals);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      if (length >= size) throw refusals.invalid(because`it ends within its head`);
    }
  }
}

/** @throws RangeError where there is too little of the file */
function parse(from: ByteReader, size: number, { invalid, otherForm }: Refusals) {
  if (from.ascii(magic.length) !== magic) throw invalid(because`it does not begin with ${magic}`);
  const found = from.u32();
  if (found % 2 ** 16 === 0) throw otherForm(because`it is big-endian, and little-endian is read here`);
  if (found !== version) throw otherForm(because`it is of version ${found}, and ${version} is read here`);
  const [tensorCount, valueCount] = [from.u64(), from.u64()];
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < valueCount; i++) {
    const key = from.string();
    if (metadata.has(key)) throw invalid(because`it has ${key} twice`);
    metadata.set(key, from.value(key, invalid));
  }
  const tensors = new Map<string, GgufTensorInfo>();
  for (let i = 0; i < tensorCount; i++) {
    const name = from.string();
    const shape = Array.from({ length: from.many(from.u32()) }, () => from.u64()).reverse();
    const [id, offset] = [from.u32(), from.u64()];
    const type = (Object.keys(ggufTypes) as GgufType[]).find((each) => ggufTypes[each].id === id);
    if (!type) {
      const read = Object.keys(ggufTypes).join(', ');
      throw otherForm(because`tensor ${name} is of type ${otherTypes[id] ?? id}; what is read here is ${read}`);
    }
    if ((shape.at(-1) ?? 1) % ggufTypes[type].block !== 0)
      throw invalid(because`the rows of ${name} are no whole blocks`);
    if (tensors.has(name)) throw invalid(because`it has ${name} twice`);
    tensors.set(name, { type, shape, begin: offset, byteLength: ggufBytes(type, shape) });
  }
  const start = aligned(from.at, alignmentOf(metadata, invalid));
  for (const [name, info] of tensors) {
    const begin = start + info.begin;
    if (begin + info.byteLength > size) throw invalid(because`it ends within tensor ${name}`);
    tensors.set(name, { ...info, begin });
  }
  return { metadata, tensors };
}

function alignmentOf(metadata: GgufMetadata, invalid: (reason: Reason) => AppError): number {
  const found = metadata.get('general.alignment')?.value ?? alignment;
  if (typeof found === 'number' && Number.isInteger(found) && found > 0) return found;
  throw invalid(because`its alignment is ${String(found)}`);
}

class ByteReader {
  private readonly view: DataView;
  at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private move(count: number): number {
    const at = this.at;
    if (at + count > this.bytes.length) throw new RangeError('there is more');
    this.at += count;
    return at;
  }

  ascii(length: number): string {
    const at = this.move(length);
    return String.fromCharCode(...this.bytes.subarray(at, at + length));
  }

  u32 = (): number => this.view.getUint32(this.move(4), true);
  u64 = (): number => Number(this.view.getBigUint64(this.move(8), true));

  /** A number of items, each of which takes a byte or more: no list is made that the file cannot fill. */
  many(count: number): number {
    if (count > this.bytes.length - this.at) throw new RangeError('there is more');
    return count;
  }

  string(): string {
    const length = this.u64();
    const at = this.move(length);
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes.subarray(at, at + length));
  }

  value(key: string, invalid: (reason: Reason) => AppError): GgufValue {
    const id = this.u32();
    if (id !== valueIds.array) return this.plain(id, key, invalid);
    const inner = this.u32();
    const items = Array.from({ length: this.many(this.u64()) }, () => this.plain(inner, key, invalid));
    const kinds = { [valueIds.string]: 'strings', [valueIds.f32]: 'f32s' } as Readonly<Record<number, string>>;
    return { type: kinds[inner] ?? 'i32s', value: items.map(({ value }) => value) } as GgufValue;
  }

  private plain(id: number, key: string, invalid: (reason: Reason) => AppError): GgufValue {
    switch (id) {
      case valueIds.u32:
        return { type: 'u32', value: this.u32() };
      case valueIds.i32:
        return { type: 'i32', value: this.view.getInt32(this.move(4), true) };
      case valueIds.f32:
        return { type: 'f32', value: this.view.getFloat32(this.move(4), true) };
      case valueIds.bool:
        return { type: 'bool', value: this.bytes[this.move(1)] !== 0 };
      case valueIds.string:
        return { type: 'string', value: this.string() };
      case valueIds.u8:
        return { type: 'u32', value: this.bytes[this.move(1)]! };
      case otherValueIds.i8:
        return { type: 'i32', value: this.view.getInt8(this.move(1)) };
      case otherValueIds.u16:
        return { type: 'u32', value: this.view.getUint16(this.move(2), true) };
      case otherValueIds.i16:
        return { type: 'i32', value: this.view.getInt16(this.move(2), true) };
      case otherValueIds.u64:
        return { type: 'u32', value: this.u64() };
      case otherValueIds.i64:
        return { type: 'i32', value: Number(this.view.getBigInt64(this.move(8), true)) };
      case otherValueIds.f64:
        return { type: 'f32', value: this.view.getFloat64(this.move(8), true) };
      default:
        throw invalid(because`${key} is of type ${id}, which is not read here`);
    }
  }
}
