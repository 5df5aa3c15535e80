/**
 * SHA-256 (FIPS 180-4) of bytes that come in pieces. The browser's own digest wants them all at once, which a file of
 * weights is too large for.
 */
import { BlockHash } from './block-hash.ts';

/** The first 32 bits of the fractional parts of roots of the first primes: square roots (state), cube roots (rounds). */
function primeRootBits(count: number, root: (prime: number) => number): Int32Array {
  const out = new Int32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let prime = true;
    for (let d = 2; d * d <= candidate; d++) if (candidate % d === 0) prime = false;
    if (!prime) continue;
    const value = root(candidate);
    out[found++] = ((value - Math.floor(value)) * 2 ** 32) | 0;
  }
  return out;
}

const initial = primeRootBits(8, Math.sqrt);
const rounds = primeRootBits(64, Math.cbrt);

export class Sha256 extends BlockHash {
  constructor() {
    super(initial.slice(), 64);
  }

  protected compress(bytes: Uint8Array, at: number): void {
    const w = this.load(bytes, at);
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15]!;
      const y = w[i - 2]!;
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
    }
    const s = this.state;
    let a = s[0]!;
    let b = s[1]!;
    let c = s[2]!;
    let d = s[3]!;
    let e = s[4]!;
    let f = s[5]!;
    let g = s[6]!;
    let h = s[7]!;
    for (let i = 0; i < 64; i++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + rounds[i]! + w[i]!) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    s[0]! += a;
    s[1]! += b;
    s[2]! += c;
    s[3]! += d;
    s[4]! += e;
    s[5]! += f;
    s[6]! += g;
    s[7]! += h;
  }
}

/** SHA-256 of bytes at hand, by the browser's own digest, which pages without https: lack. */
export async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto;
  return subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : new Sha256().update(bytes).bytes();
}

/** SHA-256 of bytes at hand, as hexadecimal digits: also the fingerprint of a data file. */
export function sha256(bytes: Uint8Array): string {
  return new Sha256().update(bytes).hex();
}
