/** A hash of the family of SHA-1 and SHA-256: blocks of 64 bytes, the length in bits at the end. */
export abstract class BlockHash {
  protected readonly schedule: Int32Array;
  private readonly block = new Uint8Array(64);
  private filled = 0;
  private length = 0;

  /** @param state signed words throughout: engines keep those out of the heap */
  constructor(
    protected readonly state: Int32Array,
    rounds: number,
  ) {
    this.schedule = new Int32Array(rounds);
  }

  protected abstract compress(bytes: Uint8Array, at: number): void;

  update(bytes: Uint8Array): this {
    this.length += bytes.length;
    let at = 0;
    if (this.filled > 0) {
      at = Math.min(64 - this.filled, bytes.length);
      this.block.set(bytes.subarray(0, at), this.filled);
      this.filled += at;
      if (this.filled < 64) return this;
      this.compress(this.block, 0);
      this.filled = 0;
    }
    for (; at + 64 <= bytes.length; at += 64) this.compress(bytes, at);
    this.block.set(bytes.subarray(at));
    this.filled = bytes.length - at;
    return this;
  }

  /** The hash as hexadecimal digits. Nothing may be added afterwards. */
  hex(): string {
    return hexOf(this.bytes());
  }

  /** The hash as bytes, four of each word of the state. Nothing may be added afterwards. */
  bytes(): Uint8Array {
    const bits = BigInt(this.length) * 8n;
    const tail = new Uint8Array((this.filled < 56 ? 64 : 128) - this.filled);
    tail[0] = 0x80;
    new DataView(tail.buffer).setBigUint64(tail.length - 8, bits);
    this.update(tail);
    const hash = new DataView(new ArrayBuffer(4 * this.state.length));
    for (const [index, word] of this.state.entries()) hash.setInt32(4 * index, word);
    return new Uint8Array(hash.buffer);
  }

  /** The block at `at` as the first 16 words of the schedule. */
  protected load(bytes: Uint8Array, at: number): Int32Array {
    for (let i = 0, p = at; i < 16; i++, p += 4) {
      this.schedule[i] = (bytes[p]! << 24) | (bytes[p + 1]! << 16) | (bytes[p + 2]! << 8) | bytes[p + 3]!;
    }
    return this.schedule;
  }
}

export const hexOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
