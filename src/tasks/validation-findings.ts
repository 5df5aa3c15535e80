/** Validation that tells nothing. */
import { rowsThatTell, shareThatTells, validationRowCount } from '../data/split.ts';
import type { RowFinding } from './findings.ts';
import type { RowOutcome } from './prepared.ts';
import type { TaskSettings } from './settings.ts';

/** The largest share that is proposed to be held back. */
const largestShare = 1 / 3;

/** Too few rows to validate with, and the share of the table that would be enough. */
export function validationFindings(
  { training, held, validation: rows }: RowOutcome['counts'],
  { dataset }: Pick<TaskSettings, 'dataset'>,
): RowFinding[] {
  if (dataset.validation_strategy === 'none' || rows === 0 || rows >= rowsThatTell) return [];
  const all = training + held;
  const share = shareThatTells(all);
  const mends = dataset.validation_strategy === 'automatic' && dataset.data_sample === 1 && share <= largestShare;
  const isEnough = mends && validationRowCount(all, { ...dataset, validation_size: share }) >= rowsThatTell;
  const remedy = isEnough ? { remedy: { dataset: { validation_size: share } } } : {};
  return [{ code: 'validation-small', params: { rows }, blocks: false, ...remedy }];
}
