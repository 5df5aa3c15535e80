/** How a prompt goes through the model: in pieces, so that a few programs serve prompts of every length. */

/** Rows of the programs. A prompt goes through the largest as often as it fills it, the rest padded to the fitting one. */
const paddedRows = [256, 64, 16];

/** Rows of the programs where padding is not allowed: each as often as it is filled. */
const exactRows = [256, 64, 16, 4, 1];

/** Tokens of each piece. */
export function piecesOf(length: number, isExact: boolean): number[] {
  const pieces: number[] = [];
  let left = length;
  for (const rows of isExact ? exactRows : paddedRows.slice(0, 1)) for (; left >= rows; left -= rows) pieces.push(rows);
  return left > 0 ? [...pieces, left] : pieces;
}

/** Rows of the program that a piece goes through. */
export const rowsFor = (count: number, isExact: boolean): number =>
  isExact || count === 1 ? count : paddedRows.findLast((rows) => rows >= count)!;
