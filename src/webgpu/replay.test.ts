import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { seededNumbers } from '../graph/reference/case-data.ts';
import { checkExecutor, opCases } from '../graph/reference/cases.ts';
import { planProgram } from '../plan/plan.ts';
import { requestDevice } from './device.ts';
import { createWebGpuExecutor } from './executor.ts';

const gpuDevice = await requestDevice(await createNodeGpu({ backend: 'software' }));
const executor = createWebGpuExecutor(gpuDevice);
afterAll(() => executor.dispose());

const vector = (name: string, count: number) => Float32Array.from(seededNumbers(name, count));

/** y = x·wᵀ, with w bf16 or f32. */
function product(rows: number, width: number, outputs: number, dtype: 'f32' | 'bf16' = 'f32') {
  const builder = new GraphBuilder();
  const x = builder.input('x', { shape: [rows, width], dtype: 'f32' });
  const w = builder.parameter('w', { shape: [outputs, width], dtype }, 'weight');
  return builder.finish({ y: builder.matmul(x, w, { transposeB: true }) });
}

describe('runs of one program', () => {
  it('give the same bits in two sessions, twice each', async () => {
    const layer = opCases.find(({ name }) => name.startsWith('decoder layer'))!.build();
    const results: string[] = [];
    for (let i = 0; i < 2; i++) {
      const session = executor.createSession();
      session.define('step', layer.graph);
      for (const [name, { bytes }] of layer.parameters) session.write(name, bytes);
      await session.compile('step');
      for (let run = 0; run < 2; run++) {
        const outputs = await session.run('step', { ...layer.feeds, keep: new Float32Array(1) });
        const written = await Promise.all(layer.written.map((name) => session.read(name)));
        const all = [...Object.values(outputs).map((values) => new Uint8Array(values.buffer)), ...written];
        results.push(all.map((bytes) => Buffer.from(bytes).toString('base64')).join());
      }
      session.dispose();
    }
    expect(new Set(results).size).toBe(1);
    // A cold lavapipe compiles some thirty kernels of a layer one after the other.
  }, 600_000);

  it('in flight together keep their own inputs and outputs, in the order of the calls', async () => {
    const session = executor.createSession();
    session.define('product', product(1, 4, 1));
    session.write('w', new Uint8Array(Float32Array.of(1, 10, 100, 1000).buffer));
    const runs = Array.from({ length: 7 }, (_, i) => session.run('product', { x: new Float32Array(4).fill(i) }));
    expect((await Promise.all(runs)).map(({ y }) => y![0])).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => i * 1111));
    session.dispose();
  });

  it('go on after a larger program has made the shared pool anew', async () => {
    const session = executor.createSession();
    session.define('small', product(2, 8, 4));
    session.write('w', new Uint8Array(vector('w', 32).buffer));
    const x = vector('x', 16);
    const before = await session.run('small', { x });
    session.define('large', product(300, 8, 4));
    const large = await session.run('large', { x: vector('x', 2400) });
    expect(large.y).toHaveLength(1200);
    expect(await session.run('small', { x })).toEqual(before);
    session.dispose();
  });
});

it('a value may be both operands of a product, a sum and a factor', async () => {
  const builder = new GraphBuilder();
  const t = builder.activation(builder.input('x', { shape: [4, 4], dtype: 'f32' }), 'relu');
  const outputs = { square: builder.mul(t, t), product: builder.matmul(t, t), double: builder.add(t, t) };
  const session = executor.createSession();
  session.define('twice', builder.finish(outputs));
  const { square, product: matrix, double } = await session.run('twice', { x: new Float32Array(16).fill(3) });
  expect([square![5], matrix![5], double![5]]).toEqual([9, 36, 6]);
  session.dispose();
});

it('moments of codes are updated alike where tensors lie in segments of rows', async () => {
  const opCase = opCases.find(({ name }) => name === 'adamw_8bit [8,512], clipped')!;
  const profile = { ...gpuDevice.profile, maxStorageBufferBindingSize: 4096 };
  const plan = planProgram(opCase.build().graph, profile);
  expect(plan.dispatches.length).toBeGreaterThan(3);
  expect(plan.cost.largestBinding).toBeLessThanOrEqual(4096);
  await checkExecutor(createWebGpuExecutor({ ...gpuDevice, profile }), opCase);
});

describe('the bytes of a parameter', () => {
  /** Larger than one binding may be: the tensor lies in segments of 2 rows. */
  const tight = { ...gpuDevice.profile, maxStorageBufferBindingSize: 1024 };

  it.each([
    ['one buffer', gpuDevice.profile],
    ['segments of rows', tight],
  ])('come back as they were written, in pieces at odd places, from %s', async (_, profile) => {
    const narrow = createWebGpuExecutor({ ...gpuDevice, profile });
    const session = narrow.createSession();
    // 7 rows of 131 bf16 values: rows and segments end inside 4-byte words.
    session.define('product', product(1, 131, 7, 'bf16'));
    const bytes = Uint8Array.from({ length: 7 * 131 * 2 }, (_, i) => (i * 37 + 11) & 0x3f);
    for (let at = 0; at < bytes.length; at += 97) session.write('w', bytes.subarray(at, at + 97), at);
    expect(await session.read('w')).toEqual(bytes);
    session.dispose();
  });

  it('in segments multiply as in one buffer', async () => {
    const x = vector('x', 131);
    const bytes = Uint8Array.from({ length: 7 * 131 * 2 }, (_, i) => (i % 2 === 0 ? i & 0xff : 0x3f));
    const outputs = await Promise.all(
      [gpuDevice.profile, tight].map(async (profile) => {
        const session = createWebGpuExecutor({ ...gpuDevice, profile }).createSession();
        session.define('product', product(1, 131, 7, 'bf16'));
        session.write('w', bytes);
        const { y } = await session.run('product', { x });
        session.dispose();
        return y;
      }),
    );
    expect(outputs[1]).toEqual(outputs[0]);
  });

  it('in segments have rows as long as in one buffer', async () => {
    const bytes = Uint8Array.from({ length: 7 * 131 * 2 }, (_, i) => (i % 2 === 0 ? i & 0xff : 0x3f));
    const builder = new GraphBuilder();
    const weight = builder.parameter('w', { shape: [7, 131], dtype: 'bf16' }, 'weight');
    const [a, b] = [vector('a', 3 * 131), vector('b', 7 * 3)];
    const inverse = builder.inverseNorm(
      weight,
      builder.input('a', { shape: [3, 131], dtype: 'f32' }),
      builder.input('b', { shape: [7, 3], dtype: 'f32' }),
      0.5,
      false,
    );
    const outputs = await Promise.all(
      [gpuDevice.profile, tight].map(async (profile) => {
        const session = createWebGpuExecutor({ ...gpuDevice, profile }).createSession();
        session.define('norms', builder.finish({ inverse }));
        session.write('w', bytes);
        const { inverse: read } = await session.run('norms', { a, b });
        session.dispose();
        return read;
      }),
    );
    expect(outputs[1]).toEqual(outputs[0]);
    expect(new Set(outputs[0]).size).toBe(7);
  });

  it('are zeros before anything is written', async () => {
    const session = executor.createSession();
    session.define('product', product(1, 5, 3));
    expect(await session.read('w')).toEqual(new Uint8Array(60));
    session.dispose();
  });
});
