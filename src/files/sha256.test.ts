import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Sha256, sha256 } from './sha256.ts';

it('hashes as the platform does, however the bytes are cut', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300), { maxLength: 5 }), (bytes, cuts) => {
      const hash = new Sha256();
      let at = 0;
      for (const cut of [...cuts, 300].sort((a, b) => a - b)) {
        hash.update(bytes.subarray(at, cut));
        at = cut;
      }
      const expected = createHash('sha256').update(bytes).digest('hex');
      expect(hash.hex()).toBe(expected);
      expect(sha256(bytes)).toBe(expected);
    }),
    { numRuns: 300 },
  ));
