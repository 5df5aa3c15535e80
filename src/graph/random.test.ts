import { describe, expect, it } from 'vitest';
import { GraphBuilder } from './builder.ts';
import { dropThreshold, mix32, randomBits, siteKey } from './random.ts';
import { interpret } from './reference/interpret.ts';

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

  it('drop other values where a module serves a second layer', () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', { shape: [64], dtype: 'f32' });
    const seed = builder.input('seed', { shape: [2], dtype: 'u32' });
    const [first, second] = [0, 1].map(() => builder.dropout(x, seed, 0.5, 'shared/lora_dropout'));
    const inputs = { x: Array<number>(64).fill(1), seed: [1, 2] };
    const { outputs } = interpret(builder.finish({ first: first!, second: second! }), {
      parameters: new Map(),
      inputs,
    });
    expect(outputs.first).not.toEqual(outputs.second);
  });

  it('fall below the threshold of a probability as often as it says', () => {
    expect(dropThreshold(0)).toBe(0);
    expect(dropThreshold(0.5)).toBe(2 ** 31);
    expect(dropThreshold(1)).toBe(2 ** 32 - 1);
    expect(dropThreshold(0.25) / 2 ** 32).toBeCloseTo(0.25, 9);
  });
});
