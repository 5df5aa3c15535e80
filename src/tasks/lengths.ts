import { AppError, because, type Reason } from '../errors.ts';
import { type Model, requireTextModel, type TextModel } from '../models/model.ts';
import type { TaskSettings } from './settings.ts';

export type LengthLimit = { readonly tokenizer: Pick<TaskSettings['tokenizer'], 'max_length' | 'packing'> };

/** What of a tuning matters to rows: the positions that its virtual tokens take. A `Tuning` is one. */
export interface TakenPositions {
  readonly adapter?: { readonly virtualTokens?: { readonly count: number } };
}

/** The most tokens of a row: the setting, or what the model has room for where that is less. */
export function maximumLength(config: LengthLimit, modelPositions: number): number {
  return Math.min(config.tokenizer.max_length, modelPositions);
}

/**
 * The positions that a row's tokens may have; all of the model's where the tuning cannot be resolved.
 * @throws as `freePositions`
 */
export const rowPositions = (model: TextModel, tuning: TakenPositions | null, config: LengthLimit): number =>
  tuning ? freePositions(model, tuning, config) : model.tablePositions;

/** The most tokens of a row of texts: `longestRow` of their objectives. */
export const longestText = (model: Model, tuning: TakenPositions | null, config: LengthLimit): number =>
  maximumLength(config, rowPositions(requireTextModel(model), tuning, config));

/**
 * The positions that are left for a row's tokens beside an adapter's virtual ones.
 * @throws AppError 'run-config-invalid' where rows are packed though each example needs a row of its own, since virtual
 * tokens stand before each row; or where no position is left
 */
function freePositions(model: TextModel, tuning: TakenPositions, { tokenizer }: LengthLimit): number {
  const { count } = tuning.adapter?.virtualTokens ?? { count: 0 };
  const invalid = (key: string, reason: Reason) => new AppError('run-config-invalid', { key, reason });
  if (count > 0 && tokenizer.packing)
    throw invalid('tokenizer.packing', because`a learned prompt or prefix needs each example in a row of its own`);
  if (count >= model.tablePositions)
    throw invalid('tuning.num_virtual_tokens', because`the model has ${model.tablePositions} positions`);
  return model.tablePositions - count;
}
