import { describe, expect, test } from 'vitest';
import { initialValues } from './initial.ts';
import { loraParameters } from './lora.ts';

const module = {
  rank: 64,
  r: 64,
  alpha: 16,
  scale: 0.25,
  dropout: 0,
  inFeatures: 400,
  outFeatures: 96,
  transposed: false,
  embeds: false,
};
const [a, b] = loraParameters('model.layers.0.self_attn.q_proj', module, { a: 1, b: 1 });

describe('a fresh adapter', () => {
  test('has B = 0, so that training starts at the base model', () => {
    expect(b?.shape).toEqual([96, 64]);
    expect(initialValues(b!, 1).every((value) => value === 0)).toBe(true);
  });

  test('has A uniform over ±1/√in, as kaiming with a = √5 gives', () => {
    const values = initialValues(a!, 1);
    const bound = 1 / Math.sqrt(400);
    expect(a?.shape).toEqual([64, 400]);
    expect(values.every((value) => Math.abs(value) < bound)).toBe(true);
    const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    // Of 25,600 uniform draws: standard errors are 0.6% of the bound for the mean, 0.6% for the variance.
    expect(Math.abs(moment(1)) / bound).toBeLessThan(0.02);
    expect(moment(2) / (bound ** 2 / 3)).toBeCloseTo(1, 1);
    expect(Math.max(...values)).toBeGreaterThan(0.99 * bound);
    expect(Math.min(...values)).toBeLessThan(-0.99 * bound);
  });

  test('neighbours are not alike', () => {
    const values = initialValues(a!, 1);
    let product = 0;
    for (let i = 1; i < values.length; i++) product += values[i]! * values[i - 1]!;
    expect(Math.abs((product / values.length) * 3 * 400)).toBeLessThan(0.03);
  });

  test('is the same for a seed on every machine, and another for another seed or module', () => {
    const values = initialValues(a!, 1);
    expect(initialValues(a!, 1)).toEqual(values);
    expect(initialValues(a!, 2)).not.toEqual(values);
    const [other] = loraParameters('model.layers.1.self_attn.q_proj', module, { a: 1, b: 1 });
    expect(initialValues(other!, 1)).not.toEqual(values);
    expect(initialValues({ ...a!, shape: [1, 400] }, 1)).toEqual(values.slice(0, 400));
  });
});
