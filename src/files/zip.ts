/**
 * Files as a zip archive (APPNOTE 6.3.10), stored and not deflated: weights do not shrink. Its check sum is what an archive
 * of weights costs the processor, which is why it is not a library's here.
 */
import { crc32 } from './crc32.ts';
import type { Parts } from './directory.ts';
import type { Bytes } from './source.ts';

interface Entry {
  readonly name: Bytes;
  readonly headerOffset: number;
  size: number;
  crc: number;
}

/** What a field of 32 bits says where the number stands in 64 bits elsewhere. */
const elsewhere = 0xffffffff;

/** 4.5 reads Zip64; made by Unix, whose modes of files the entries have. */
const version = 45;
const madeBy = (3 << 8) | version;
/** Sizes and sum stand behind the data; names are UTF-8. */
const flags = 0x0808;
const fileMode = 0o100664;

/**
 * The files as one zip, Zip64 where it takes that, in pieces that are made when they are asked for.
 * @param modified time stamp of every entry.
 * @throws whatever the parts throw.
 */
export async function* zipParts(
  files: readonly { readonly path: string; readonly parts: Parts }[],
  modified: Date = new Date(),
): AsyncGenerator<Bytes> {
  const time = dosTime(modified);
  const entries: Entry[] = [];
  let offset = 0;
  const told = (bytes: Bytes) => {
    offset += bytes.length;
    return bytes;
  };
  for (const { path, parts } of files) {
    const entry: Entry = { name: new TextEncoder().encode(path), headerOffset: offset, size: 0, crc: 0 };
    entries.push(entry);
    yield told(
      fields(
        [4, 0x04034b50],
        [2, version],
        [2, flags],
        [2, 0],
        [4, time],
        [4, 0],
        [4, 0],
        [4, 0],
        [2, entry.name.length],
        [2, 0],
      ),
    );
    yield told(entry.name);
    for await (const part of parts) {
      entry.crc = crc32(part, entry.crc);
      entry.size += part.length;
      yield told(part);
    }
    const width = entry.size >= elsewhere ? 8 : 4;
    yield told(fields([4, 0x08074b50], [4, entry.crc], [width, entry.size], [width, entry.size]));
  }
  const begin = offset;
  for (const entry of entries) {
    yield told(directoryEntry(entry, time));
  }
  yield directoryEnd(entries.length, begin, offset);
}

function directoryEntry({ name, headerOffset, size, crc }: Entry, time: number): Bytes {
  const isLarge = size >= elsewhere;
  const isFar = headerOffset >= elsewhere;
  const far: Field[] = [
    ...(isLarge
      ? ([
          [8, size],
          [8, size],
        ] as const)
      : []),
    ...(isFar ? ([[8, headerOffset]] as const) : []),
  ];
  const extra = far.length === 0 ? [] : fields([2, 1], [2, 8 * far.length], ...far);
  const head = fields(
    ...([
      [4, 0x02014b50],
      [2, madeBy],
      [2, version],
      [2, flags],
      [2, 0],
      [4, time],
      [4, crc],
    ] as const),
    ...([
      [4, Math.min(size, elsewhere)],
      [4, Math.min(size, elsewhere)],
    ] as const),
    ...([
      [2, name.length],
      [2, extra.length],
      [2, 0],
      [2, 0],
      [2, 0],
    ] as const),
    ...([
      [4, fileMode * 2 ** 16],
      [4, Math.min(headerOffset, elsewhere)],
    ] as const),
  );
  return Uint8Array.from([...head, ...name, ...extra]);
}

/** @param begin and `end` of the directory */
function directoryEnd(count: number, begin: number, end: number): Bytes {
  const length = end - begin;
  const isFar = begin >= elsewhere || length >= elsewhere || count >= 0xffff;
  const far = isFar
    ? fields(
        ...([
          [4, 0x06064b50],
          [8, 44],
          [2, madeBy],
          [2, version],
          [4, 0],
          [4, 0],
        ] as const),
        ...([
          [8, count],
          [8, count],
          [8, length],
          [8, begin],
        ] as const),
        ...([
          [4, 0x07064b50],
          [4, 0],
          [8, end],
          [4, 1],
        ] as const),
      )
    : [];
  const shown = Math.min(count, 0xffff);
  const near = fields(
    ...([
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, shown],
      [2, shown],
    ] as const),
    ...([
      [4, Math.min(length, elsewhere)],
      [4, Math.min(begin, elsewhere)],
      [2, 0],
    ] as const),
  );
  return Uint8Array.from([...far, ...near]);
}

/** A number of so many bytes. */
type Field = readonly [bytes: 2 | 4 | 8, value: number];

/** Numbers one behind the other, the lowest byte first. */
function fields(...all: readonly Field[]): Bytes {
  const bytes = new Uint8Array(all.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of all) {
    if (width === 2) view.setUint16(at, value, true);
    else if (width === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += width;
  }
  return bytes;
}

/** MS-DOS's: from 1980 on, to two seconds, time below date. */
const dosTime = (at: Date): number =>
  ((at.getSeconds() >> 1) | (at.getMinutes() << 5) | (at.getHours() << 11)) +
  (at.getDate() | ((at.getMonth() + 1) << 5) | (Math.max(0, at.getFullYear() - 1980) << 9)) * 2 ** 16;

/** The same as a Blob, which the browser may keep on disk where it is large. */
export async function zipFiles(...zipped: Parameters<typeof zipParts>): Promise<Blob> {
  const done: Blob[] = [];
  for await (const part of zipParts(...zipped)) done.push(new Blob([part]));
  return new Blob(done, { type: 'application/zip' });
}
