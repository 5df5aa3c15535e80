import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { opCases } from '../graph/reference/cases.ts';
import type { Graph, Value } from '../graph/types.ts';
import type { Executor, Session } from '../plan/executor.ts';
import { createTfjsExecutor } from './executor.ts';

const wasmPaths = `${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`;
const bytesOf = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const numbersOf = (bytes: Uint8Array): number[] => [...new Float32Array(bytes.slice().buffer)];

/** y = 2w, with w a parameter of that shape. */
function doubled(shape: readonly number[]): Graph {
  const builder = new GraphBuilder();
  const y = builder.scale(builder.parameter('w', { shape, dtype: 'f32' }, 'weight'), 2);
  return builder.finish({ y });
}

/** y = x·w, with w a published matrix. */
function published(rows: number, columns: number): Graph {
  const builder = new GraphBuilder();
  const w = builder.parameter('w', { shape: [rows, columns], dtype: 'bf16' }, 'weight');
  return builder.finish({ y: builder.matmul(builder.input('x', { shape: [1, rows], dtype: 'f32' }), w) });
}

/** sum = x + (keep ? sum : 0), giving the sum of x and the old sum is read by nobody. */
function accumulation(): Graph {
  const builder = new GraphBuilder();
  const f32 = (...shape: number[]) => ({ shape, dtype: 'f32' }) as const;
  builder.accumulate(
    builder.parameter('sum', f32(3), 'gradient'),
    builder.input('x', f32(3)),
    builder.input('keep', f32()),
  );
  return builder.finish({});
}

