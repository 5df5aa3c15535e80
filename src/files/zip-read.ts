import type { AppError, Reason } from '../errors.ts';
import { because } from '../errors.ts';
import { decodeText, type ModelFiles } from './source.ts';

/**
 * The entries of a zip archive, found by ranges: the archive may be larger than memory. Zip64 included (APPNOTE 6.3).
 * What is encrypted, doubled or overlapping is refused.
 */
export interface ZipEntry {
  /** Of the file itself. */
  readonly size: number;
  /** Bytes in the archive: as many as `size` where the data lies there as it is ("stored"). */
  readonly storedSize: number;
  /** 0: stored; 8: deflated. */
  readonly method: number;
  /** Offset of the local header, which stands before the data. */
  readonly headerOffset: number;
  /** Where the next entry's header, or the archive's directory, begins: the data ends before it. */
  readonly limit: number;
  readonly name: string;
}

type Invalid = (reason: Reason) => AppError;

const endBytes = 22;
const maxCommentBytes = 0xffff;
const maxDirectoryBytes = 16 << 20;

/** Bytes that an archive may unpack to, and more for each of its own: sheets and logs shrink to a fortieth, zeros to a thousandth. */
const unpackedOfAny = 32 << 20;
const unpackedPerByte = 40;

/** Reads the directory of an archive in which nothing is compressed; one that is, is refused. @see readEntries */
export async function readStoredEntries(
  files: ModelFiles,
  path: string,
  invalid: Invalid,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const entries = await readEntries(files, path, invalid);
  const compressed = [...entries.values()].find(({ method, size, storedSize }) => method !== 0 || size !== storedSize);
  if (compressed) throw invalid(because`entry ${compressed.name} is compressed`);
  return entries;
}

/**
 * Reads the archive's directory, entries by name.
 * @param invalid makes the error for a reason
 */
export async function readEntries(
  files: ModelFiles,
  path: string,
  invalid: Invalid,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const { offset, length, count, size } = await findDirectory(files, path, invalid);
  if (length > maxDirectoryBytes) throw invalid(because`its list of entries cannot be ${length} bytes long`);
  const bytes = await files.read(path, offset, offset + length);
  if (bytes.length !== length) throw invalid(because`it ends early`);
  const entries = checkedEntries(listEntries(bytes, count, invalid), offset, invalid);
  const unpacked = [...entries.values()].reduce((sum, entry) => sum + entry.size, 0);
  if (unpacked > unpackedOfAny + unpackedPerByte * size)
    throw invalid(because`it would unpack to ${unpacked} bytes, far more than it holds`);
  return entries;
}

/** Offset of the first byte of an entry's data. */
export async function dataOffset(
  files: ModelFiles,
  path: string,
  { name, headerOffset, storedSize, limit }: ZipEntry,
  invalid: Invalid,
): Promise<number> {
  const header = await files.read(path, headerOffset, headerOffset + 30);
  const view = viewOf(header);
  if (header.length < 30 || view.getUint32(0, true) !== 0x04034b50) throw invalid(because`entry ${name} is damaged`);
  const begin = headerOffset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (begin + storedSize > limit) throw invalid(because`entry ${name} overlaps what follows it`);
  return begin;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
/** 64 bits as a number; what is too large to be exact is larger than any file, and refused as such. */
const long = (view: DataView, at: number) => Number(view.getBigUint64(at, true));

/** The directory's place, from the record at the archive's end. */
async function findDirectory(files: ModelFiles, path: string, invalid: Invalid) {
  const size = await files.size(path);
  const start = Math.max(0, size - endBytes - maxCommentBytes);
  const tail = await files.read(path, start, size);
  const view = viewOf(tail);
  let at = tail.length - endBytes;
  while (
    at >= 0 &&
    !(view.getUint32(at, true) === 0x06054b50 && at + endBytes + view.getUint16(at + 20, true) === tail.length)
  )
    at--;
  if (at < 0) throw invalid(because`it is no zip archive, or is cut off`);
  let found = {
    count: view.getUint16(at + 10, true),
    length: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
    end: start + at,
  };
  const locator = at - 20;
  if (locator >= 0 && view.getUint32(locator, true) === 0x07064b50) {
    const record = long(view, locator + 8);
    if (record > start + locator - 56) throw invalid(because`its end is damaged`);
    const wide = viewOf(await files.read(path, record, record + 56));
    if (wide.byteLength < 56 || wide.getUint32(0, true) !== 0x06064b50) throw invalid(because`its end is damaged`);
    found = { count: long(wide, 32), length: long(wide, 40), offset: long(wide, 48), end: record };
  }
  if (found.offset + found.length !== found.end) throw invalid(because`its list of entries is not where it should be`);
  return { ...found, size };
}

type ListedEntry = Omit<ZipEntry, 'limit'>;

function listEntries(directory: Uint8Array, count: number, invalid: Invalid): ListedEntry[] {
  const view = viewOf(directory);
  const entries: ListedEntry[] = [];
  let at = 0;
  while (at < directory.length) {
    if (at + 46 > directory.length || view.getUint32(at, true) !== 0x02014b50)
      throw invalid(because`its list of entries is damaged`);
    const nameEnd = at + 46 + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > directory.length) throw invalid(because`its list of entries is damaged`);
    const name = decodeText(directory.subarray(at + 46, nameEnd));
    if (view.getUint16(at + 8, true) & 1) throw invalid(because`entry ${name} is encrypted`);
    const short = [24, 20, 42].map((field) => view.getUint32(at + field, true));
    const [size, storedSize, headerOffset] = widened(short, directory.subarray(nameEnd, extraEnd));
    const method = view.getUint16(at + 10, true);
    entries.push({ name, method, size: size!, storedSize: storedSize!, headerOffset: headerOffset! });
    at = next;
  }
  if (entries.length !== count)
    throw invalid(because`its list has ${entries.length} entries where ${count} are announced`);
  return entries;
}

/** Size, stored size and offset; those that do not fit 32 bits stand in the zip64 extra field, in this order. */
function widened(fields: readonly number[], extra: Uint8Array): number[] {
  const view = viewOf(extra);
  let at = 0;
  while (at + 4 <= extra.length && view.getUint16(at, true) !== 1) at += 4 + view.getUint16(at + 2, true);
  at += 4;
  return fields.map((field) => {
    if (field !== 0xffffffff || at + 8 > extra.length) return field;
    at += 8;
    return long(view, at - 8);
  });
}

function checkedEntries(
  listed: readonly ListedEntry[],
  directory: number,
  invalid: Invalid,
): ReadonlyMap<string, ZipEntry> {
  const inOrder = [...listed].sort((a, b) => a.headerOffset - b.headerOffset);
  const entries = new Map<string, ZipEntry>();
  for (const [index, entry] of inOrder.entries()) {
    const limit = inOrder[index + 1]?.headerOffset ?? directory;
    if (entry.headerOffset + 30 + entry.storedSize > limit)
      throw invalid(because`entry ${entry.name} overlaps what follows it`);
    if (entries.has(entry.name)) throw invalid(because`it holds entry ${entry.name} twice`);
    entries.set(entry.name, { ...entry, limit });
  }
  return entries;
}
