import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './builder.ts';
import { ShapeError } from './definition.ts';
import type { DType, Value } from './types.ts';

type Build = (builder: GraphBuilder, tensor: (shape: readonly number[], dtype?: DType) => Value) => unknown;

/** What goes wrong, how, and the words that must say so. */
const mistakes: readonly (readonly [string, Build, string])[] = [
  [
    'inner sizes of a product',
    (b, t) => b.matmul(t([7, 896]), t([64, 897]), { transposeB: true }),
    'matmul: inner sizes 896 and 897 differ (f32[7, 896] by f32[64, 897])',
  ],
  ['a matrix by a batch', (b, t) => b.matmul(t([2, 3]), t([5, 3, 4])), 'two matrices or two batches'],
  ['batches of a product', (b, t) => b.matmul(t([2, 4, 3]), t([5, 3, 4])), 'batches differ'],
  [
    'a bias that does not end the shape',
    (b, t) => b.add(t([5, 7]), t([5])),
    'the shape of f32[5] must end that of f32[5, 7]',
  ],
  ['a factor with more axes', (b, t) => b.mul(t([7]), t([5, 7])), 'mul: the shape of f32[5, 7] must end'],
  ['gate and up', (b, t) => b.swiglu(t([3, 4]), t([3, 5])), 'gated_activation: f32[3, 4] and f32[3, 5] differ'],
  ['a norm weight', (b, t) => b.rmsNorm(t([3, 4]), t([5], 'bf16'), 1e-5), 'got f32[3, 4] and bf16[5]'],
  ['a reshape', (b, t) => b.reshape(t([3, 4]), [5, 2]), 'reshape: f32[3, 4] does not fill [5,2]'],
  ['too many axes to sum', (b, t) => b.reduceSum(t([3]), 2), 'no 2 leading axes in f32[3]'],
  ['a rotary head size', (b, t) => b.rope(t([3, 10]), t([9, 4]), t([3], 'i32'), 4), 'do not fit head size 4'],
  [
    'attention heads',
    (b, t) =>
      b.attention(t([4, 12]), t([4, 6]), t([4, 6]), [t([4, 2], 'i32')], {
        batch: 1,
        heads: 4,
        kvHeads: 3,
        headDim: 3,
        scale: 1,
        causal: true,
      }),
    'do not fit batch 1, 4/3 heads of 3',
  ],
  [
    'an embedding of a matrix of ids',
    (b, t) => b.embedding(t([9, 4]), t([2, 2], 'i32')),
    'embedding takes [vocabulary, width] and [rows]',
  ],
  ['dropping everything', (b, t) => b.dropout(t([3]), t([2], 'u32'), 1, 's'), 'probability 1 is not in [0, 1)'],
  [
    'labels',
    (b, t) => b.crossEntropy(t([3, 4]), t([9, 4]), t([2], 'i32'), t([])),
    'cross_entropy: f32[3, 4], f32[9, 4], i32[2]',
  ],
  ['a gradient sum', (b, t) => b.accumulate(t([3]), t([4]), t([])), 'accumulate: f32[3] and f32[4] differ'],
  ['a cache', (b, t) => b.cacheWrite(t([8, 3]), t([1, 4]), t([1], 'i32')), 'cache_write: f32[1, 4] into f32[8, 3]'],
  [
    'missing inputs',
    (b, t) => b.node('matmul', [t([3])], { transposeA: false, transposeB: false }),
    'matmul takes 2 inputs, got 1',
  ],
  ['no gradients to measure', (b) => b.globalNorm([]), 'global_norm takes 1 to Infinity inputs, got 0'],
];

describe('a graph that does not fit together says what and where', () => {
  it.each(mistakes)('%s', (_name, build, words) => {
    const builder = new GraphBuilder();
    let count = 0;
    const tensor = (shape: readonly number[], dtype: DType = 'f32') => builder.input(`${count++}`, { shape, dtype });
    const inLayer = () => builder.within('model', () => builder.within('layers.3', () => build(builder, tensor)));
    expect(inLayer).toThrow(ShapeError);
    expect(inLayer).toThrow(words);
    expect(inLayer).toThrow(/^model\.layers\.3: /);
  });

  it('a name declared twice with different shapes', () => {
    const builder = new GraphBuilder();
    builder.parameter('w', { shape: [2, 3], dtype: 'bf16' }, 'weight');
    expect(() => builder.parameter('w', { shape: [3, 2], dtype: 'bf16' }, 'weight')).toThrow(
      'parameter w is declared as bf16[2,3] and as bf16[3,2]',
    );
  });
});

describe('shapes of results', () => {
  const builder = new GraphBuilder();
  const input = (name: string, shape: readonly number[], dtype: DType = 'f32') => builder.input(name, { shape, dtype });

  it('follow the transposes of a product', () => {
    const a = input('a', [3, 5, 7]);
    expect(builder.matmul(a, input('b', [3, 7, 2])).shape).toEqual([3, 5, 2]);
    expect(builder.matmul(a, input('c', [3, 5, 2]), { transposeA: true }).shape).toEqual([3, 7, 2]);
    expect(builder.matmul(a, input('d', [3, 11, 7]), { transposeB: true }).shape).toEqual([3, 5, 11]);
  });

  it('are f32 whatever the weights are stored as', () => {
    const table = builder.parameter('t', { shape: [9, 4], dtype: 'f16' }, 'weight');
    expect(builder.embedding(table, input('ids', [3], 'i32')).dtype).toBe('f32');
    expect(builder.matmul(input('x', [2, 4]), table, { transposeB: true }).dtype).toBe('f32');
  });

  it('vanish into nothing where an operation does nothing', () => {
    const x = input('y', [3]);
    expect(builder.scale(x, 1)).toBe(x);
    expect(builder.mul(x, builder.constant(1))).toBe(x);
    expect(builder.dropout(x, input('seed', [2], 'u32'), 0, 's')).toBe(x);
  });
});