describe('a session on TensorFlow.js', () => {
  let executor: Executor;
  let session: Session;
  beforeAll(async () => {
    executor = await createTfjsExecutor({ backend: 'cpu', memoryLimit: 100_000 });
  });
  afterEach(() => session?.dispose());
  const open = (...programs: (readonly [string, Graph])[]): Session => {
    session = executor.createSession();
    for (const [name, graph] of programs) session.define(name, graph);
    return session;
  };

  it('gives published 16-bit weights back bit for bit, odd lengths padded to whole words', async () => {
    const bytes = Uint8Array.of(0x80, 0x3f, 0x49, 0xc0, 0x01, 0x42, 0, 0);
    open(['product', published(1, 3)]);
    session.write('w', bytes);
    expect(await session.read('w')).toEqual(bytes);
    expect([...(await session.run('product', { x: Float32Array.of(2) })).y!]).toEqual([2, -6.28125, 64.5]);
    expect(await session.read('w')).toEqual(bytes);
  });

  it('gives words of codes back bit for bit, also once an update has read them', async () => {
    const coded = opCases.find(({ name }) => name === 'adamw_8bit [5], norm not finite')!.build();
    open(['update', coded.graph]);
    for (const [name, { bytes }] of coded.parameters) session.write(name, bytes);
    const words = coded.parameters.get('words1/p0')!.bytes;
    expect(await session.read('words1/p0')).toEqual(words);
    // The norm is not finite: nothing changes.
    await session.run('update', coded.feeds);
    expect(await session.read('words1/p0')).toEqual(words);
  });

  it('takes weights in pieces, before and after they were used', async () => {
    open(['double', doubled([2, 3])]);
    session.write('w', bytesOf(3, 4, 5, 6), 8);
    session.write('w', bytesOf(1, 2), 0);
    expect([...(await session.run('double', {})).y!]).toEqual([2, 4, 6, 8, 10, 12]);
    session.write('w', bytesOf(-3, -4), 8);
    expect([...(await session.run('double', {})).y!]).toEqual([2, 4, -6, -8, 10, 12]);
    expect(() => session.write('w', bytesOf(1, 2), 20)).toThrow('do not fit w');
  });

  it('starts persistent buffers as zeros and shares them between programs', async () => {
    const builder = new GraphBuilder();
    const sum = builder.parameter('sum', { shape: [3], dtype: 'f32' }, 'gradient');
    open(['accumulate', accumulation()], ['look', builder.finish({ sum })]);
    const add = (keep: number) =>
      session.run('accumulate', { x: Float32Array.of(1, 2, 3), keep: Float32Array.of(keep) });
    const look = async () => [...(await session.run('look', {})).sum!];
    expect(await look()).toEqual([0, 0, 0]);
    await add(1);
    await add(1);
    expect(await look()).toEqual([2, 4, 6]);
    await add(0);
    expect(numbersOf(await session.read('sum'))).toEqual([1, 2, 3]);
  });

  it('hands out what a run computed, whatever the runs after it write', async () => {
    const builder = new GraphBuilder();
    const sum = builder.parameter('sum', { shape: [3], dtype: 'f32' }, 'gradient');
    open(['accumulate', accumulation()], ['look', builder.finish({ sum })]);
    const feeds = { x: Float32Array.of(1, 2, 3), keep: Float32Array.of(1) };
    const runs = [session.run('look', {}), session.run('accumulate', feeds), session.run('look', {})];
    const [before, , after] = await Promise.all(runs);
    expect([...before!.sum!]).toEqual([0, 0, 0]);
    expect([...after!.sum!]).toEqual([1, 2, 3]);
  });

  it('refuses what needs more memory than it may have, in numbers', () => {
    const refuse = () => open(['large', published(1500, 20)]);
    // 30,000 weights widened to 4 bytes, 1,500 elements of x and 20 of y.
    expect(refuse).toThrow(
      expect.objectContaining({
        code: 'memory-too-small',
        params: { needed: 126_080, executor: 'tfjs-cpu', limit: 100_000 },
      }),
    );
  });

  it('says what is missing: an input, a program, a parameter, the session itself', async () => {
    open(['accumulate', accumulation()]);
    await expect(session.run('accumulate', { keep: Float32Array.of(1) })).rejects.toThrow(
      'input x takes 3 elements, got none',
    );
    await expect(session.run('acumulate', {})).rejects.toThrow('no program acumulate is defined');
    expect(() => session.write('w', bytesOf(1))).toThrow('no program has a parameter w');
    session.dispose();
    await expect(session.run('accumulate', {})).rejects.toThrow('the session is closed');
    expect(() => session.define('accumulate', accumulation())).toThrow('the session is closed');
  });

  it('leaves no tensor behind where an operation fails', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', { shape: [2, 2], dtype: 'f32' });
    const first = builder.scale(x, 3);
    const y = builder.add(first, builder.input('absent', { shape: [2], dtype: 'f32' }));
    open(['broken', builder.finish({ y })]);
    const before = memory().numTensors;
    await expect(session.run('broken', { x: new Float32Array(4) })).rejects.toThrow('input absent');
    expect(memory().numTensors).toBe(before);
  });

  it('does not mix with a session on another backend', async () => {
    const other = await createTfjsExecutor({ backend: 'wasm', wasmPaths });
    expect(other.description).toMatch(/^TensorFlow\.js 4\.\d+\.\d+ \(WebAssembly, SIMD, 1 thread\)$/);
    const there = other.createSession();
    there.define('double', doubled([2]));
    there.write('w', bytesOf(10, 20));
    open(['double', doubled([2])]);
    session.write('w', bytesOf(1, 2));
    const [here, elsewhere] = await Promise.all([session.run('double', {}), there.run('double', {})]);
    expect([[...here.y!], [...elsewhere.y!]]).toEqual([
      [2, 4],
      [20, 40],
    ]);
    other.dispose();
  });
});

