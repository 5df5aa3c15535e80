/** The losses of answers that are judged by themselves. */

/** The value of `training.loss_function` that means KTO (arXiv 2402.01306), as TRL's KTOTrainer reckons it. */
export const judgedLoss = 'KTO';

/** The same for the unpaired variant of APO-zero (arXiv 2408.06266), TRL's `apo_zero_unpaired`. */
export const aloneLoss = 'APOZero';

export const judgedLosses = [judgedLoss, aloneLoss] as const;

/** Whether the loss looks at nothing but the row: KTO, for which the default of the setting stands, compares with others. */
export const standsAlone = ({ loss_function }: { readonly loss_function: string }): boolean =>
  loss_function === aloneLoss;

/** How a run config says that such answers are learned. */
export const judgedProblem = 'judged-answers';

export const judgesAnswers = ({ dataset }: { readonly dataset: { readonly problem_type: string } }): boolean =>
  dataset.problem_type === judgedProblem;

/** What it reads, as in the section `training`. */
export interface JudgedLossSettings {
  readonly beta: number;
  /** What good answers and bad ones count for. */
  readonly desirable_weight: number;
  readonly undesirable_weight: number;
}

export const judgedReads: readonly (keyof JudgedLossSettings)[] = ['beta', 'desirable_weight', 'undesirable_weight'];

/**
 * KTO's authors have good answers together weigh 1 to 4/3 times as much as bad ones (their equation 8).
 * @returns the bounds of `desirable_weight` for so many of each; null where the weights are no more than a third beyond them
 */
export function advisedWeights(
  good: number,
  bad: number,
  { desirable_weight, undesirable_weight }: Omit<JudgedLossSettings, 'beta'>,
): { readonly low: number; readonly high: number } | null {
  const low = (bad * undesirable_weight) / good;
  const high = (4 / 3) * low;
  return desirable_weight >= (3 / 4) * low && desirable_weight <= (4 / 3) * high ? null : { low, high };
}
