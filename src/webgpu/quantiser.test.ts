import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { bytesToF32, f32ToBytes } from '../files/half.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { dequantise, QuantisationError, type QuantisedDType, quantise } from '../graph/quantisation.ts';
import { seededNumbers } from '../graph/reference/case-data.ts';
import { byteLength, type FloatDType } from '../graph/types.ts';
import { requestDevice } from './device.ts';
import { createWebGpuExecutor } from './executor.ts';

const gpuDevice = await requestDevice(await createNodeGpu({ backend: 'software' }));
afterAll(() => gpuDevice.health.destroy());

const safetensorsFloats = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const;

/** A session with one matrix of that type, cut by rows where a binding may hold no more than `largestBinding` bytes. */
function sessionWith(shape: readonly [number, number], dtype: QuantisedDType, largestBinding = 2 ** 27) {
  const profile = { ...gpuDevice.profile, maxStorageBufferBindingSize: largestBinding };
  const session = createWebGpuExecutor({ ...gpuDevice, profile }).createSession();
  const builder = new GraphBuilder();
  const weight = builder.parameter('weight', { shape, dtype }, 'weight');
  const x = builder.input('x', { shape: [1, shape[1]], dtype: 'f32' });
  session.define('product', builder.finish({ y: builder.matmul(x, weight, { transposeB: true }) }));
  return session;
}

/** Numbers of many sizes, some exactly halfway between two codes, a row of zeros and a row of one value. */
function published(rows: number, width: number, dtype: FloatDType): { bytes: Uint8Array; values: Float32Array } {
  const numbers = Float32Array.from(seededNumbers(`${rows}×${width}`, rows * width), (x, i) => {
    const row = Math.floor(i / width);
    if (row === 1) return 0;
    if (row === 2) return 0.1;
    if (row === 3) return ((i % 255) - 127) / 2;
    return x * 2 ** -(row % 14);
  });
  const bytes = f32ToBytes(numbers, safetensorsFloats[dtype]);
  return { bytes, values: bytesToF32(bytes, safetensorsFloats[dtype]) };
}

describe.each(['int8', 'int4', 'nf4'] as const)('%s on the GPU', (target) => {
  it.each([
    ['f32', 37, 200],
    ['bf16', 41, 131],
    ['f16', 9, 67],
    ['bf16', 6, 1],
  ] as const)('is bit for bit what JavaScript makes of %s [%d, %d]', async (source, rows, width) => {
    const { bytes, values } = published(rows, width, source);
    const session = sessionWith([rows, width], target);
    // In pieces, as weights come; the last one of an odd number of 16-bit values.
    const rowBytes = bytes.length / rows;
    for (let row = 0; row < rows; row += 4)
      session.quantise('weight', bytes.slice(row * rowBytes, Math.min(rows, row + 4) * rowBytes), source, row);
    const words = quantise(values, width, target);
    expect(new Uint32Array((await session.read('weight')).slice().buffer)).toEqual(words);
    const wanted = new QuantisationError();
    wanted.add(dequantise(words, width, target), values);
    expect(await session.finishQuantising()).toBeCloseTo(wanted.relative, 5);
    session.dispose();
  });

  it('fills a matrix that lies in several segments', async () => {
    const [rows, width] = [50, 128];
    const { bytes, values } = published(rows, width, 'f32');
    const session = sessionWith([rows, width], target, 12 * byteLength({ shape: [1, width], dtype: target }));
    session.quantise('weight', bytes, 'f32', 0);
    const words = quantise(values, width, target);
    expect(new Uint32Array((await session.read('weight')).slice().buffer)).toEqual(words);
    const x = Float32Array.from(seededNumbers('x', width));
    const { y } = await session.run('product', { x });
    const kept = dequantise(words, width, target);
    for (let row = 0; row < rows; row++) {
      const sum = x.reduce((total, value, k) => total + value * kept[row * width + k]!, 0);
      expect(y![row]).toBeCloseTo(sum, 2);
    }
    session.dispose();
  });
});

it('holds no more than a few MiB beside the weight while it comes, and nothing afterwards', async () => {
  const [rows, width] = [4096, 1024];
  const session = sessionWith([rows, width], 'int4');
  const before = session.statistics.bufferBytes;
  const piece = published(512, width, 'f32').bytes;
  for (let row = 0; row < rows; row += 512) session.quantise('weight', piece, 'f32', row);
  expect(session.statistics.bufferBytes - before).toBeLessThan(5 * 2 ** 20);
  await session.finishQuantising();
  expect(session.statistics.bufferBytes).toBe(before);
  expect(before).toBeLessThan(0.6 * rows * width + 2 ** 16);
  session.dispose();
});

it('refuses rows that do not fit', () => {
  const session = sessionWith([4, 64], 'int8');
  const row = new Uint8Array(64 * 4);
  expect(() => session.quantise('weight', row, 'f32', 4)).toThrow('do not fit');
  expect(() => session.quantise('weight', row.subarray(4), 'f32', 0)).toThrow('do not fit');
  session.dispose();
});
