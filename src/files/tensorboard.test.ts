import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { eventFile } from './tensorboard.ts';

test("an event file is byte for byte what TensorBoard's own writer makes of the same scalars", () => {
  const scalars = [
    { tag: 'train/loss', step: 0, value: 2.5, time: 1700000000.25 },
    { tag: 'train/loss', step: 1, value: 1.25, time: 1700000001.5 },
    { tag: 'train/loss', step: 2, value: Number.NaN, time: 1700000001.75 },
    { tag: 'train/learning_rate', step: 300, value: 1e-4, time: 1700000002 },
    { tag: '検証/loss', step: 100_000, value: 1 / 3, time: 1700000003.125 },
  ];
  const golden = readFileSync(new URL('golden/tensorboard.events', import.meta.url));
  expect(Buffer.from(eventFile(scalars, 1700000000)).toString('hex')).toBe(golden.toString('hex'));
});
