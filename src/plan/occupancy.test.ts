import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import { threadsOf, usesOfPlan } from './occupancy.ts';
import { planProgram } from './plan.ts';
import { type DeviceProfile, desktop } from './profile.ts';

const f32 = (...shape: number[]) => ({ shape, dtype: 'f32' as const });

function productOf(m: number, k: number, n: number, profile: DeviceProfile = desktop) {
  const b = new GraphBuilder();
  const product = b.matmul(b.input('a', f32(m, k)), b.parameter('b', f32(n, k), 'weight'), { transposeB: true });
  const [use] = usesOfPlan(planProgram(b.finish({ product }), profile));
  return use!;
}

describe('how much of a device a dispatch keeps busy', () => {
  it('is told of a product by its tiles and the pieces of k', () => {
    const tile = { kind: 'shared', blockM: 64, blockN: 32, blockK: 16, threadM: 4, threadN: 4 } as const;
    const profile = { ...desktop, tiles: { 'NT f32 few small wide×wide×wide': tile } };
    const use = productOf(100, 100, 70, profile);
    expect(use.kind).toBe('matmul NT f32 100×100×70');
    // Two tiles of 64 rows by three of 32 columns; 100 values of k in pieces of 16.
    expect(use).toMatchObject({ workgroups: 6, workgroupThreads: 128, chain: 7, longest: 1, family: 'product' });
    expect(threadsOf(use)).toBe(768);
    // A row and a column of four give 16 multiply-adds for eight values of four bytes.
    expect(use.flopsPerByte).toBe(1);
  });

  it('is told of a product of a software adapter without pieces', () => {
    const use = productOf(16, 100, 64, { ...desktop, software: true, features: { f16: false, subgroups: false } });
    expect(use).toMatchObject({ workgroups: 2 * 1, workgroupThreads: 16, chain: 100 });
    expect(use.flopsPerByte).toBeUndefined();
  });

  it('is told of attention by its rows and tiles, and a causal mask makes the last workgroup the longest', () => {
    const b = new GraphBuilder();
    const [rows, heads, kvHeads, headDim] = [128, 6, 2, 64];
    const [q, k, v] = [heads, kvHeads, kvHeads].map((count, i) => b.input(`x${i}`, f32(rows, count * headDim)));
    const form = { batch: 1, heads, kvHeads, headDim, scale: 1, causal: true };
    const ranges = ['keys', 'queries'].map((name) => b.input(name, { shape: [rows, 2], dtype: 'i32' }));
    const out = b.attention(q!, k!, v!, ranges, form);
    const [use] = usesOfPlan(planProgram(b.finish({ out }), desktop));
    // Two blocks of 64 queries for each head; four tiles of keys, each in two pieces of the head for either product.
    expect(use).toMatchObject({ kind: 'attention', workgroups: 2 * heads, workgroupThreads: 128, chain: 4 * 2 * 2 });
    expect(use!.longest).toBeCloseTo((2 * 128) / 129, 6);
  });
});
