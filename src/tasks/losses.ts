import { AppError } from '../errors.ts';
import type { OpenSettings } from './task.ts';

/** The default of the setting: it stands for the usual loss of each problem type. */
export const tokenLoss = 'TokenAveragedCrossEntropy';

/** @throws AppError 'setting-unsupported' for a loss that does not fit the problem type */
export function requireLoss({ dataset, training }: OpenSettings, supported: readonly string[]): void {
  const { loss_function: loss } = training;
  if (supported.includes(loss)) return;
  throw new AppError('setting-unsupported', {
    key: 'training.loss_function',
    value: `${loss} (${dataset.problem_type})`,
    supported: supported.join(', '),
  });
}
