import { expect, test } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { planProgram } from './plan.ts';
import { desktop } from './profile.ts';
import { measurableProducts, productClass } from './tile-table.ts';
import { matmulTile } from './tiles.ts';

const [rows, experts, out, width] = [181, 6, 96, 128];

function expertProduct() {
  const builder = new GraphBuilder();
  const x = builder.input('x', { shape: [rows, width], dtype: 'f32' });
  const weights = builder.parameter('weights', { shape: [experts, out, width], dtype: 'f32' }, 'weight');
  const ends = builder.input('ends', { shape: [experts], dtype: 'i32' });
  return builder.finish({ y: builder.node('expert_matmul', [x, weights, ends], { transposed: false }) });
}

test.each([
  ['one binding', desktop],
  ['bindings of two', { ...desktop, maxStorageBufferBindingSize: 2.5 * out * width * 4 }],
])('a product by experts in %s is measured by the rows whose tile it takes', (_, profile) => {
  const shape = { m: 31, n: out, k: width, transposeA: false, transposeB: true, bType: 'f32' } as const;
  const plan = planProgram(expertProduct(), profile);
  expect([...measurableProducts(plan)]).toEqual([[productClass(shape), shape]]);
  for (const { spec } of plan.dispatches)
    if (spec.kernel === 'matmul') expect(spec.tile).toEqual(matmulTile(shape, profile));
});
