/** CRC-32 as zip archives have it (ISO 3309, reflected polynomial 0xedb88320), sixteen bytes at a time. */

/** After the byte that is the index, at 256 · k with k more bytes of zero behind it. */
const tables = new Uint32Array(16 * 256);
for (let byte = 0; byte < 256; byte++) {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  tables[byte] = sum;
}
for (let at = 256; at < tables.length; at++) tables[at] = (tables[at - 256]! >>> 8) ^ tables[tables[at - 256]! & 255]!;

/** What four bytes come to with `zeros` bytes behind them. */
const ofWord = (word: number, zeros: number): number =>
  tables[256 * (zeros + 3) + (word & 255)]! ^
  tables[256 * (zeros + 2) + ((word >>> 8) & 255)]! ^
  tables[256 * (zeros + 1) + ((word >>> 16) & 255)]! ^
  tables[256 * zeros + (word >>> 24)]!;

/**
 * @param before the sum of the bytes that these follow
 * @returns a whole number from 0
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  let sum = ~before;
  const upTo = (end: number, from: number) => {
    for (let at = from; at < end; at++) sum = (sum >>> 8) ^ tables[(sum ^ bytes[at]!) & 255]!;
  };
  const first = -bytes.byteOffset & 3;
  const count = (bytes.length - first) >> 4;
  if (count <= 0) upTo(bytes.length, 0);
  else {
    upTo(first, 0);
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset + first, 4 * count);
    for (let at = 0; at < words.length; at += 4)
      sum =
        ofWord(words[at]! ^ sum, 12) ^
        ofWord(words[at + 1]!, 8) ^
        ofWord(words[at + 2]!, 4) ^
        ofWord(words[at + 3]!, 0);
    upTo(bytes.length, first + 16 * count);
  }
  return ~sum >>> 0;
}
