import { AppError, because, type Reason } from '../errors.ts';
import type { SafetensorsFloat } from './half.ts';
import type { TensorInfo, WeightsHeader } from './tensor-info.ts';

/**
 * The head of a safetensors file: u64 length, then that many bytes of JSON
 * `{name: {dtype, shape, data_offsets: [begin, end]}, __metadata__: {text: text}}`, then the data the offsets count from.
 * Checked as strictly as the reference library: the tensors cover the data without gap or overlap.
 */

/** Bits of one element, in the reference library's order, which is also the order it writes (last first). */
export const dtypeBits = new Map<string, number>([
  ...(['BOOL', 'U8', 'I8', 'F8_E5M2', 'F8_E4M3', 'F8_E8M0'] as const).map((dtype) => [dtype, 8] as const),
  ...(['I16', 'U16', 'F16', 'BF16'] as const).map((dtype) => [dtype, 16] as const),
  ...(['I32', 'U32', 'F32'] as const).map((dtype) => [dtype, 32] as const),
  ...(['C64', 'F64', 'I64', 'U64'] as const).map((dtype) => [dtype, 64] as const),
]);

/** The reference library's own bound; a longer one is never a header. */
const maxHeaderBytes = 100_000_000;

/** @throws AppError `dtype-unsupported` for a tensor whose numbers cannot be used here. */
export function safetensorsFloat(name: string, dtype: string): SafetensorsFloat {
  if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') return dtype;
  throw new AppError('dtype-unsupported', { tensor: name, dtype });
}

/**
 * Length in bytes of the JSON header, from the first bytes of the file (at least 9 of them where it has as many).
 * @throws AppError `safetensors-invalid` for another kind of file, `safetensors-truncated` for a file cut off.
 */
export function headerLength(start: Uint8Array, fileSize: number, file: string): number {
  const invalid = (reason: Reason) => new AppError('safetensors-invalid', { file, reason });
  if (fileSize === 0) throw invalid(because`it is empty`);
  const opening = String.fromCharCode(...start.subarray(0, 9));
  if (opening.startsWith('version ')) throw invalid(because`it is a Git LFS pointer in place of the file`);
  if (opening.startsWith('PK')) throw invalid(because`it is a zip archive or a PyTorch checkpoint`);
  if (start.length < 8) throw new AppError('safetensors-truncated', { file, needed: 8, actual: fileSize });
  const length = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true));
  if (start.length > 8 && start[8] !== 0x7b) throw invalid(because`its header does not begin with "{"`);
  if (8 + length > fileSize)
    throw new AppError('safetensors-truncated', { file, needed: 8 + length, actual: fileSize });
  if (length < 2 || length > maxHeaderBytes) throw invalid(because`its header cannot be ${length} bytes long`);
  return length;
}

/**
 * Reads and checks the JSON header.
 * @throws AppError `safetensors-invalid` (also for offsets that overlap, leave gaps or contradict the shape),
 * `safetensors-truncated` when the data ends before the last tensor.
 */
export function parseHeader(header: Uint8Array, fileSize: number, file: string): WeightsHeader {
  const invalid = (reason: Reason, cause?: unknown) =>
    new AppError('safetensors-invalid', { file, reason }, cause === undefined ? undefined : { cause });
  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(header);
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid(because`its header is not JSON`, cause);
  }
  if (!isRecord(parsed)) throw invalid(because`its header is not a JSON object`);
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw invalid(because`it lists tensor ${repeated} twice`);

  const dataStart = 8 + header.length;
  const tensors = new Map<string, TensorInfo>();
  for (const [name, entry] of Object.entries(parsed)) {
    if (name === '__metadata__') continue;
    const problem = entryProblem(entry);
    if (problem !== undefined) throw invalid(because`tensor ${name} ${problem}`);
    const { dtype, shape, data_offsets } = entry as RawEntry;
    const [begin, end] = data_offsets;
    tensors.set(name, { dtype, shape, byteLength: end - begin, file, begin: dataStart + begin });
  }
  const covered = checkCoverage(tensors, dataStart, invalid);
  if (covered > fileSize) throw new AppError('safetensors-truncated', { file, needed: covered, actual: fileSize });
  if (covered < fileSize) throw invalid(because`${fileSize - covered} bytes at its end belong to no tensor`);
  return { tensors, metadata: readMetadata(parsed.__metadata__, invalid) };
}

interface RawEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** What is wrong with one header entry by itself, worded to follow the tensor's name. */
function entryProblem(entry: unknown): Reason | undefined {
  if (!isRecord(entry)) return because`has no description`;
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') return because`has no data type`;
  if (!Array.isArray(shape) || !shape.every(isCount)) return because`has an impossible shape`;
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return because`has impossible offsets`;
  const [begin, end] = offsets as [number, number];
  if (end < begin) return because`ends before it begins`;
  const bits = dtypeBits.get(dtype);
  const count = (shape as number[]).reduce((product, length) => product * length, 1);
  if (!Number.isSafeInteger(count)) return because`has an impossible shape`;
  // A type we do not know is listed all the same and refused only when it is used.
  if (bits !== undefined && (count * bits) / 8 !== end - begin) {
    return because`has ${end - begin} bytes, but [${shape}] ${dtype} needs ${(count * bits) / 8}`;
  }
  return undefined;
}

/** The end of the last tensor in the file; throws where tensors overlap or leave bytes unclaimed. */
function checkCoverage(
  tensors: ReadonlyMap<string, TensorInfo>,
  dataStart: number,
  invalid: (reason: Reason) => AppError,
): number {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.byteLength - b.byteLength);
  let at = dataStart;
  for (const [name, { begin, byteLength }] of inOrder) {
    if (begin < at) throw invalid(because`tensor ${name} overlaps the one before it`);
    if (begin > at) throw invalid(because`${begin - at} bytes before tensor ${name} belong to no tensor`);
    at = begin + byteLength;
  }
  return at;
}

function readMetadata(raw: unknown, invalid: (reason: Reason) => AppError): Record<string, string> {
  if (raw === undefined) return {};
  if (!isRecord(raw) || !Object.values(raw).every((value) => typeof value === 'string')) {
    throw invalid(because`its __metadata__ is not a map from text to text`);
  }
  return raw as Record<string, string>;
}

/** A key that the outermost object of valid JSON holds twice: `JSON.parse` would silently keep the last. */
function repeatedKey(json: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (let i = 0; i < json.length; i++) {
    const char = json[i];
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    else if (char === '"') {
      const start = i++;
      while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1;
      if (depth !== 1) continue;
      // At depth 1 every value is an object, so a string there is a key.
      const key = JSON.parse(json.slice(start, i + 1)) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}
