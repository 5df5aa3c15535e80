import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { gitHash, Sha1 } from './sha1.ts';

describe('SHA-1', () => {
  it('is what Node reckons, of any length and in any pieces', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 37) & 255);
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 300]) {
      const part = bytes.subarray(0, length);
      const inPieces = new Sha1();
      for (let at = 0; at < length; at += 17) inPieces.update(part.subarray(at, Math.min(length, at + 17)));
      const expected = createHash('sha1').update(part).digest('hex');
      expect([new Sha1().update(part).hex(), inPieces.hex()]).toEqual([expected, expected]);
    }
  });

  it('names a file as git does', () => {
    // printf 'hello\n' | git hash-object --stdin
    expect(gitHash(6).update(new TextEncoder().encode('hello\n')).hex()).toBe(
      'ce013625030ba8dba906f756967f9e9ca394464a',
    );
  });
});
