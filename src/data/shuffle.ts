/**
 * Seeded order of rows. Everything here is a pure function of the seed and the stream numbers, so a resumed run sees
 * the same order without saving a generator's state.
 */

/** Draws uniform integers in [0, 2³²). */
export type RandomSource = () => number;

/**
 * The sfc32 generator (Chris Doty-Humphrey, PractRand: 128 bits of state, passes its tests), seeded from `seed` and any
 * number of stream numbers (epoch, purpose) mixed through the murmur3 finaliser, so that near seeds give unrelated
 * streams. Only 32-bit integer operations: the same on every machine.
 */
export function randomSource(seed: number, ...streams: readonly number[]): RandomSource {
  let mixed = mix32(seed | 0);
  for (const stream of streams) mixed = mix32(mixed ^ mix32((stream + 0x9e3779b9) | 0));
  let a = mixed;
  let b = mix32(mixed ^ 0x85ebca6b);
  let c = mix32(b ^ Math.floor(seed / 2 ** 32));
  let counter = 1;
  const next = () => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  for (let round = 0; round < 12; round++) next();
  return next;
}

/** The numbers 0 … count−1 in a random order (Fisher–Yates), the same for the same seed and streams. */
export function shuffledIndices(count: number, seed: number, ...streams: readonly number[]): Int32Array {
  const random = randomSource(seed, ...streams);
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    // Scaling 32 bits favours some places by at most count / 2³² in relative terms: nothing at these sizes.
    const other = Math.floor((random() / 2 ** 32) * (last + 1));
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
  }
  return order;
}

/** The murmur3 finaliser: every input bit changes each output bit with probability about one half. */
function mix32(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
