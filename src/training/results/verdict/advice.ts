/** What settings to try next. */
import { rowsThatTell, shareThatTells, validationRowCount } from '../../../data/split.ts';
import type { RunConfig } from '../../config/run-config.ts';
import type { Outcome, RowFacts } from '../../run/outcome.ts';
import type { Course } from './course.ts';
import type { Action, SettingsPatch } from './verdict.ts';

interface Facts {
  readonly config: RunConfig;
  readonly course: Course;
  readonly outcome: Outcome | null;
}

/** Of runs that did not keep it: adapters are new and small, published weights are neither. */
const usualRate = ({ config, outcome }: Facts): number =>
  outcome?.usualRate ?? (config.tuning.method === 'full' ? 2e-5 : 2e-4);

/** A rate so far below the usual one changes next to nothing in a run of usual length. */
export const isSmallRate = (facts: Facts): boolean => facts.config.training.learning_rate < usualRate(facts) / 10;

export const again = (settings: SettingsPatch): Action => ({ kind: 'again', settings });

/** To one figure, as rates are written. */
const rounded = (rate: number): number => Number(rate.toPrecision(1));

/** After a run that broke: the usual rate where this one is far above it, else a fifth. */
export function againGently(facts: Facts): Action {
  const { learning_rate: rate } = facts.config.training;
  const usual = usualRate(facts);
  return again({ training: { learning_rate: rate > 5 * usual ? usual : rounded(rate / 5) } });
}

export const againFaster = (facts: Facts): Action => again({ training: { learning_rate: usualRate(facts) } });

/** Updates in which most runs have learned what they can of a small table. */
const enoughUpdates = 300;
const [fewestEpochs, mostEpochs] = [2, 20];

/** More epochs, on top of those that were done; a new run where this one kept nothing to go on from. */
export function trainOn({ config, course }: Facts): Action {
  const { save_checkpoint: kept, epochs: before } = config.training;
  const perEpoch = course.stepsPerEpoch ?? enoughUpdates;
  const epochs = Math.min(mostEpochs, Math.max(fewestEpochs, Math.round(enoughUpdates / perEpoch)));
  if (kept !== 'disable') return { kind: 'train-on', epochs };
  return again({ training: { epochs: Math.ceil(before) + epochs, max_steps: 0 } });
}

/** Shares of the rows that are proposed to be held back. */
const [usualShare, largestShare] = [0.2, 0.5];

/**
 * A fifth of the rows, and more of a small table, so that something can be told. More rows, where even half of these tell
 * nothing, or where no more would be held back than were.
 */
export function holdBack(rows: Pick<RowFacts, 'training' | 'held'> | null): Action {
  const withHeld = (size: number) => again({ dataset: { validation_strategy: 'automatic', validation_size: size } });
  const all = rows ? rows.training + rows.held : 0;
  if (!rows || all === 0) return withHeld(usualShare);
  const size = Math.min(largestShare, Math.max(usualShare, shareThatTells(all)));
  const held = validationRowCount(all, { validation_strategy: 'automatic', validation_size: size });
  return held < rowsThatTell || held <= rows.held ? { kind: 'add-rows' } : withHeld(size);
}

export const keepBest = (): Action => again({ training: { save_checkpoint: 'best' } });

/** Lengths are chosen in steps of this. */
const lengthStep = 16;

export const longer = (tokens: number): Action =>
  again({ tokenizer: { max_length: Math.ceil(tokens / lengthStep) * lengthStep } });
