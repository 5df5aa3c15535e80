/** ggml's Q4_0: of each 32 values an f16 scale, then 16 bytes: value i in the low half of byte i, value 16 + i in the high. */
import { f16ToF32 } from './half.ts';

const [valuesInBlock, blockBytes] = [32, 18];

export function decodeQ4(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const blocks = bytes.length / blockBytes;
  const out = new Float32Array(blocks * valuesInBlock);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let block = 0; block < blocks; block++) {
    const [at, to] = [block * blockBytes, block * valuesInBlock];
    const scale = f16ToF32(view.getUint16(at, true));
    for (let i = 0; i < 16; i++) {
      const byte = bytes[at + 2 + i]!;
      out[to + i] = scale * ((byte & 15) - 8);
      out[to + 16 + i] = scale * ((byte >> 4) - 8);
    }
  }
  return out;
}
