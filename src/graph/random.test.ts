import { describe, expect, it } from 'vitest';
import { dropThreshold, mix32, randomBits, siteKey } from './random.ts';

describe('random numbers', () => {
  it('stay what saved runs were made with', () => {
    // Printed by the same formulas written in Python with unlimited integers.
    expect([0, 1, 0xffffffff].map(mix32)).toEqual([0, 1753845952, 1734902346]);
    expect(siteKey('model.layers.0.self_attn.q_proj/lora_dropout')).toBe(504058872);
    expect(randomBits(1, 2, siteKey('s'), 5)).toBe(28506015);
  });

  it('are spread evenly over their range and differ from neighbour to neighbour', () => {
    const site = siteKey('layers.0.q_proj/lora_dropout');
    const draws = Array.from({ length: 20_000 }, (_, index) => randomBits(11, 22, site, index));
    expect(draws.every((draw) => Number.isInteger(draw) && draw >= 0 && draw < 2 ** 32)).toBe(true);
    const eighths = Array<number>(8).fill(0);
    for (const draw of draws) eighths[draw >>> 29]!++;
    // 2,500 expected, standard deviation 47.
    for (const count of eighths) expect(Math.abs(count - 2500)).toBeLessThan(5 * 47);
    expect(new Set(draws).size).toBeGreaterThan(19_980);
  });

  it('fall below the threshold of a probability as often as it says', () => {
    expect(dropThreshold(0)).toBe(0);
    expect(dropThreshold(0.5)).toBe(2 ** 31);
    expect(dropThreshold(0.25) / 2 ** 32).toBeCloseTo(0.25, 9);
  });
});
