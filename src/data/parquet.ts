import {
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  type SchemaElement,
  snappyUncompress,
} from 'hyparquet';
import {
  decompressBrotli,
  decompressGzip,
  decompressLz4,
  decompressLz4Raw,
  decompressZstd,
} from 'hyparquet-compressors';
import { AppError } from '../errors.ts';
import { durationUnits } from './arrow-schema.ts';
import { decimalText, durationText, floatText, instantText, timeOfDayText } from './number-text.ts';
import { OutOfFile } from './out-of-file.ts';
import { type CheckedSource, checkedSource, requireFooter, requireWithin } from './parquet-limits.ts';
import type { Progress } from './progress.ts';
import { cellOf, type TableBuilder } from './table.ts';

type Unpack = (input: Uint8Array, length: number) => Uint8Array;

const unpackers: Record<string, Unpack> = {
  SNAPPY(input, length) {
    const page = new Uint8Array(length);
    snappyUncompress(input, page);
    return page;
  },
  GZIP: decompressGzip,
  BROTLI: decompressBrotli,
  // Its second parameter is a buffer, not a length.
  ZSTD: (input: Uint8Array) => decompressZstd(input),
  LZ4: unlessEmpty(decompressLz4),
  LZ4_RAW: unlessEmpty(decompressLz4Raw),
};

/** A page of nothing but nulls is one byte of LZ4, in which the library looks for more. */
function unlessEmpty(decompress: typeof decompressLz4): typeof decompressLz4 {
  return (input, length) => (length === 0 ? new Uint8Array() : decompress(input, length));
}

/** What unpacks pages, and has each looked at. */
const unpackersOf = (source: CheckedSource): Compressors =>
  Object.fromEntries(
    Object.entries(unpackers).map(([codec, unpack]) => [
      codec,
      (input: Uint8Array, length: number) => {
        const page = unpack(input, length);
        source.requireUnpacked(input, page);
        return page;
      },
    ]),
  );

/** Times as text: a JavaScript date has no microseconds. */
const parsers = {
  timestampFromMilliseconds: (millis: bigint) => instantText(BigInt(millis) * 1_000_000n),
  timestampFromMicroseconds: (micros: bigint) => instantText(BigInt(micros) * 1000n),
  timestampFromNanoseconds: (nanos: bigint) => instantText(BigInt(nanos)),
  dateFromDays: (days: number) => instantText(BigInt(days) * 86_400_000_000_000n),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes),
};

/**
 * Reads a Parquet file, one row group in memory at a time. Lists and records become their JSON, numbers and times what
 * pandas prints.
 * @throws AppError 'table-invalid'
 */
export async function readParquet(
  blob: Blob,
  file: string,
  builder: TableBuilder,
  onProgress?: Progress,
): Promise<void> {
  let known: FileMetaData | null = null;
  const source = checkedSource(blob, () => known);
  try {
    await requireFooter(blob);
    const metadata = await parquetMetadataAsync(source);
    requireWithin(metadata, blob.size);
    known = metadata;
    const columns = topLevelColumns(metadata);
    const places = builder.places(columns.map(({ name }) => name));
    let rowStart = 0;
    for (const { num_rows } of metadata.row_groups) {
      const rowEnd = rowStart + Number(num_rows);
      const before = rowStart;
      await parquetRead({
        file: source,
        metadata,
        compressors: unpackersOf(source),
        parsers,
        rowStart,
        rowEnd,
        onComplete: (rows) => {
          rows.forEach((values, index) => {
            builder.add(
              before + index + 1,
              columns.map(({ text }, place) => text(values[place])),
              places,
            );
          });
        },
      });
      if (source.refused) throw source.refused;
      rowStart = rowEnd;
      onProgress?.(Math.round((blob.size * rowEnd) / Math.max(1, Number(metadata.num_rows))), blob.size);
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const refused = source.refused ?? (cause instanceof OutOfFile ? cause : null);
    const reason = refused?.reason ?? (cause instanceof Error ? cause.message : String(cause));
    throw new AppError('table-invalid', { file, reason }, { cause });
  }
}

interface Column {
  readonly name: string;
  readonly text: (value: unknown) => string;
}

/** The schema is a list in depth-first order; a column is a child of its first entry. */
function topLevelColumns(metadata: FileMetaData): Column[] {
  const durations = durationUnits(metadata);
  const columns: Column[] = [];
  let skip = 0;
  for (const element of metadata.schema.slice(1)) {
    if (skip === 0) columns.push({ name: element.name, text: textOf(element, durations.get(element.name)) });
    skip = Math.max(0, skip - 1) + (element.num_children ?? 0);
  }
  return columns;
}

/**
 * How the values of a column become cells. Takes from a decimal what would make the library round it.
 * @param durationUnit nanoseconds of a unit, where the column holds spans of time
 */
function textOf(element: SchemaElement, durationUnit: bigint | undefined): Column['text'] {
  const { type, logical_type: logical, scale = 0 } = element;
  if (element.num_children || element.repetition_type === 'REPEATED') return cellOf;
  if (durationUnit !== undefined) return counted(durationText, durationUnit);
  if (logical?.type === 'TIME') return counted(timeOfDayText, timeUnits[logical.unit]);
  if (element.converted_type === 'TIME_MILLIS') return counted(timeOfDayText, timeUnits.MILLIS);
  if (element.converted_type === 'TIME_MICROS') return counted(timeOfDayText, timeUnits.MICROS);
  if (element.converted_type === 'DECIMAL' && type !== 'BYTE_ARRAY') {
    delete element.converted_type;
    delete element.logical_type;
    return (value) => (value === null || value === undefined ? '' : decimalText(unscaled(value), scale));
  }
  if (type === 'FLOAT' || type === 'DOUBLE' || logical?.type === 'FLOAT16') {
    const width = type === 'DOUBLE' ? 64 : 32;
    return (value) => (typeof value === 'number' ? floatText(value, width) : cellOf(value));
  }
  if (logical?.type !== 'TIMESTAMP' || !logical.isAdjustedToUTC) return cellOf;
  return (value) => (typeof value === 'string' ? `${value.includes(' ') ? value : `${value} 00:00:00`}+00:00` : '');
}

/** Nanoseconds of Parquet's units. */
const timeUnits = { MILLIS: 1_000_000n, MICROS: 1000n, NANOS: 1n };

/** Cells of a column that counts units of so many nanoseconds. */
const counted =
  (text: (nanoseconds: bigint) => string, unit: bigint): Column['text'] =>
  (value) =>
    typeof value === 'number' || typeof value === 'bigint' ? text(BigInt(value) * unit) : cellOf(value);

/** The whole number of a decimal: as it is, or as bytes in two's complement, the highest first. */
function unscaled(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  const bits = value.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return BigInt.asIntN(8 * value.length, bits);
}
