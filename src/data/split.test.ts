import { describe, expect, it } from 'vitest';
import { requireBatch, splitRows, validationRowCount } from './split.ts';

const automatic = (validation_size: number) => ({ validation_strategy: 'automatic', validation_size }) as const;

describe('validation split', () => {
  it('parts the rows, keeps their order and repeats for a seed', () => {
    const { train, validation } = splitRows(100, automatic(0.1), 7);
    expect(validation).toHaveLength(10);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(train).toEqual([...train].sort((a, b) => a - b));
    expect(splitRows(100, automatic(0.1), 7)).toEqual({ train, validation });
    expect(splitRows(100, automatic(0.1), 8).validation).not.toEqual(validation);
  });

  it.each([
    [200, 0.01, 2],
    [30, 0.01, 1],
    [100, 0.07, 7],
    [101, 0.1, 11],
  ])('holds out of %i rows at share %f: %i', (rows, share, expected) => {
    expect(validationRowCount(rows, automatic(share))).toBe(expected);
  });

  it.each(['none', 'custom'] as const)('holds nothing out with strategy %s', (validation_strategy) => {
    const split = splitRows(5, { validation_strategy, validation_size: 0.5 }, 1);
    expect(split).toEqual({ train: [0, 1, 2, 3, 4], validation: [] });
  });
});

describe('fewer rows than a batch', () => {
  it('is refused before training where incomplete batches are dropped', () => {
    expect(() => requireBatch(1, 2, true)).toThrow('Too few rows to train on: 1, where one batch needs 2');
    expect(() => requireBatch(1, 2, false)).not.toThrow();
    expect(() => requireBatch(2, 2, true)).not.toThrow();
  });

  it('is refused always with no row left', () => {
    expect(() => requireBatch(0, 2, false)).toThrow('No row is left to train on. Add rows');
    expect(() => requireBatch(0, 1, true)).toThrow('No row is left');
  });
});
