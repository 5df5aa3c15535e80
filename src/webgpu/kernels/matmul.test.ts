import { afterAll, describe, it } from 'vitest';
import { createNodeGpu } from '../../cli/node-gpu.ts';
import { seededNumbers } from '../../graph/reference/case-data.ts';
import type { MatmulSpec, MatmulTile, Uniforms } from '../../plan/kernels.ts';
import { tileSize } from '../../plan/tiles.ts';
import { requestDevice } from '../device.ts';
import { dispatchKernel } from './test-dispatch.ts';

const gpuDevice = await requestDevice(await createNodeGpu({ backend: 'software' }));
afterAll(() => gpuDevice.health.destroy());

const tiles: Readonly<Record<string, MatmulTile>> = {
  'direct 8×8': { kind: 'direct', rows: 8, columns: 8, threadsX: 4, threadsY: 4 },
  'direct 1×4': { kind: 'direct', rows: 1, columns: 4, threadsX: 64, threadsY: 1 },
  'direct 1×1': { kind: 'direct', rows: 1, columns: 1, threadsX: 64, threadsY: 1 },
  'shared 16×64': { kind: 'shared', blockM: 16, blockN: 64, blockK: 16, threadM: 2, threadN: 4 },
  'shared 64×16': { kind: 'shared', blockM: 64, blockN: 16, blockK: 16, threadM: 4, threadN: 2 },
};

type Sizes = Uniforms<'matmul'>;

/** A layout in which no size, stride or offset is the natural one; all multiples of 4 where vec4 wants it. */
function sizes(m: number, n: number, k: number, { transposeA, transposeB, vec4 }: MatmulSpec, slices: number): Sizes {
  const gap = vec4 ? 4 : 3;
  const lda = (transposeA ? m : k) + gap;
  const ldb = (transposeB ? k : n) + 2 * gap;
  const ldc = n + gap;
  return {
    ...{ m, n, k, kStep: 0, kEnd: k, lda, ldb, ldc },
    ...{ aOffset: 2 * gap, bOffset: gap, cOffset: 3 * gap },
    batchA: slices === 1 ? 0 : lda * (transposeA ? k : m) + gap,
    batchB: slices === 1 ? 0 : ldb * (transposeB ? n : k),
    batchC: slices === 1 ? 0 : ldc * m + gap,
    ...{ k2: 0, lda2: 0, ldb2: 0, a2Offset: 0, b2Offset: 0 },
    scale: 0.75,
  };
}

/** The contract of the kernel, word for word, in double precision. Returns what must have changed, by index. */
function expected(spec: MatmulSpec, s: Sizes, slices: number, a: Float32Array, b: Float32Array): Map<number, number> {
  const changed = new Map<number, number>();
  for (let z = 0; z < slices; z++)
    for (let i = 0; i < s.m; i++)
      for (let j = 0; j < s.n; j++) {
        let sum = 0;
        const terms = Math.min(s.k, s.kEnd - z * s.kStep);
        for (let k = 0; k < terms; k++) {
          const atA = s.aOffset + z * s.batchA + (spec.transposeA ? k * s.lda + i : i * s.lda + k);
          const atB = s.bOffset + z * s.batchB + (spec.transposeB ? j * s.ldb + k : k * s.ldb + j);
          sum += a[atA]! * b[atB]!;
        }
        changed.set(s.cOffset + z * s.batchC + i * s.ldc + j, s.scale * sum);
      }
  return changed;
}

async function check(spec: MatmulSpec, s: Sizes, slices: number): Promise<void> {
  const extent = (offset: number, batch: number, rows: number, ld: number) =>
    Math.ceil((offset + (slices - 1) * batch + rows * ld) / 4) * 4;
  const fill = (name: string, count: number) => Float32Array.from(seededNumbers(name, count));
  const kAll = s.kStep === 0 ? s.k : s.kEnd;
  const a = fill('a', extent(s.aOffset, s.batchA, spec.transposeA ? kAll : s.m, s.lda));
  const b = fill('b', extent(s.bOffset, s.batchB, spec.transposeB ? s.n : kAll, s.ldb));
  const out = new Float32Array(extent(s.cOffset, s.batchC, s.m, s.ldc)).fill(-7);
  const tile = tileSize(spec.tile);
  const workgroups = [Math.ceil(s.n / tile.columns), Math.ceil(s.m / tile.rows), slices] as const;
  const got = await dispatchKernel(gpuDevice, spec, [a, b, out], s, workgroups, 'out');
  const wanted = expected(spec, s, slices, a, b);
  // Sums of 8 to 2003 products of size 1: f32 rounding stays well under 1e-4 of their spread.
  const tolerance = 1e-5 * Math.sqrt(s.k) + 1e-5;
  got.forEach((value, i) => {
    const target = wanted.get(i) ?? (i < out.length ? -7 : 0);
    if (!(Math.abs(value - target) <= tolerance))
      throw new Error(`out[${i}] is ${value} instead of ${target} (${wanted.has(i) ? 'product' : 'must stay'})`);
  });
}

const layouts = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

describe.each(Object.entries(tiles))('matmul, %s', (_, tile) => {
  for (const [transposeA, transposeB] of layouts)
    for (const vec4 of [false, true]) {
      const spec: MatmulSpec = {
        ...{ kernel: 'matmul', transposeA, transposeB, bType: 'f32', second: 'none', addend: 'none', vec4, tile },
      };
      const kind = `${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'} ${vec4 ? 'vec4' : 'scalar'}`;
      const [m, n, k] = vec4 ? [20, 36, 28] : [19, 37, 29];
      it(`${kind}: keeps to its rows, columns and slices among strides and offsets`, async () => {
        await check(spec, sizes(m, n, k, spec, 1), 1);
        await check(spec, sizes(m, n, k, spec, 3), 3);
      });
      it(`${kind}: splits the sum over slices, the last one shorter`, async () => {
        const step = 12;
        const whole = sizes(m, n, k, spec, 1);
        const split = { ...whole, k: step, kStep: step, batchC: whole.ldc * m };
        const batchA = transposeA ? step * split.lda : step;
        const batchB = transposeB ? step : step * split.ldb;
        await check(spec, { ...split, batchA, batchB }, 3);
      });
    }
});
