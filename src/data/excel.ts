import { readSheet } from 'read-excel-file/universal';
import { AppError } from '../errors.ts';
import { cellOf, columnNames, type TableBuilder } from './table.ts';

/**
 * Reads the first sheet of an Excel file (.xlsx); the first row that is not empty is the header. Formulas give the values
 * that they had when the file was saved.
 * @throws AppError 'table-invalid'
 */
export async function readExcel(blob: Blob, file: string, builder: TableBuilder): Promise<void> {
  let places: readonly number[] | null = null;
  for (const [index, values] of (await sheetRows(blob, file)).entries()) {
    const cells = values.map(cellOf);
    if (cells.every((cell) => cell.trim() === '')) continue;
    if (places) builder.add(index + 1, cells, places);
    else places = builder.places(columnNames(cells));
  }
}

async function sheetRows(blob: Blob, file: string): Promise<readonly (readonly unknown[])[]> {
  try {
    return await readSheet(await blob.arrayBuffer());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('table-invalid', { file, reason }, { cause });
  }
}
