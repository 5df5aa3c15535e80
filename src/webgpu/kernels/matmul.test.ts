import { afterAll, describe, it } from 'vitest';
import { createNodeGpu } from '../../cli/node-gpu.ts';
import { f16ToF32, f32ToF16 } from '../../files/half.ts';
import { seededNumbers } from '../../graph/reference/case-data.ts';
import type { MatmulSpec, MatmulTile } from '../../plan/kernels/matmul.ts';
import type { Uniforms } from '../../plan/kernels.ts';
import { tileSize } from '../../plan/tiles.ts';
import { dispatchKernel } from '../../testing/dispatch.ts';
import { runsAll } from '../../testing/kernel-cases.ts';
import { requestDevice } from '../device.ts';

const gpuDevice = await requestDevice(await createNodeGpu({ backend: 'software' }));
afterAll(() => gpuDevice.health.destroy());

const half16: MatmulTile = {
  ...{ kind: 'shared', blockM: 64, blockN: 16, blockK: 16, threadM: 4, threadN: 2, half: true },
};

const tiles: Readonly<Record<string, MatmulTile>> = {
  'direct 8×8': { kind: 'direct', rows: 8, columns: 8, threadsX: 4, threadsY: 4 },
  'direct 1×4': { kind: 'direct', rows: 1, columns: 4, threadsX: 64, threadsY: 1 },
  'direct 1×1': { kind: 'direct', rows: 1, columns: 1, threadsX: 64, threadsY: 1 },
  'subgroup 16×4': { kind: 'subgroup', rows: 16, columns: 4, lanes: gpuDevice.profile.subgroupSize },
  'subgroup 32×8': { kind: 'subgroup', rows: 32, columns: 8, lanes: gpuDevice.profile.subgroupSize },
  'shared 16×64': { kind: 'shared', blockM: 16, blockN: 64, blockK: 16, threadM: 2, threadN: 4 },
  'shared 64×16': { kind: 'shared', blockM: 64, blockN: 16, blockK: 16, threadM: 4, threadN: 2 },
  'shared 128×64, 8×8': { kind: 'shared', blockM: 128, blockN: 64, blockK: 8, threadM: 8, threadN: 8 },
  'shared 32×16, 8 along k': {
    ...{ kind: 'shared', blockM: 32, blockN: 16, blockK: 64, threadM: 4, threadN: 4, threadsK: 8 },
  },
  ...(gpuDevice.profile.features.f16 ? { 'shared 64×16 as f16': half16 } : {}),
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
    ...{ k2: 0, lda2: 0, ldb2: 0, a2Offset: 0, b2Offset: 0, addendOffset: 0, expertBegin: 0, expertEnd: 0 },
    scale: 0.75,
  };
}

type Data = Readonly<Record<'a' | 'b' | 'a2' | 'b2' | 'addend', Float32Array<ArrayBuffer>>>;

/** Σ over k of one pair of factors, for output (i, j). */
function dot(spec: MatmulSpec, s: Sizes, z: number, [i, j]: readonly [number, number], { a, b }: Data): number {
  // Operands are rounded, their products and sums are not.
  const rounds = spec.tile.kind === 'shared' && spec.tile.half;
  const kept = (value: number): number => (rounds ? f16ToF32(f32ToF16(value)) : value);
  let sum = 0;
  for (let k = 0; k < Math.min(s.k, s.kEnd - z * s.kStep); k++) {
    const atA = s.aOffset + z * s.batchA + (spec.transposeA ? k * s.lda + i : i * s.lda + k);
    const atB = s.bOffset + z * s.batchB + (spec.transposeB ? j * s.ldb + k : k * s.ldb + j);
    sum += kept(a[atA]!) * kept(b[atB]!);
  }
  return sum;
}

/** The second pair of factors as a first one. */
const secondOf = (s: Sizes): Sizes => ({
  ...s,
  ...{ k: s.k2, kStep: 0, kEnd: s.k2, lda: s.lda2, ldb: s.ldb2, aOffset: s.a2Offset, bOffset: s.b2Offset },
});

/** The contract of the kernel, word for word, in double precision. Returns what must have changed, by index. */
function expected(spec: MatmulSpec, blocks: readonly Sizes[], slices: number, data: Data): Map<number, number> {
  const changed = new Map<number, number>();
  const seconds: Data = { ...data, a: data.a2, b: data.b2 };
  for (let z = 0; z < slices; z++) {
    const s = spec.grouping === 'parts' ? blocks[z]! : blocks[0]!;
    const terms = spec.grouping === 'terms' ? blocks : [s];
    const slice = spec.grouping === 'parts' ? 0 : z;
    for (let i = 0; i < s.m; i++)
      for (let j = 0; j < s.n; j++) {
        let sum = 0;
        for (const term of terms)
          sum += dot(spec, term, slice, [i, j], data) + dot(spec, secondOf(term), 0, [i, j], seconds);
        const added = { row: j, matrix: i * s.ldc + j }[spec.addend as string];
        const addend = added === undefined ? 0 : data.addend[s.addendOffset + added]!;
        changed.set(s.cOffset + slice * s.batchC + i * s.ldc + j, s.scale * sum + addend);
      }
  }
  return changed;
}

