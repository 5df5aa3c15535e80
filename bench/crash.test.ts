import { expect, test } from 'vitest';
import { crash, crashKinds } from './crash-runs.ts';

/** Draws kills on the way, and one in the write of the last checkpoint. */
const seed = 198;

test('a run that is killed, in the write of its last checkpoint too, comes to what it would have, bit for bit', async () => {
  const { differing, compared, kills } = await crash(10, seed, {
    steps: 30,
    killsOfChain: 5,
    kinds: crashKinds.slice(1),
  });
  expect(differing).toEqual([]);
  expect(kills).toBe(10);
  expect(compared).toBeGreaterThan(10);
}, 600_000);
