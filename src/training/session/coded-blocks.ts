/** Matrices that bitsandbytes published, as blocks that are computed with: the same codes and scales, in another order. */
import type { Bytes } from '../../files/source.ts';
import type { CodedTensor } from '../../files/tensor-info.ts';
import { blocksInRow, blockValues, blockWords, levelsOf, type QuantisedDType } from '../../graph/quantisation.ts';

/**
 * The type whose blocks hold a matrix as it is published: each row is whole blocks, and each block has one scale. Undefined
 * where it is not so, or its levels are others: it is then kept as what its values are read as.
 */
export function blocksOf({ type, shape, blockSize, levels }: CodedTensor): QuantisedDType | undefined {
  if (type === 'int8') return 'int8';
  const inBlocks = shape[1] % blockValues === 0 && blockSize % blockValues === 0;
  return inBlocks && levelsOf[type]!.every((level, code) => level === levels[code]) ? type : undefined;
}

/** The blocks of whole rows, in pieces of about `pieceBytes`. */
export async function* streamBlocks(tensor: CodedTensor, pieceBytes: number): AsyncGenerator<Bytes> {
  const { type, shape, blockSize } = tensor;
  const [rows, width] = shape;
  const scales = await tensor.scales();
  const codeBytes = type === 'int8' ? 1 : 1 / 2;
  const blocks = blocksInRow(width);
  const blockBytes = 4 * blockWords[type];
  const rowsAtOnce = Math.max(1, Math.floor(pieceBytes / (blocks * blockBytes)));
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const end = Math.min(rows, first + rowsAtOnce);
    const codes = await tensor.codes(first * width * codeBytes, end * width * codeBytes);
    if (type !== 'int8') swapHalves(codes);
    const out = new Uint8Array((end - first) * blocks * blockBytes);
    const view = new DataView(out.buffer);
    let at = 0;
    for (let row = first; row < end; row++)
      for (let column = 0; column < width; column += blockValues) {
        view.setFloat32(at, scales[Math.floor((row * width + column) / blockSize)]!, true);
        const from = ((row - first) * width + column) * codeBytes;
        out.set(codes.subarray(from, from + Math.min(blockValues, width - column) * codeBytes), at + 4);
        at += blockBytes;
      }
    yield out;
  }
}

/** Blocks have the first of two codes in the low half of a byte. */
function swapHalves(codes: Bytes): void {
  for (let i = 0; i < codes.length; i++) codes[i] = ((codes[i]! & 15) << 4) | (codes[i]! >> 4);
}
