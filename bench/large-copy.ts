/** Reading a file whole and writing as many of its bytes as an export of it has. */
import type { Bytes } from '../src/files/source.ts';

export const pieceBytes = 1 << 22;

/** All pieces are read; those behind so many bytes go nowhere. */
export async function* firstBytes(pieces: AsyncIterable<Bytes>, count: number): AsyncGenerator<Bytes> {
  let left = count;
  for await (const piece of pieces) {
    if (left > 0) yield piece.subarray(0, left);
    left -= piece.length;
  }
}
