/** What has come to NaN stays NaN to the loss of an evaluation, through what bounds numbers. */
import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Activation, Graph } from '../graph/types.ts';
import type { Feeds, Outputs } from '../plan/executor.ts';
import { requestDevice } from './device.ts';
import { createWebGpuExecutor } from './executor.ts';

const gpuDevice = await requestDevice(await createNodeGpu({ backend: 'software' }));
afterAll(() => gpuDevice.health.destroy());

async function outputsOf(graph: Graph, feeds: Feeds, software = true): Promise<Outputs> {
  const profile = { ...gpuDevice.profile, software };
  const session = createWebGpuExecutor({ ...gpuDevice, profile }).createSession();
  session.define('program', graph);
  const outputs = await session.run('program', feeds);
  session.dispose();
  return outputs;
}

const activations = ['silu', 'gelu', 'gelu_tanh', 'relu', 'tanh', 'sigmoid', 'softplus', 'log1mexp'] as const;

describe('NaN stays NaN', () => {
  // Four values are one vector; seven are taken one by one.
  it.each(activations.flatMap((name) => [4, 7].map((count): [Activation, number] => [name, count])))(
    'through %s, %i values',
    async (name, count) => {
      const builder = new GraphBuilder();
      const x = builder.input('x', { shape: [count], dtype: 'f32' });
      const values = new Float32Array(count).fill(-1);
      values[2] = Number.NaN;
      const { y } = await outputsOf(builder.finish({ y: builder.activation(x, name) }), { x: values });
      expect(Array.from(y!, Number.isNaN)).toEqual(Array.from(values, Number.isNaN));
    },
  );

  it.each([true, false])('through bounded logits (software %s)', async (software) => {
    const builder = new GraphBuilder();
    const [hidden, head] = [
      builder.input('hidden', { shape: [3, 8], dtype: 'f32' }),
      builder.input('head', { shape: [5, 8], dtype: 'f32' }),
    ];
    const labels = builder.input('labels', { shape: [3], dtype: 'i32' });
    const loss = builder.crossEntropy(hidden, head, labels, builder.constant(1), { softCap: 30 });
    const feeds = {
      hidden: new Float32Array(24).fill(0.5),
      head: new Float32Array(40).fill(0.25),
      labels: Int32Array.of(1, 2, 3),
    };
    const graph = builder.finish({ loss });
    expect((await outputsOf(graph, feeds, software)).loss![0]).toBeCloseTo(3 * Math.log(5), 4);
    feeds.hidden[9] = Number.NaN;
    expect((await outputsOf(graph, feeds, software)).loss![0]).toBeNaN();
  });

  it('through the largest of a window', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', { shape: [16, 1], dtype: 'f32' });
    const window = { batch: 1, channels: 1, height: 4, width: 4, kernel: 2, stride: 2, padding: 0 };
    const values = Float32Array.from({ length: 16 }, (_, i) => i);
    values[0] = Number.NaN;
    const { y } = await outputsOf(builder.finish({ y: builder.node('max_pool', [x], window) }), { x: values });
    expect(Array.from(y!)).toEqual([Number.NaN, 7, 13, 15]);
  });
});

describe.runIf(gpuDevice.profile.features.f16)('operands rounded to f16', () => {
  it.each([
    [1e5, 8 * 65504],
    [-1e5, -8 * 65504],
    [Number.POSITIVE_INFINITY, 8 * 65504],
    [Number.NaN, Number.NaN],
  ])('of %d multiply as the nearest number that f16 has: %d', async (value, expected) => {
    const builder = new GraphBuilder();
    const x = builder.input('x', { shape: [16, 8], dtype: 'f32' });
    const w = builder.input('w', { shape: [12, 8], dtype: 'f32' });
    const executor = createWebGpuExecutor({ ...gpuDevice, profile: { ...gpuDevice.profile, software: false } });
    const session = executor.createSession({ halfProducts: true });
    session.define('program', builder.finish({ y: builder.matmul(x, w, { transposeB: true }) }));
    const { y } = await session.run('program', {
      x: new Float32Array(128).fill(value),
      w: new Float32Array(96).fill(1),
    });
    session.dispose();
    expect(y).toEqual(new Float32Array(192).fill(expected));
  });
});
