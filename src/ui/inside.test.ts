import { expect, test } from 'vitest';
import type { Inside, ParameterRow } from '../worker/protocol.ts';
import { layerOf, movedCsv, movedInTree, movedLayers } from './inside.ts';

const weight = (name: string, gradient: number | null, change: number | null, norm: number | null) => ({
  ...{ name, gradient, change, norm },
});
const look: Inside = {
  step: 4,
  weights: [
    weight('model.layers.0.mlp.up_proj.weight', 3, 0.3, 4),
    weight('model.layers.0.mlp.down_proj.weight', 0, 0.4, 3),
    weight('model.layers.10.mlp.up_proj.weight', 4, null, null),
  ],
};

test('norms of a group are those of its weights side by side', () => {
  const [first, second] = movedLayers(look);
  expect(first).toEqual({ layer: 'model.layers.0', change: expect.closeTo(0.1, 12), share: expect.closeTo(0.36, 12) });
  expect(second).toEqual({ layer: 'model.layers.10', change: null, share: expect.closeTo(0.64, 12) });
});

test('a layer ends with the first number of a path; what has none stands for itself', () => {
  expect(layerOf('model.language_model.layers.3.experts.7.w1.weight')).toBe('model.language_model.layers.3');
  expect(layerOf('features.0.weight')).toBe('features.0');
  expect(layerOf('lm_head.weight')).toBe('lm_head');
  expect(layerOf('prompt_embeddings')).toBe('prompt_embeddings');
});

test('a row of the tree without a trained parameter has no bars', () => {
  const parameters = [...look.weights, { name: 'model.norm.weight' }] as unknown as ParameterRow[];
  const movedOf = movedInTree(look, parameters);
  expect(movedOf([3])).toBeNull();
  expect(movedOf([0, 1, 3])).toEqual({ change: expect.closeTo(0.1, 12), share: expect.closeTo(0.36, 12) });
});

test('without a gradient there is no share, and the CSV leaves its cells empty', () => {
  const gone = { step: 4, weights: [weight('a.weight', null, 1, 2)] };
  expect(movedLayers(gone)).toEqual([{ layer: 'a', change: 0.5, share: null }]);
  expect(movedCsv([gone]).split('\r\n')[1]).toBe('4,a.weight,,,1,2,0.5');
});
