import { mix32 } from '../graph/random.ts';

/** Indices 0 … length − 1 in an order that is a pure function of the seed (Fisher–Yates). */
export function permutation(length: number, seed: number): number[] {
  const order = Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const draw = mix32((mix32(last) ^ mix32(seed >>> 0)) >>> 0);
    const other = Math.floor((draw / 2 ** 32) * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
