import { mix32 } from '../graph/random.ts';

/**
 * The two seed words of one micro-step's dropout: a pure function of (run seed, update, micro-step), so that a resumed
 * run drops the same elements as one without a break.
 */
export function stepSeed(seed: number, step: number, microStep: number): Uint32Array<ArrayBuffer> {
  const first = mix32((mix32(seed) + step) >>> 0);
  const second = mix32((mix32((first ^ 0x9e3779b9) >>> 0) + microStep) >>> 0);
  return Uint32Array.of(first, second);
}
