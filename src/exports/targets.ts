import { AppError, type ErrorCode, type ErrorParams } from '../errors.ts';
import type { ReadValues } from '../tuning/method.ts';
import { methodOf } from '../tuning/methods.ts';
import { adapterhub } from './adapterhub.ts';
import { archive } from './archive.ts';
import { changedWeights } from './changed-weights.ts';
import { code } from './code.ts';
import { peft } from './peft.ts';
import { config } from './run-config.ts';
import type { ExportedRun, RunFacts, StreamedFile, Target, Tuned } from './target.ts';
import { tensorboard } from './tensorboard.ts';
import { merged } from './whole-model.ts';

/** Every form of a result, in the order in which they are offered; the first that a run takes is its own. */
const all = { peft, adapterhub, changed: changedWeights, merged, config, tensorboard, archive, code };
export type TargetName = keyof typeof all;
export const targets: Readonly<Record<TargetName, Target>> = all;
export const targetNames = Object.keys(all) as readonly TargetName[];

/** A target and, where it cannot be had of a run, why. */
export interface Offer {
  readonly target: TargetName;
  readonly holds: Target['holds'];
  readonly refusal: { readonly code: ErrorCode; readonly params: ErrorParams } | null;
}

export function offersOf(run: RunFacts): Offer[] {
  return targetNames.map((target) => {
    const refusal = targets[target].refuses(run);
    return {
      target,
      holds: targets[target].holds,
      refusal: refusal ? { code: refusal.code, params: refusal.params } : null,
    };
  });
}

/** The facts of a run config, and of what was read or resolved without one. */
export const factsOfConfig = (
  { tuning, dataset }: { readonly tuning: { readonly method: string }; readonly dataset: { problem_type: string } },
  modelType: string | null,
): RunFacts => ({ method: tuning.method, pictures: dataset.problem_type === 'image-classification', modelType });

export const factsOfTuned = ({ base: { model }, tuning: { adapter } }: Tuned): RunFacts => ({
  method: adapter ? methodOf(adapter.peftConfig)! : 'full',
  pictures: model.kind === 'image',
  modelType: model.modelType,
});

/** @throws AppError why the target cannot be had of the run */
export function requireTarget(name: TargetName, run: RunFacts): Target {
  const refusal = targets[name].refuses(run);
  if (refusal) throw refusal;
  return targets[name];
}

/** What was trained, in its own form. */
export async function trainedPart(tuned: Tuned, read: ReadValues): Promise<readonly StreamedFile[]> {
  const { target } = offersOf(factsOfTuned(tuned)).find(({ refusal }) => refusal === null)!;
  return targets[target].write(weightsAlone(tuned, read));
}

/** Weights that no run lies beside. */
export function weightsAlone(tuned: Tuned, read: ReadValues): ExportedRun {
  const missing = (): never => {
    throw new AppError('export-needs-run');
  };
  return {
    name: 'model',
    settings: async () => missing(),
    folder: missing,
    tuned: async () => tuned,
    values: async () => read,
  };
}
