/**
 * Runs of equal values in a page. The library writes a value as often as the head of its run says, past the end of its list
 * and of all memory, so runs are held to the values of their page before it reads them.
 */
import type { SchemaElement } from 'hyparquet';
import { tooMany } from './out-of-file.ts';
import { ThriftReader } from './thrift.ts';

/** PLAIN_DICTIONARY, RLE_DICTIONARY and RLE. */
const [plainDictionary, runLength, dictionary] = [2, 3, 8];

/** A page whose values, and levels before them, may be written as runs. */
export interface PageOfRuns {
  readonly version: 1 | 2;
  /** Values of the page, nulls among them. */
  readonly values: number;
  readonly encoding: number;
  readonly isBoolean: boolean;
  /** The highest levels of repetition and definition: a page has no levels where they are 0. */
  readonly levels: readonly number[];
}

/** The highest levels of a column, by the library's count. @param path from the root of the schema to the column */
export const levelsOf = (path: readonly SchemaElement[]): readonly number[] => [
  path.filter(({ repetition_type: type }) => type === 'REPEATED').length,
  path.slice(1).filter(({ repetition_type: type }) => type !== 'REQUIRED').length,
];

/**
 * Looks at the runs of a page that is unpacked. @param bytes of version 2 without its levels
 * @throws OutOfFile
 */
export function requireRuns(bytes: Uint8Array, { version, values, encoding, isBoolean, levels }: PageOfRuns): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  if (version === 1)
    for (const level of levels)
      if (level > 0 && at + 4 <= view.byteLength) {
        const start = at + 4;
        requireRunsAt(view, start, widthOf(level), values);
        at = start + view.getUint32(at, true);
      }
  if (![plainDictionary, runLength, dictionary].includes(encoding) || at >= view.byteLength) return;
  // Before booleans stands their length, before places in a dictionary their width in bits.
  if (version === 1 ? isBoolean : encoding === runLength) requireRunsAt(view, at + 4, 1, values);
  else requireRunsAt(view, at + 1, view.getUint8(at), values);
}

/** Looks at the levels of a page of version 2, which are not packed. @param lengths bytes of each @throws OutOfFile */
export function requireLevels(
  view: DataView,
  at: number,
  { values, levels }: PageOfRuns,
  lengths: readonly number[],
): void {
  let start = at;
  levels.forEach((level, index) => {
    if (level > 0) requireRunsAt(view, start, widthOf(level), values);
    start += lengths[index]!;
  });
}

const widthOf = (level: number): number => 32 - Math.clz32(level);

/** A run of eights may go on beyond the last value: writers fill up theirs. */
const mostOf = (values: number): number => 2 * values + 4096;

/** What ends early is the library's to refuse. */
function requireRunsAt(view: DataView, at: number, width: number, values: number): void {
  if (width === 0) return;
  const reader = new ThriftReader(view, at);
  for (let seen = 0; seen < values && reader.at < view.byteLength; ) {
    const head = reader.varint();
    const half = Math.floor(head / 2);
    const count = head % 2 === 1 ? 8 * half : half;
    if (count > mostOf(values)) throw tooMany();
    seen += count;
    reader.at += head % 2 === 1 ? half * width : Math.ceil(width / 8);
  }
}
