import { afterAll, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { f32ToBytes } from '../files/half.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { quantise } from '../graph/quantisation.ts';
import { opCase, seededNumbers } from '../graph/reference/case-data.ts';
import { checkExecutor } from '../graph/reference/cases.ts';
import type { WeightDType } from '../graph/types.ts';
import { requestDevice } from './device.ts';
import { createWebGpuExecutor } from './executor.ts';

const gpuDevice = await requestDevice(await createNodeGpu({ backend: 'software' }));
afterAll(() => gpuDevice.health.destroy());

const [experts, out, width] = [6, 16, 128];

/** An executor that may bind so little that two experts fill a binding. */
function twoByTwo(dtype: WeightDType) {
  const expertBytes = dtype === 'nf4' ? out * Math.ceil(width / 64) * 36 : out * width * 4;
  const profile = { ...gpuDevice.profile, maxStorageBufferBindingSize: 2.5 * expertBytes };
  return createWebGpuExecutor({ ...gpuDevice, profile });
}

it.each(['f32', 'nf4'] as const)(
  'experts in %s that lie in several bindings are multiplied by as one',
  async (dtype) => {
    const products = opCase(`experts in bindings of two, ${dtype}`, width, (data) => {
      const ends = data.integers('ends', [experts], [1, 2, 2, 3, 3, 5]);
      const weights = data.parameter('weights', [experts, out, width], { dtype });
      const [x, dy] = [data.input('x', [5, width]), data.input('dy', [5, out])];
      if (dtype === 'f32') {
        const sum = data.parameter('sum', [experts, out, width], { kind: 'gradient' });
        const gradient = data.builder.node('expert_matmul_backward', [dy, x, ends], {});
        data.builder.accumulate(sum, gradient, data.input('keep', [], [1]));
      }
      return {
        y: data.builder.node('expert_matmul', [x, weights, ends], { transposed: false }),
        dx: data.builder.node('expert_matmul', [dy, weights, ends], { transposed: true }),
      };
    });
    await checkExecutor(twoByTwo(dtype), products);
  },
);

it('makes blocks of experts that come in pieces which end inside of one', async () => {
  const session = twoByTwo('nf4').createSession();
  const builder = new GraphBuilder();
  const weights = builder.parameter('weights', { shape: [experts, out, width], dtype: 'nf4' }, 'weight');
  const x = builder.input('x', { shape: [1, width], dtype: 'f32' });
  const ends = builder.input('ends', { shape: [experts], dtype: 'i32' });
  session.define(
    'product',
    builder.finish({ y: builder.node('expert_matmul', [x, weights, ends], { transposed: false }) }),
  );
  const values = Float32Array.from(seededNumbers('experts', experts * out * width));
  const bytes = f32ToBytes(values, 'F32');
  const step = 14 * width * 4;
  for (let at = 0; at < bytes.length; at += step)
    session.quantise('weights', bytes.subarray(at, at + step), 'f32', at / (width * 4));
  const read = await session.read('weights');
  expect(new Uint32Array(read.slice().buffer)).toEqual(quantise(values, width, 'nf4'));
  session.dispose();
});
