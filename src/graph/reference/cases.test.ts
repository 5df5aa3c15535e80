import { describe, expect, it } from 'vitest';
import { operations } from '../operations.ts';
import { opCases, referenceRuns, requireClose } from './cases.ts';

describe('the cases that executors are held to', () => {
  const built = opCases.map((opCase) => ({ name: opCase.name, ...opCase.build() }));

  it('cover every operation', () => {
    const covered = new Set(built.flatMap(({ graph }) => graph.nodes.map((node) => node.op)));
    expect(Object.keys(operations).filter((op) => !covered.has(op as never))).toEqual([]);
  });

  it('have names of their own, so that their data differ', () => {
    expect(new Set(built.map(({ name }) => name)).size).toBe(built.length);
  });

  it('have finite results that are not all zero, but where nothing is scored', () => {
    for (const { name, ...data } of built) {
      const [first] = referenceRuns(data);
      for (const [key, values] of Object.entries({ ...first!.outputs, ...first!.parameters })) {
        expect(Array.from(values).every(Number.isFinite), `${name} ${key}`).toBe(true);
        const zero = Array.from(values).every((value) => value === 0);
        const mayBeZero =
          /vocabulary (6|1) |dropout 0.5 of \[1\]/.test(name) ||
          /^(relative_)?attention_backward, one token/.test(name);
        if (!mayBeZero) expect(zero, `${name} ${key} is all zero`).toBe(false);
      }
    }
  });

  it('fail on one wrong element and on NaN', () => {
    expect(() => requireClose('x', [1, 2.01], [1, 2], 1e-3)).toThrow('x[1] of 2 is 2.01 instead of 2');
    expect(() => requireClose('x', [Number.NaN, 2], [1, 2], 1e-3)).toThrow('x[0]');
    expect(() => requireClose('x', [1], [1, 2], 1e-3)).toThrow('1 elements instead of 2');
    expect(() => requireClose('x', [1.0005, 2], [1, 2], 1e-3)).not.toThrow();
  });
});
