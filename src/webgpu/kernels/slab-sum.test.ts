import { afterAll, describe, expect, it } from 'vitest';
import { createNodeGpu } from '../../cli/node-gpu.ts';
import { seededNumbers } from '../../graph/reference/case-data.ts';
import type { SlabSumSpec } from '../../plan/kernels/slab-sum.ts';
import type { Uniforms } from '../../plan/kernels.ts';
import { dispatchKernel } from '../../testing/dispatch.ts';
import { requestDevice } from '../device.ts';

const gpuDevice = await requestDevice(await createNodeGpu({ backend: 'software' }));
afterAll(() => gpuDevice.health.destroy());

type Sizes = Uniforms<'slab_sum'>;

const numbers = (name: string, count: number) => Float32Array.from(seededNumbers(name, Math.ceil(count / 4) * 4));

/** Strides and offsets are not the natural ones; multiples of 4 where vec4 wants it. */
function sizes(rows: number, width: number, slabs: number, vec4: boolean, part = 0): Sizes {
  const gap = vec4 ? 4 : 3;
  const xStride = width + gap;
  const [slabStride, outStride] = [rows * xStride + gap, width + 2 * gap];
  const outOffset = gap + part * (rows + 1) * outStride;
  return {
    rows,
    width,
    slabs,
    xStride,
    slabStride,
    outStride,
    xOffset: 2 * gap * (part + 1),
    outOffset,
    addendOffset: gap,
  };
}

/** The contract in float64; what is not named must stay. */
function expected(
  spec: SlabSumSpec,
  blocks: readonly Sizes[],
  x: Float32Array,
  before: Float32Array,
  addend: Float32Array,
  keep: number,
) {
  const out = Float64Array.from(before);
  for (const s of blocks)
    for (let row = 0; row < s.rows; row++)
      for (let column = 0; column < s.width; column++) {
        const at = s.outOffset + row * s.outStride + column;
        const added = {
          none: 0,
          matrix: addend[s.addendOffset + row * s.outStride + column]!,
          row: addend[s.addendOffset + column]!,
          self: before[at]!,
          kept: keep * before[at]!,
        }[spec.addend];
        let sum = added;
        for (let slab = 0; slab < s.slabs; slab++)
          sum += x[s.xOffset + row * s.xStride + slab * s.slabStride + column]!;
        out[at] = sum;
      }
  return out;
}

describe.each([
  ['vectors of four', true, [5, 36, 7]],
  ['single values', false, [5, 37, 7]],
  ['one slab of one value', false, [1, 1, 1]],
] as const)('a sum of slabs by %s', (_, vec4, [rows, width, slabs]) => {
  it.each(['none', 'matrix', 'row', 'self', 'kept', 'not kept'] as const)(
    'adds up what lies apart, addend: %s',
    async (kind) => {
      const addend = kind === 'not kept' ? 'kept' : kind;
      const keep = kind === 'kept' ? 1 : 0;
      for (const grouping of ['none', 'parts'] as const) {
        const spec: SlabSumSpec = { kernel: 'slab_sum', addend, grouping, vec4 };
        const blocks = [sizes(rows, width, slabs, vec4)];
        if (grouping === 'parts') blocks.push(sizes(rows, width, slabs + 1, vec4, 1));
        const last = blocks.at(-1)!;
        const x = numbers('x', last.xOffset + last.slabs * last.slabStride + rows * last.xStride);
        const [out, others] = ['out', 'addend'].map((name) =>
          numbers(name, last.outOffset + (rows + 1) * last.outStride),
        );
        const isBound = addend === 'matrix' || addend === 'row';
        const data = {
          ...{ x, out: out!.slice(), addend: isBound ? others : undefined },
          keep: addend === 'kept' ? Float32Array.of(keep) : undefined,
        };
        const workgroups = [Math.ceil((rows * width) / 64), 1, blocks.length] as const;
        const got = await dispatchKernel<'slab_sum'>(gpuDevice, spec, data, blocks, workgroups, 'out');
        const wanted = expected(spec, blocks, x, out!, others!, keep);
        for (const [i, value] of wanted.entries()) expect(Math.abs(got[i]! - value), `out[${i}]`).toBeLessThan(1e-5);
      }
    },
  );
});
