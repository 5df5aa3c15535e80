import { readFile, stat } from 'node:fs/promises';
import { foundOut, readingOf, readTable, type TableReading } from '../data/read-table.ts';
import type { Table } from '../data/table.ts';
import { AppError, because } from '../errors.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { missingFile } from './print.ts';
import { resolvePath } from './run-files.ts';

/** The tables that a run config names. */
export interface NamedTables {
  readonly training: Table;
  /** Where validation_strategy is custom. */
  readonly validation?: Table;
}

/** @throws AppError 'run-config-invalid' where no file is named; 'file-missing', and what reading a table throws */
export async function readRunTables(runFile: string, { dataset }: RunConfig): Promise<NamedTables> {
  const table = (name: string, key: string) => {
    if (name === '')
      throw new AppError('run-config-invalid', { key: `${key} of ${runFile}`, reason: because`it names no file` });
    return readTableFile(resolvePath(runFile, name), readingOf(dataset));
  };
  const training = await table(dataset.train_dataframe, 'dataset.train_dataframe');
  if (dataset.validation_strategy !== 'custom') return { training };
  return { training, validation: await table(dataset.validation_dataframe, 'dataset.validation_dataframe') };
}

/** @throws AppError 'file-missing', 'not-a-file', and what reading a table throws */
export async function readTableFile(path: string, reading: TableReading = foundOut): Promise<Table> {
  return readTable(await blobOf(path), { fileName: path, ...reading });
}

/** A file on disk. @throws AppError 'file-missing', 'not-a-file' */
export async function blobOf(path: string): Promise<Blob> {
  const found = await stat(path).catch((cause: unknown) => {
    throw missingFile(path, cause);
  });
  if (!found.isFile()) throw new AppError('not-a-file', { path });
  return new Blob([await readFile(path)]);
}
