/** How much a table may be: what a file of few bytes can ask for has to end in an error, not in all memory. */
import { AppError } from '../errors.ts';

/** Far above what people give names to; Excel has 16,384. */
export const mostColumns = 5000;

/** Cells that any file may have, and for each of its bytes: a packed table of numbers has several cells a byte. */
const cellsOfAnyFile = 4 << 20;
const cellsPerByte = 8;

/** Characters likewise: a packed column repeats a text for a byte or two. */
const charactersOfAnyFile = 64 << 20;
const charactersPerByte = 64;

/** Characters of a cell, or of a line of plain text. */
export const longestCell = 32 << 20;

/** Characters of a text that is read as a whole: V8 holds no longer one. */
export const longestText = 0x1fffffe8;

/** @throws AppError 'table-too-wide' */
export function requireColumns(file: string, columns: number): void {
  if (columns > mostColumns) throw new AppError('table-too-wide', { file, most: mostColumns });
}

/** @param bytes of the file @throws AppError 'table-too-sparse' */
export function requireCells(file: string, bytes: number, rows: number, columns: number): void {
  if (rows * columns > cellsOfAnyFile + cellsPerByte * bytes)
    throw new AppError('table-too-sparse', { file, rows, columns });
}

/** @throws AppError 'table-too-sparse' */
export function requireCharacters(
  file: string,
  bytes: number,
  characters: number,
  rows: number,
  columns: number,
): void {
  if (characters > charactersOfAnyFile + charactersPerByte * bytes)
    throw new AppError('table-too-sparse', { file, rows, columns });
}

/** @throws AppError 'cell-too-long' */
export function requireCell(file: string, row: number, length: number): void {
  if (length > longestCell) throw new AppError('cell-too-long', { file, row, most: longestCell });
}
