import { describe, expect, test } from 'vitest';
import type { Sweep } from './sweep.ts';
import { trialsOf } from './trials.ts';

const grid = (settings: Sweep['settings']): Sweep => ({
  ...{ search: 'grid', trials: null, seed: 0, score: 'validation_loss', halving: null, settings },
});
const random = (settings: Sweep['settings'], trials: number, seed = 7): Sweep => ({
  ...{ search: 'random', trials, seed, score: 'validation_loss', halving: null, settings },
});
const range = (from: number, to: number, scale: 'linear' | 'log', count: number | null = null) =>
  ({ from, to, scale, count }) as const;
const valuesOf = (key: string, settings: Sweep['settings'][string]) =>
  trialsOf(grid({ [key]: settings })).map((trial) => trial[key]);

describe('a grid', () => {
  test('is every combination, the last setting fastest', () => {
    expect(trialsOf(grid({ 'training.learning_rate': [1e-4, 1e-3], 'tuning.lora_r': [4, 8, 16] }))).toEqual([
      { 'training.learning_rate': 1e-4, 'tuning.lora_r': 4 },
      { 'training.learning_rate': 1e-4, 'tuning.lora_r': 8 },
      { 'training.learning_rate': 1e-4, 'tuning.lora_r': 16 },
      { 'training.learning_rate': 1e-3, 'tuning.lora_r': 4 },
      { 'training.learning_rate': 1e-3, 'tuning.lora_r': 8 },
      { 'training.learning_rate': 1e-3, 'tuning.lora_r': 16 },
    ]);
  });

  test("of ranges is numpy's linspace and geomspace to four digits", () => {
    expect(valuesOf('tuning.lora_dropout', range(0, 0.5, 'linear', 4))).toEqual([0, 0.1667, 0.3333, 0.5]);
    const rates = [1e-5, 5.623e-5, 0.0003162, 0.001778, 0.01];
    expect(valuesOf('training.learning_rate', range(1e-5, 1e-2, 'log', 5))).toEqual(rates);
  });

  test('of whole numbers leaves out those that rounding makes equal', () => {
    expect(valuesOf('tuning.lora_r', range(1, 64, 'log', 4))).toEqual([1, 4, 16, 64]);
    expect(valuesOf('tuning.lora_r', range(1, 3, 'linear', 5))).toEqual([1, 2, 3]);
  });

  test('keeps ends as they were written', () => {
    expect(valuesOf('training.learning_rate', range(1.23456e-5, 9.87654e-3, 'log', 2))).toEqual([
      1.23456e-5, 9.87654e-3,
    ]);
  });

  test('of more runs than are made is refused', () => {
    const many = { 'tuning.lora_r': range(1, 200, 'linear', 20), 'training.learning_rate': range(1e-5, 1, 'log', 11) };
    expect(() => trialsOf(grid(many))).toThrow(
      expect.objectContaining({ code: 'sweep-too-large', params: { count: 220, most: 200 } }),
    );
  });
});

describe('a random search', () => {
  const settings = {
    'training.learning_rate': range(1e-5, 1e-2, 'log'),
    'tuning.lora_r': [4, 8, 16],
    'training.batch_size': range(2, 5, 'linear'),
    'tuning.lora_dropout': range(0, 0.5, 'linear'),
  };

  // sfc32 written anew in Python, its draws in numpy's hands: exp(log a + u (log b − log a)) and its like, four digits.
  test('draws what numpy makes of the same random numbers', () => {
    expect(trialsOf(random(settings, 5)).map((trial) => Object.values(trial))).toEqual([
      [4.149e-5, 16, 4, 0.1296],
      [1.164e-5, 8, 3, 0.3397],
      [8.848e-5, 16, 3, 0.08784],
      [0.006028, 16, 5, 0.2597],
      [0.0005483, 16, 3, 0.2187],
    ]);
  });

  test('of more runs begins with the same ones, and of another seed with others', () => {
    const few = trialsOf(random(settings, 4));
    expect(trialsOf(random(settings, 40)).slice(0, 4)).toEqual(few);
    expect(trialsOf(random(settings, 4, 8))).not.toEqual(few);
  });

  test('spreads over the whole of its ranges', () => {
    const trials = trialsOf(random(settings, 200));
    const rates = trials.map((trial) => Math.log10(trial['training.learning_rate'] as number));
    // Of 200 uniform draws a tenth of the range holds 20 ± 4.2.
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = rates.filter((rate) => Math.min(9, Math.floor((10 * (rate + 5)) / 3)) === tenth);
      expect(Math.abs(inside.length - 20)).toBeLessThan(13);
    }
    const sizes = trials.map((trial) => trial['training.batch_size']);
    for (const size of [2, 3, 4, 5]) expect(sizes.filter((each) => each === size).length).toBeGreaterThan(20);
    expect(new Set(sizes).size).toBe(4);
  });

  test('makes no run twice, and refuses more than there are', () => {
    const few = { 'tuning.lora_r': [4, 8], 'training.batch_size': range(1, 3, 'linear') };
    const all = trialsOf(random(few, 6));
    expect(new Set(all.map((trial) => JSON.stringify(trial))).size).toBe(6);
    const narrow = { 'training.learning_rate': { from: 1e-3, to: 1.01e-3, scale: 'log', count: null } } as const;
    expect(
      trialsOf(random(narrow, 11))
        .map((trial) => trial['training.learning_rate'])
        .sort(),
    ).toEqual(Array.from({ length: 11 }, (_, at) => Number((1e-3 + at * 1e-6).toPrecision(4))));
    expect(() => trialsOf(random(narrow, 12))).toThrow(
      expect.objectContaining({ params: expect.objectContaining({ key: 'trials' }) }),
    );
    expect(() => trialsOf(random(few, 7))).toThrow(
      expect.objectContaining({ code: 'sweep-invalid', params: expect.objectContaining({ key: 'trials' }) }),
    );
  });
});
