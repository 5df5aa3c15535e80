import { expect, test } from 'vitest';
import { crash } from './crash-runs.ts';

test('a run that is killed, in the write of its last checkpoint too, comes to what it would have, bit for bit', async () => {
  const { differing, compared, kills } = await crash(4, 7, 30, 2);
  expect(differing).toEqual([]);
  expect(kills).toBe(4);
  expect(compared).toBeGreaterThan(10);
}, 600_000);
