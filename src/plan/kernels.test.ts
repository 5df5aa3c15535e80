import { describe, expect, it } from 'vitest';
import { inOrder, type SpecOf } from './kernels.ts';

const product: SpecOf<'matmul'> = {
  ...{ kernel: 'matmul', transposeA: false, transposeB: true, bType: 'bf16', second: 'none', addend: 'kept' },
  ...{ grouping: 'none', vec4: true, tile: { kind: 'direct', rows: 1, columns: 4, threadsX: 64, threadsY: 1 } },
};

describe('the buffers of a dispatch', () => {
  it('come in the order of the kernel, in whatever order they are given', () => {
    const ordered = inOrder<'matmul', number>(product, { keep: 4, out: 3, b: 2, a: 1, addend: undefined });
    expect(ordered.map(({ name, value }) => [name, value])).toEqual(Object.entries({ a: 1, b: 2, out: 3, keep: 4 }));
    expect(ordered.map(({ binding }) => binding.access)).toEqual(['read', 'read', 'read_write', 'read']);
  });

  it('are refused where one is missing, has another name or is one too many', () => {
    const spec = { kernel: 'accumulate' } as const;
    // @ts-expect-error: keep is missing
    const tooFew = () => inOrder<'accumulate', number>(spec, { total: 1, value: 2 });
    // @ts-expect-error: target is no name of accumulate
    const wrongName = () => inOrder<'accumulate', number>(spec, { target: 1, value: 2, keep: 3 });
    // @ts-expect-error: accumulate has no out
    const tooMany = () => inOrder<'accumulate', number>(spec, { total: 1, value: 2, keep: 3, out: 4 });
    expect(tooFew).toThrow('accumulate binds total, value, keep, got total, value');
    expect(wrongName).toThrow('got target, value, keep');
    expect(tooMany).toThrow('got total, value, keep, out');
  });

  it('are refused where this variant has others', () => {
    const factors = { a: 1, b: 2, out: 3 };
    expect(() => inOrder<'matmul', number>(product, factors)).toThrow('matmul binds a, b, out, keep, got a, b, out');
    const both = { ...factors, keep: 4, a2: 5, b2: 6 };
    expect(() => inOrder<'matmul', number>(product, both)).toThrow('got a, b, out, keep, a2, b2');
  });
});
