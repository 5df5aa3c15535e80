import { describe, expect, test } from 'vitest';
import golden from './golden/rope.json';
import { inverseFrequencies, reachOf, ropeTable } from './rope.ts';
import { readRopeByLayerType, readRopeConfig } from './rope-config.ts';

const readable = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe.each(golden)('$case, as transformers computes it in f32', ({ config, headDim, ...expected }) => {
  const rope = readRopeConfig({ ...config, max_position_embeddings: 131072 });

  test('inverse frequencies differ by their last bits at most', () => {
    inverseFrequencies(rope, headDim).forEach((frequency, i) => {
      const wanted = expected.inverseFrequencies[i]!;
      expect(Math.abs(frequency - wanted)).toBeLessThanOrEqual(2.4e-7 * wanted);
    });
  });

  test('cosines and sines are multiplied by its attention factor', () => {
    expect(ropeTable(rope, headDim, 1)[0]).toBeCloseTo(expected.attentionFactor, 6);
  });

  test('angles at far positions are right', () => {
    const table = ropeTable(rope, headDim, Math.max(...expected.positions) + 1);
    const half = headDim / 2;
    expected.positions.forEach((position, row) => {
      // The last bits of a frequency turn the angle at this position by so much.
      const tolerance = 1e-6 + position * 2.4e-7;
      for (let i = 0; i < half; i++) {
        expect(Math.abs(table[position * headDim + i]! - expected.cosines[row * half + i]!)).toBeLessThan(tolerance);
        expect(Math.abs(table[position * headDim + half + i]! - expected.sines[row * half + i]!)).toBeLessThan(
          tolerance,
        );
      }
    });
  });
});

test('both dialects of config.json say the same', () => {
  const scaling = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
  const older = { rope_theta: 500000, rope_scaling: { ...scaling, rope_type: 'llama3' } };
  const newer = { rope_parameters: { ...scaling, rope_type: 'llama3', rope_theta: 500000 } };
  expect(readRopeConfig({ ...older, max_position_embeddings: 131072 })).toEqual(
    readRopeConfig({ ...newer, max_position_embeddings: 131072 }),
  );
  const oldest = { rope_theta: 100, rope_scaling: { type: 'linear', factor: 2 } };
  expect(readRopeConfig(oldest)).toEqual({ theta: 100, scaling: { type: 'linear', factor: 2 } });
  expect(readRopeConfig({ rope_scaling: null })).toEqual({ theta: 10000, scaling: { type: 'default' } });
});

test('scalings that are not carried out are refused by name', () => {
  const refusal = (type: string): string => readable(() => readRopeConfig({ rope_scaling: { type, factor: 2 } }));
  expect(refusal('axial')).toContain('"axial" is unknown (known: default, linear, llama3, longrope, yarn');
  expect(readable(() => readRopeConfig({ rope_scaling: { type: 'linear', factor: 2, alpha: 3 } }))).toContain(
    'alpha in rope_scaling is unknown',
  );
  expect(refusal('spiral')).toContain('"spiral" is unknown');
  expect(readable(() => readRopeConfig({ partial_rotary_factor: 0.5 }))).toContain('partial_rotary_factor');
  expect(readable(() => readRopeConfig({ rope_scaling: { type: 'linear' } }))).toContain('factor is missing');
  expect(readable(() => readRopeConfig({ rope_parameters: { full_attention: {} } }))).toContain('layer type');
});

test('dynamic scaling takes texts up to the length that it does not stretch', () => {
  const rope = readRopeConfig({ max_position_embeddings: 96, rope_scaling: { type: 'dynamic', factor: 2 } });
  expect(reachOf(rope, 8)).toBe(96);
});

test('layers that slide have settings of their own, in either dialect', () => {
  const usual = { full: 1e6, sliding: 1e4, slidingKey: 'rope_local_base_freq' };
  const scaling = { rope_type: 'linear', factor: 8 };
  const older = { rope_theta: 5e5, rope_local_base_freq: 100, rope_scaling: scaling };
  const newer = {
    rope_parameters: {
      full_attention: { ...scaling, rope_theta: 5e5 },
      sliding_attention: { rope_type: 'default', rope_theta: 100 },
    },
  };
  expect(readRopeByLayerType(older, usual)).toEqual(readRopeByLayerType(newer, usual));
  expect(readRopeByLayerType(newer, usual)).toEqual({
    full: { theta: 5e5, scaling: { type: 'linear', factor: 8 } },
    sliding: { theta: 100, scaling: { type: 'default' } },
  });
  expect(readRopeByLayerType({}, usual)).toMatchObject({ full: { theta: 1e6 }, sliding: { theta: 1e4 } });
});