async function check(spec: MatmulSpec, blocks: readonly Sizes[], slices: number): Promise<void> {
  const fill = (name: string, count: number) => Float32Array.from(seededNumbers(name, Math.ceil(count / 4) * 4));
  const most = (of: (s: Sizes) => number): number => Math.max(...blocks.map(of));
  const extent = (offset: number, batch: number, rows: number, ld: number) => offset + (slices - 1) * batch + rows * ld;
  const depth = (s: Sizes) => (s.kStep === 0 ? s.k : s.kEnd);
  const data: Data = {
    a: fill(
      'a',
      most((s) => extent(s.aOffset, s.batchA, spec.transposeA ? depth(s) : s.m, s.lda)),
    ),
    b: fill(
      'b',
      most((s) => extent(s.bOffset, s.batchB, spec.transposeB ? s.n : depth(s), s.ldb)),
    ),
    a2: fill(
      'a2',
      most((s) => s.a2Offset + (spec.transposeA ? s.k2 : s.m) * s.lda2),
    ),
    b2: fill(
      'b2',
      most((s) => s.b2Offset + (spec.transposeB ? s.n : s.k2) * s.ldb2),
    ),
    addend: fill(
      'addend',
      most((s) => s.addendOffset + s.m * s.ldc),
    ),
  };
  const outSize = Math.ceil(most((s) => extent(s.cOffset, s.batchC, s.m, s.ldc)) / 4) * 4;
  const out = new Float32Array(outSize).fill(-7);
  const tile = tileSize(spec.tile);
  const workgroups = [Math.ceil(most((s) => s.n) / tile.columns), Math.ceil(most((s) => s.m) / tile.rows)] as const;
  const { a, b, a2, b2 } = data;
  const second = spec.second === 'none' ? {} : { a2, b2 };
  const addend = ['row', 'matrix'].includes(spec.addend) ? data.addend : undefined;
  const buffers = { a, b, ...second, out, addend };
  const got = await dispatchKernel<'matmul'>(gpuDevice, spec, buffers, blocks, [...workgroups, slices], 'out');
  const wanted = expected(spec, blocks, slices, data);
  // Sums of 8 to 2003 products of size 1: f32 rounding stays well under 1e-4 of their spread.
  const tolerance = 1e-5 * Math.sqrt(most((s) => s.k)) * blocks.length + 1e-5;
  got.forEach((value, i) => {
    const target = wanted.get(i) ?? (i < out.length ? -7 : 0);
    if (!(Math.abs(value - target) <= tolerance))
      throw new Error(`out[${i}] is ${value} instead of ${target} (${wanted.has(i) ? 'product' : 'must stay'})`);
  });
}

/**
 * The product as one side of SiLU(gate)·up, in double precision, with a second pair of factors and no natural stride; what
 * lies between the rows must stay.
 */
async function checkGated(spec: MatmulSpec): Promise<void> {
  const fill = (name: string, count: number) => Float32Array.from(seededNumbers(name, Math.ceil(count / 4) * 4));
  const [m, n, k, k2] = spec.vec4 ? [20, 36, 28, 12] : [19, 37, 29, 5];
  const [block] = segments(spec, [[m, n, k, k2]]) as [Sizes];
  const size = block.cOffset + m * block.ldc;
  const data: Data = {
    a: fill('a', block.aOffset + (spec.transposeA ? k : m) * block.lda),
    b: fill('b', block.bOffset + (spec.transposeB ? n : k) * block.ldb),
    a2: fill('a2', (spec.transposeA ? k2 : m) * block.lda2),
    b2: fill('b2', (spec.transposeB ? n : k2) * block.ldb2),
    addend: fill('none', 4),
  };
  const [gate, up, out] = [fill('gate', size), fill('up', size), fill('out', size)];
  const { gated } = spec;
  const products = expected(spec, [block], 1, data);
  const wanted = { gate: Float64Array.from(gate), up: Float64Array.from(up), out: Float64Array.from(out) };
  const silu = (x: number): number => x / (1 + Math.exp(-x));
  const slope = (x: number): number => (1 + Math.exp(-x) * (1 + x)) / (1 + Math.exp(-x)) ** 2;
  for (const [i, product] of products) {
    if (gated!.of === 'gate') {
      if (gated!.keeps) wanted.gate[i] = product;
      wanted.out[i] = silu(product) * up[i]!;
    } else {
      wanted.gate[i] = slope(gate[i]!) * up[i]! * product;
      wanted.up[i] = silu(gate[i]!) * product;
    }
  }
  const written = gated!.of === 'gradient' ? (['gate', 'up'] as const) : (['out', 'gate'] as const);
  const { rows, columns } = tileSize(spec.tile);
  for (const name of written.slice(0, gated!.of === 'gate' && !gated!.keeps ? 1 : 2)) {
    const { a, b, a2, b2 } = data;
    const sides = gated!.of === 'gradient' ? { gate, up } : { out, up, ...(gated!.keeps ? { gate } : {}) };
    const buffers = { a, b, a2, b2, ...sides };
    const groups = [Math.ceil(n / columns), Math.ceil(m / rows), 1] as const;
    const got = await dispatchKernel<'matmul'>(gpuDevice, spec, buffers, [block], groups, name);
    const tolerance = spec.tile.kind === 'shared' && spec.tile.half ? 5e-3 : 1e-4;
    wanted[name].forEach((value, i) => {
      if (!(Math.abs(got[i]! - value) <= tolerance * (1 + Math.abs(value))))
        throw new Error(`${name}[${i}] is ${got[i]} instead of ${value}`);
    });
  }
}

