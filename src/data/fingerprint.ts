import { Sha256 } from '../files/sha256.ts';

/** Numbers lie in memory as they are hashed. */
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Values hashed at once. */
const piece = 1 << 15;

/**
 * SHA-256 of numbers one after the other, each as 32 bits, the lowest byte first; floats by their bits. Each part is
 * preceded by its length, so that no value may move from one into the next.
 * @returns 64 hexadecimal digits
 */
export function fingerprintOf(parts: Iterable<ArrayLike<number>>): string {
  const hash = new Sha256();
  const values = new DataView(new ArrayBuffer(4 * piece));
  const whole = new Int32Array(values.buffer);
  let filled = 0;
  const flush = () => {
    hash.update(new Uint8Array(values.buffer, 0, 4 * filled));
    filled = 0;
  };
  const add = (value: number, isFloat: boolean) => {
    if (isFloat) values.setFloat32(4 * filled, value, true);
    else values.setInt32(4 * filled, value, true);
    filled++;
    if (filled === piece) flush();
  };
  for (const part of parts) {
    const isFloat = part instanceof Float32Array;
    add(part.length, false);
    if (isLittleEndian && part instanceof Int32Array && filled + part.length < piece) {
      whole.set(part, filled);
      filled += part.length;
    } else for (let at = 0; at < part.length; at++) add(part[at]!, isFloat);
  }
  flush();
  return hash.hex();
}

/** Whether a fingerprint is of the kind that versions before December 2026 made: 32 bits of FNV-1a. */
export const isEarlierFingerprint = (fingerprint: string): boolean => fingerprint.length === 8;

/** FNV-1a over the `bytes` lowest bytes or, at 4, the two halves of each value, as 8 hexadecimal digits. */
export function earlierFingerprint(values: Iterable<number>, bytes: 1 | 4): string {
  let hash = 0x811c9dc5;
  for (const value of values) {
    hash = Math.imul(hash ^ (bytes === 1 ? value : value & 0xffff), 0x01000193);
    if (bytes === 4) hash = Math.imul(hash ^ (value >>> 16), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