describe('the cost sheet of TensorFlow.js', () => {
  it('counts widened weights, live tensors and the FLOPs of products', async () => {
    const executor = await createTfjsExecutor({ backend: 'cpu' });
    const session = executor.createSession();
    const builder = new GraphBuilder();
    const weight = builder.parameter('w', { shape: [8, 16], dtype: 'bf16' }, 'weight');
    let x = builder.matmul(builder.input('x', { shape: [5, 16], dtype: 'f32' }), weight, { transposeB: true });
    // Each value dies as the next is made: never more than two at once.
    for (let i = 0; i < 6; i++) x = builder.activation(x, 'tanh');
    const sheet = session.define('chain', builder.finish({ x }));
    expect(sheet.flops).toBe(2 * 5 * 16 * 8 + 6 * 40);
    expect(sheet.peakByKind.weight).toBe(8 * 16 * 4);
    expect(sheet.peakByKind.activations).toBe(4 * (5 * 16 + 5 * 8));
    expect(sheet.peakBytes).toBe(512 + 480 + 4 * (80 + 40));
    expect(session.statistics).toMatchObject({ bufferBytes: 512, buffers: 1 });
    executor.dispose();
  });

  it("counts a loss's products with the head and with LoRA on it, and with every gradient", async () => {
    const executor = await createTfjsExecutor({ backend: 'cpu' });
    const b = new GraphBuilder();
    const f32 = (...shape: number[]) => ({ shape, dtype: 'f32' as const });
    const [head, wide] = [b.parameter('head', f32(100, 4), 'weight'), b.parameter('wide', f32(100, 2), 'trained')];
    const labels = b.input('labels', { shape: [8], dtype: 'i32' });
    const added = { narrow: b.input('narrow', f32(8, 2)), wide };
    const loss = b.crossEntropy(b.input('hidden', f32(8, 4)), head, labels, b.input('lossScale', f32()), { added });
    const { flops } = executor.createSession().define('loss', b.finish({ loss }));
    executor.dispose();
    expect(flops).toBe(3 * 2 * 8 * (4 + 2) * 100);
  });

  describe('counts what an operation holds while it runs', () => {
    const f32 = (...shape: number[]) => ({ shape, dtype: 'f32' as const });
    const activationsOf = async (build: (builder: GraphBuilder) => Value): Promise<number> => {
      const executor = await createTfjsExecutor({ backend: 'cpu' });
      const builder = new GraphBuilder();
      const sheet = executor.createSession().define('one', builder.finish({ y: build(builder) }));
      executor.dispose();
      return sheet.peakByKind.activations;
    };

    it('four times the scores of attention', async () => {
      const activations = await activationsOf((b) => {
        const [q, k, v] = [b.input('q', f32(6, 8)), b.input('k', f32(10, 4)), b.input('v', f32(10, 4))];
        const keyRange = b.input('keyRange', { shape: [6, 2], dtype: 'i32' });
        return b.node('attention', [q, k, v, keyRange], {
          batch: 2,
          heads: 4,
          kvHeads: 2,
          headDim: 2,
          scale: 1,
          causal: false,
        });
      });
      const [inputs, outputs, scores] = [48 + 40 + 40 + 12, 48 + 24, 2 * 4 * 3 * 5];
      expect(activations).toBe(4 * (inputs + outputs + 4 * scores));
    });

    it('three times the logits of a loss, 64 MiB of them at most', async () => {
      const lossOf = (vocabulary: number) =>
        activationsOf((b) => {
          const head = b.parameter('head', f32(vocabulary, 4), 'weight');
          const labels = b.input('labels', { shape: [8], dtype: 'i32' });
          return b.crossEntropy(b.input('hidden', f32(8, 4)), head, labels, b.input('lossScale', f32()));
        });
      const [inputs, gradients] = [32 + 8 + 1, (vocabulary: number) => 1 + 32 + 4 * vocabulary];
      expect(await lossOf(100)).toBe(4 * (inputs + gradients(100) + 3 * 800));
      expect(await lossOf(2 ** 22)).toBe(4 * (inputs + gradients(2 ** 22)) + 3 * 2 ** 26);
    });
  });

  it('refuses webgpu without a device', async () => {
    await expect(createTfjsExecutor({ backend: 'webgpu' })).rejects.toMatchObject({ code: 'webgpu-unavailable' });
  });
});
