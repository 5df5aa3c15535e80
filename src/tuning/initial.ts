/** What fresh adapter parameters start from. */
import { mix32, siteKey } from '../graph/random.ts';
import { elementCount } from '../graph/types.ts';

export type Initial =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'uniform'; readonly bound: number };

/**
 * The values a fresh adapter parameter starts from, a pure function of (seed, name, index): the same adapter on every
 * machine, whatever else is trained.
 */
export function initialValues(
  { name, shape, init }: { readonly name: string; readonly shape: readonly number[]; readonly init: Initial },
  seed: number,
): Float32Array {
  const values = new Float32Array(elementCount(shape));
  if (init.kind === 'constant') return values.fill(init.value);
  const key = mix32((siteKey(name) ^ mix32(seed >>> 0)) >>> 0);
  // 24 bits of each draw: every f32 in the range is then equally likely. Half a step keeps it clear of both ends.
  for (let index = 0; index < values.length; index++)
    values[index] = init.bound * (((mix32((mix32(index) ^ key) >>> 0) >>> 8) + 0.5) / 2 ** 23 - 1);
  return values;
}
