import { expect, it } from 'vitest';
import { GraphBuilder } from '../../graph/builder.ts';
import { desktop } from '../profile.ts';
import { Lowering } from './context.ts';

it('gives no place of its own to a gradient that is written into its sum, where it would be lost', () => {
  const b = new GraphBuilder();
  const f32 = (...shape: number[]) => ({ shape, dtype: 'f32' as const });
  const product = b.matmul(b.input('a', f32(4, 3)), b.input('b', f32(3, 5)));
  b.accumulate(b.parameter('gradient', f32(4, 5), 'gradient'), product, b.input('keep', f32()));
  const lowering = new Lowering(b.finish({}), desktop, { tensors: new Map(), buffers: new Map() }, {});
  expect(() => lowering.define(product.node)).toThrow('gradient sum');
});
