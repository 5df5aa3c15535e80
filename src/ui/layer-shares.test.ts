import { expect, test } from 'vitest';
import type { ParameterRow } from '../worker/protocol.ts';
import { layerShares, stretches } from './layer-shares.ts';

const row = (layer: number | null, size: number) => ({ layer, size }) as ParameterRow;
const parameters = [row(null, 1000), row(0, 30), row(0, 10), row(1, 30), row(1, 10), row(2, 30), row(2, 10)];

test('of each layer the share is by parameters, what is in no layer left out', () => {
  const states = ['train', 'train', 'frozen', 'frozen', 'adapter', 'frozen', 'adapter'] as const;
  expect(layerShares(parameters, 3, states)).toEqual([
    { trained: 0.75, adapted: 0 },
    { trained: 0, adapted: 0.25 },
    { trained: 0, adapted: 0.25 },
  ]);
});

test('layers alike are told as one stretch', () => {
  const states = ['frozen', 'frozen', 'frozen', 'adapter', 'adapter', 'adapter', 'adapter'] as const;
  expect(stretches(layerShares(parameters, 3, states))).toEqual([
    { from: 0, to: 0, share: { trained: 0, adapted: 0 } },
    { from: 1, to: 2, share: { trained: 0, adapted: 1 } },
  ]);
});
