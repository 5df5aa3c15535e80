import { because } from '../errors.ts';
import { invalidConfig } from './config-reader.ts';
import type { RopeConfig, RopeScaling, Yarn } from './rope-config.ts';

const f32 = Math.fround;

/**
 * Inverse frequencies θ^(−2i/headDim), scaled, f32 [headDim / 2]. Every step is rounded to f32 as transformers does
 * (`modeling_rope_utils`): at position 10,000 one last bit of a frequency is an angle of 6e-4.
 */
export function inverseFrequencies({ theta, scaling }: RopeConfig, headDim: number): Float32Array {
  const powers = Array.from({ length: headDim / 2 }, (_, i) => f32(theta ** f32((2 * i) / headDim)));
  const plain = powers.map((power) => f32(1 / power));
  switch (scaling.type) {
    case 'default':
    case 'dynamic':
      return Float32Array.from(plain);
    case 'linear':
      return Float32Array.from(plain, (frequency) => frequency / scaling.factor);
    case 'llama3':
      return Float32Array.from(plain, (frequency) => llama3(frequency, scaling));
    case 'longrope':
      return Float32Array.from(powers, (power, i) => 1 / f32(f32(scaling.factors[i]!) * power));
    case 'proportional': {
      const turned = Math.floor((scaling.share * headDim) / 2);
      return Float32Array.from(plain, (frequency, i) => (i < turned ? frequency / scaling.factor : 0));
    }
    case 'yarn':
      return yarn(powers, theta, scaling);
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

/** Of each frequency, so much as it is, and the rest divided by the factor. */
function yarn(powers: readonly number[], theta: number, scaling: Yarn): Float32Array {
  const { factor, originalMaxPositions, betaFast, betaSlow, truncate } = scaling;
  const dim = 2 * powers.length;
  const turning = (turns: number): number =>
    (dim * Math.log(originalMaxPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const ends = [turning(betaFast), turning(betaSlow)] as const;
  const low = Math.max(truncate ? Math.floor(ends[0]) : ends[0], 0);
  const high = Math.min(truncate ? Math.ceil(ends[1]) : ends[1], dim - 1);
  const width = low === high ? 0.001 : high - low;
  return Float32Array.from(powers, (power, i) => {
    const ramp = Math.min(1, Math.max(0, f32(f32(i - low) / width)));
    const kept = f32(1 - ramp);
    return f32(f32(1 / f32(factor * power)) * f32(1 - kept)) + f32(f32(1 / power) * kept);
  });
}

/**
 * The longest text that a rotary embedding of that width is made for.
 * @throws AppError 'config-invalid' where longrope does not have a factor for each frequency
 */
export function reachOf({ scaling }: RopeConfig, width: number): number {
  if (scaling.type === 'dynamic') return scaling.originalMaxPositions;
  if (scaling.type !== 'longrope') return Number.POSITIVE_INFINITY;
  if (scaling.factors.length !== width / 2)
    throw invalidConfig(because`short_factor has ${scaling.factors.length} numbers instead of ${width / 2}`);
  return scaling.originalMaxPositions;
}

/** Row p, times what it grows by: the cosines of the angles p·frequency in the first half, their sines in the second; f32 [positions, headDim]. */
export function ropeTable(
  config: RopeConfig,
  headDim: number,
  positions: number,
  growth?: { readonly beta: number; readonly every: number },
): Float32Array {
  const frequencies = inverseFrequencies(config, headDim);
  const half = frequencies.length;
  const amplitude = 'amplitude' in config.scaling ? config.scaling.amplitude : 1;
  const table = new Float32Array(positions * headDim);
  for (let position = 0; position < positions; position++) {
    const grown = growth ? 1 + growth.beta * Math.log(1 + Math.floor(position / growth.every)) : 1;
    for (let i = 0; i < half; i++) {
      const angle = f32(position * frequencies[i]!);
      table[position * headDim + i] = grown * amplitude * Math.cos(angle);
      table[position * headDim + half + i] = grown * amplitude * Math.sin(angle);
    }
  }
  return table;
}
