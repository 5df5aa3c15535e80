import { expect, test } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { planProgram } from './plan.ts';
import { type DeviceProfile, desktop } from './profile.ts';
import { defaultTile, measurableProducts, type ProductShape, productClass, tileCandidates } from './tile-table.ts';
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

test('a large product has 8 × 8 outputs a thread where the device has registers for them, whatever its own width', () => {
  const many = { ...desktop, manyRegisters: true };
  const forward = { m: 1024, k: 896, transposeA: false, transposeB: true, bType: 'bf16' } as const;
  const outputsOf = (product: ProductShape, profile: DeviceProfile = many): number => {
    const { threadM, threadN } = defaultTile(product, profile);
    return threadM * threadN;
  };
  expect(outputsOf({ ...forward, n: 896 })).toBe(64);
  expect(outputsOf({ ...forward, n: 128 }), 'in a dispatch with the one above').toBe(64);
  expect(outputsOf({ ...forward, n: 896 }, desktop)).toBe(32);
  expect(outputsOf({ ...forward, m: 64, n: 896 }), 'too few rows').toBe(32);
  expect(outputsOf({ ...forward, k: 128, n: 352 }), 'a model for trying out').toBe(32);
  const narrow = { ...forward, n: 16 };
  expect(defaultTile(narrow, many)).toBe(tileCandidates(narrow, many)[0]);
});
