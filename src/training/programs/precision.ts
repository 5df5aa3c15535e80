/** What `environment.mixed_precision` means. */
import { AppError } from '../../errors.ts';
import type { Executor } from '../../plan/executor.ts';
import type { DeviceProfile } from '../../plan/profile.ts';
import type { Settings } from '../config/stage.ts';

type Precision = Settings<'environment.mixed_precision'>;

/** `f16`: products of training round their operands to f16 and add in f32. `auto` is `f32`, whose numbers are PyTorch's. */
export const usesHalf = ({ environment }: Precision): boolean => environment.mixed_precision === 'f16';

/** The device as the plans of a run see it. */
export const profileOf = (config: Precision, profile: DeviceProfile): DeviceProfile => ({
  ...profile,
  halfProducts: usesHalf(config),
});

/**
 * Gradients of a mean over tokens are small: f16 knows nothing between 0 and 6e-8, so on their way they are this many
 * times as large (loss scaling, arXiv 1710.03740). They would have to pass 16 for f16 to overflow.
 */
export const lossFactorOf = (config: Precision): number => (usesHalf(config) ? 4096 : 1);

/** @throws AppError 'half-unsupported' where a run asks for f16 and the executor has none */
export function requirePrecision(config: Precision, { name, profile, description }: Executor): void {
  if (usesHalf(config) && !(name === 'webgpu' && profile.features.f16))
    throw new AppError('half-unsupported', { device: description });
}
