import type { Progress } from '../../data/progress.ts';
import type { TableReading } from '../../data/read-table.ts';
import type { Table } from '../../data/table.ts';
import { readApart } from './read-apart.ts';

/** `readTables`, in a worker of its own. */
export function readTableApart(
  blobs: readonly Blob[],
  fileName: string,
  { encoding, delimiter }: TableReading,
  onProgress?: Progress,
): Promise<Table> {
  const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
  const given = { blobs, fileName, reading: { encoding, delimiter } };
  return readApart('table', given, { file: fileName, bytes, ...(onProgress && { onProgress }) });
}
