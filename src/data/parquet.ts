import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetRead } from 'hyparquet';
import {
  decompressBrotli,
  decompressGzip,
  decompressLz4,
  decompressLz4Raw,
  decompressZstd,
} from 'hyparquet-compressors';
import { AppError } from '../errors.ts';
import type { Progress } from './read-table.ts';
import { cellOf, type TableBuilder } from './table.ts';

/** Snappy, the usual one, is built into hyparquet. */
const compressors = {
  GZIP: decompressGzip,
  BROTLI: decompressBrotli,
  // Its second parameter is a buffer, not a length.
  ZSTD: (input: Uint8Array) => decompressZstd(input),
  LZ4: decompressLz4,
  LZ4_RAW: decompressLz4Raw,
};

/**
 * Reads a Parquet file, one row group in memory at a time. Lists and records become their JSON.
 * @throws AppError 'table-invalid'
 */
export async function readParquet(
  blob: Blob,
  file: string,
  builder: TableBuilder,
  onProgress?: Progress,
): Promise<void> {
  const source: AsyncBuffer = {
    byteLength: blob.size,
    slice: (start, end) => blob.slice(start, end).arrayBuffer(),
  };
  try {
    const metadata = await parquetMetadataAsync(source);
    const columns = topLevelColumns(metadata);
    const places = builder.places(columns);
    let rowStart = 0;
    for (const { num_rows } of metadata.row_groups) {
      const rowEnd = rowStart + Number(num_rows);
      const before = rowStart;
      await parquetRead({
        file: source,
        metadata,
        compressors,
        rowStart,
        rowEnd,
        onComplete: (rows) => {
          rows.forEach((values, index) => {
            builder.add(
              before + index + 1,
              columns.map((_, place) => cellOf(values[place])),
              places,
            );
          });
        },
      });
      rowStart = rowEnd;
      onProgress?.(Math.round((blob.size * rowEnd) / Math.max(1, Number(metadata.num_rows))), blob.size);
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('table-invalid', { file, reason }, { cause });
  }
}

/** The schema is a list in depth-first order; a column is a child of its first entry. */
function topLevelColumns({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  let skip = 0;
  for (const { name, num_children: children = 0 } of schema.slice(1)) {
    if (skip === 0) names.push(name);
    skip = Math.max(0, skip - 1) + children;
  }
  return names;
}
