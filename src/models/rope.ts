import { because } from '../errors.ts';
import { invalidConfig } from './config-reader.ts';
import type { RopeConfig, RopeScaling } from './rope-config.ts';

const f32 = Math.fround;

/**
 * Inverse frequencies θ^(−2i/headDim), scaled, f32 [headDim / 2]. Every step is rounded to f32 as transformers does
 * (`modeling_rope_utils`): at position 10,000 one last bit of a frequency is an angle of 6e-4.
 */
export function inverseFrequencies({ theta, scaling }: RopeConfig, headDim: number): Float32Array {
  const frequencies = new Float32Array(headDim / 2);
  for (let i = 0; i < frequencies.length; i++) {
    const power = f32(theta ** f32((2 * i) / headDim));
    frequencies[i] =
      scaling.type === 'longrope' ? f32(1 / f32(f32(scaling.factors[i]!) * power)) : scaled(f32(1 / power), scaling);
  }
  return frequencies;
}

function scaled(frequency: number, scaling: Exclude<RopeScaling, { type: 'longrope' }>): number {
  switch (scaling.type) {
    case 'default':
      return frequency;
    case 'linear':
      return f32(frequency / scaling.factor);
    case 'llama3':
      return llama3(frequency, scaling);
  }
}

/** Llama 3.1: short wavelengths stay, long ones are stretched by `factor`, those between are blended. */
function llama3(frequency: number, scaling: RopeScaling & { type: 'llama3' }): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalMaxPositions } = scaling;
  const wavelength = f32((2 * Math.PI) / frequency);
  if (wavelength < originalMaxPositions / high) return frequency;
  if (wavelength > originalMaxPositions / low) return f32(frequency / factor);
  const smooth = f32(f32(f32(originalMaxPositions / wavelength) - low) / (high - low));
  const stretched = f32(f32(f32(1 - smooth) * frequency) / factor);
  return f32(stretched + f32(smooth * frequency));
}

/**
 * The longest text that a rotary embedding of that width is made for.
 * @throws AppError 'config-invalid' where longrope does not have a factor for each frequency
 */
export function reachOf({ scaling }: RopeConfig, width: number): number {
  if (scaling.type !== 'longrope') return Number.POSITIVE_INFINITY;
  if (scaling.factors.length !== width / 2)
    throw invalidConfig(because`short_factor has ${scaling.factors.length} numbers instead of ${width / 2}`);
  return scaling.originalMaxPositions;
}

/** Row p: the cosines of the angles p·frequency in the first half, their sines in the second; f32 [positions, headDim]. */
export function ropeTable(config: RopeConfig, headDim: number, positions: number): Float32Array {
  const frequencies = inverseFrequencies(config, headDim);
  const half = frequencies.length;
  const amplitude = config.scaling.type === 'longrope' ? config.scaling.amplitude : 1;
  const table = new Float32Array(positions * headDim);
  for (let position = 0; position < positions; position++)
    for (let i = 0; i < half; i++) {
      const angle = f32(position * frequencies[i]!);
      table[position * headDim + i] = amplitude * Math.cos(angle);
      table[position * headDim + half + i] = amplitude * Math.sin(angle);
    }
  return table;
}
