import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './builder.ts';
import { flopsOf, productFlopsOf, rootOf, writtenInputs } from './properties.ts';
import type { TensorType } from './types.ts';

const f32 = (...shape: number[]): TensorType => ({ shape, dtype: 'f32' });
const i32 = (...shape: number[]): TensorType => ({ shape, dtype: 'i32' });
const all = { used: [true, true, true], skipsMasked: false };

describe('what an operation says of itself', () => {
  it('counts two FLOPs for each multiply-add of a product, whichever operand is transposed', () => {
    const b = new GraphBuilder();
    const [x, w] = [b.input('x', f32(5, 3)), b.input('w', f32(7, 3))];
    expect(productFlopsOf(b.matmul(x, w, { transposeB: true }).node, all)).toBe(2 * 5 * 3 * 7);
    expect(productFlopsOf(b.matmul(x, b.input('y', f32(5, 2)), { transposeA: true }).node, all)).toBe(2 * 3 * 5 * 2);
  });

  it('counts half the keys of causal attention where masked ones are left out', () => {
    const b = new GraphBuilder();
    const [q, kv, range] = [b.input('q', f32(8, 12)), b.input('kv', f32(8, 6)), b.input('range', i32(8, 2))];
    const attributes = { batch: 2, heads: 4, kvHeads: 2, headDim: 3, scale: 1, causal: true };
    const { node } = b.nodeOutputs('attention', [q, kv, kv, range], attributes)[0]!;
    // Two products of [8 queries · 4 heads, 3] with the 4 keys of each sequence.
    expect(flopsOf(node, all)).toBe(2 * 2 * 8 * 12 * 4);
    expect(flopsOf(node, { ...all, skipsMasked: true })).toBe(8 * 2 * 12 * 4);
  });

  it('counts of the loss only the products whose results are read', () => {
    const b = new GraphBuilder();
    const loss = b.crossEntropy(
      b.input('x', f32(5, 3)),
      b.input('head', f32(7, 3)),
      b.input('labels', i32(5)),
      b.input('lossScale', f32()),
    );
    const product = 2 * 5 * 3 * 7;
    expect(flopsOf(loss.node, { used: [true, false, false], skipsMasked: true })).toBe(product);
    expect(flopsOf(loss.node, all)).toBe(3 * product);
  });

  it('counts W and the low-rank product in the norm of DoRA', () => {
    const b = new GraphBuilder();
    const [w, a, up] = [b.input('w', f32(7, 5)), b.input('a', f32(2, 5)), b.input('b', f32(7, 2))];
    expect(flopsOf(b.inverseNorm(w, a, up, 1, false).node, all)).toBe(2 * 7 * 5 * (2 + 1));
  });

  it('follows names of one storage to where it lies, and knows what an update writes', () => {
    const b = new GraphBuilder();
    const cache = b.parameter('cache', f32(9, 4), 'cache');
    const written = b.node('cache_write', [cache, b.input('x', f32(2, 4)), b.input('at', i32(2))], {});
    expect(rootOf(b.reshape(written, [36]))).toBe(cache);
    const names = ['p', 'gradient', 'm', 'v', 'hyper', 'norm'];
    const inputs = names.map((name) => b.parameter(name, f32(4), 'trained'));
    expect(writtenInputs({ op: 'adamw', inputs })).toEqual([inputs[0], inputs[2], inputs[3]]);
  });
});
