import { BlockHash } from './block-hash.ts';

/** SHA-1 (FIPS 180-4) of bytes that come in pieces: what git names files by. */
export class Sha1 extends BlockHash {
  constructor() {
    super(Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0), 80);
  }

  protected compress(bytes: Uint8Array, at: number): void {
    const w = this.load(bytes, at);
    for (let i = 16; i < 80; i++) w[i] = rotated(w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!, 1);
    const s = this.state;
    let a = s[0]!;
    let b = s[1]!;
    let c = s[2]!;
    let d = s[3]!;
    let e = s[4]!;
    for (let i = 0; i < 80; i++) {
      const next = (rotated(a, 5) + mixed(i, b, c, d) + e + constants[(i / 20) | 0]! + w[i]!) | 0;
      e = d;
      d = c;
      c = rotated(b, 30);
      b = a;
      a = next;
    }
    s[0]! += a;
    s[1]! += b;
    s[2]! += c;
    s[3]! += d;
    s[4]! += e;
  }
}

const constants = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

function mixed(round: number, b: number, c: number, d: number): number {
  if (round < 20) return (b & c) | (~b & d);
  if (round >= 40 && round < 60) return (b & c) | (b & d) | (c & d);
  return b ^ c ^ d;
}

/** The hash under which git keeps a file of so many bytes, before the first of them is added. */
export const gitHash = (sizeBytes: number): Sha1 => new Sha1().update(new TextEncoder().encode(`blob ${sizeBytes}\0`));