/** Segments that share operands but no size, stride or offset; the last has no first product. */
function segments(spec: MatmulSpec, shapes: readonly (readonly [number, number, number, number])[]): Sizes[] {
  const gap = spec.vec4 ? 4 : 3;
  let cOffset = gap;
  return shapes.map(([m, n, k, k2], index) => {
    const own = sizes(m, n, k, spec, 1);
    const at = cOffset;
    if (spec.grouping === 'parts') cOffset += own.ldc * m + gap;
    return {
      ...own,
      ...{ aOffset: index * gap, bOffset: 3 * index * gap, cOffset: at, addendOffset: 2 * index * gap },
      ...{ k2, lda2: (spec.transposeA ? m : k2) + gap, ldb2: (spec.transposeB ? k2 : n) + gap },
      ...{ a2Offset: 2 * index * gap, b2Offset: index * gap },
    };
  });
}

const layouts = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

/**
 * Every tile meets every layout and both widths of loads, and every layout both widths: each two of the three, unless
 * everything runs. Nothing transposes both factors in training.
 */
const isRun = (tile: number, layout: number, vec4: boolean): boolean =>
  runsAll || (layout < 3 && (tile + layout + Number(vec4)) % 2 === 0);

const gatedTiles = new Set(['shared 64×16', 'shared 32×16, 8 along k', 'shared 64×16 as f16']);
const grouped = new Set(['direct 8×8', 'shared 16×64', 'shared 32×16, 8 along k']);

describe.each(Object.entries(tiles).map(([name, tile], index) => [name, tile, index] as const))(
  'matmul, %s',
  (...of) => {
    const [name, tile, index] = of;
    for (const [layout, [transposeA, transposeB]] of layouts.entries())
      for (const vec4 of [false, true]) {
        if (!isRun(index, layout, vec4)) continue;
        const spec: MatmulSpec = {
          ...{
            kernel: 'matmul',
            transposeA,
            transposeB,
            bType: 'f32',
            second: 'none',
            addend: 'none',
            grouping: 'none',
            vec4,
            tile,
          },
        };
        const kind = `${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'} ${vec4 ? 'vec4' : 'scalar'}`;
        const [m, n, k] = vec4 ? [20, 36, 28] : [19, 37, 29];
        it(`${kind}: keeps to its rows, columns and slices among strides and offsets`, async () => {
          await check(spec, [sizes(m, n, k, spec, 1)], 1);
          await check(spec, [sizes(m, n, k, spec, 3)], 3);
        });
        it(`${kind}: splits the sum over slices, the last one shorter`, async () => {
          const step = 12;
          const whole = sizes(m, n, k, spec, 1);
          const split = { ...whole, k: step, kStep: step, batchC: whole.ldc * m };
          const batchA = transposeA ? step * split.lda : step;
          const batchB = transposeB ? step : step * split.ldb;
          await check(spec, [{ ...split, batchA, batchB }], 3);
        });
        const side = transposeB ? ({ of: 'gate', keeps: vec4 } as const) : ({ of: 'gradient', keeps: false } as const);
        if (!transposeA && gatedTiles.has(name))
          it(`${kind}: is one side of a gated activation`, async () => {
            await checkGated({ ...spec, second: 'f32', gated: { ...side, activation: 'silu' } });
          });
        // Two long kernels to compile: for one tile of each kind, and the transposes that training has.
        if (!grouped.has(name) || (transposeA && transposeB)) continue;
        it(`${kind}: computes products of different sizes side by side, and adds those of several segments up`, async () => {
          const pair = { ...spec, second: 'f32' } as const;
          const parts: MatmulSpec = { ...pair, grouping: 'parts', addend: 'row' };
          await check(
            parts,
            segments(parts, [
              [m, n, k, 8],
              [m + 12, 8, k + 4, 12],
              [8, n + 40, 0, 16],
            ]),
            3,
          );
          const terms: MatmulSpec = { ...pair, grouping: 'terms', addend: 'matrix' };
          await check(
            terms,
            segments(terms, [
              [m, n, k, 8],
              [m, n, k + 4, 0],
              [m, n, 0, 16],
            ]),
            1,
          );
        });
      }
  },
);
