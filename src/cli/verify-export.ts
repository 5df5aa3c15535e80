import { AppError } from '../errors.ts';
import type { RunFacts, Target, Tuned } from '../exports/target.ts';
import { ownFormOf, type TargetName, targetNames, targets } from '../exports/targets.ts';
import type { ModelFiles } from '../files/source.ts';
import { comparedSequences, requireMerged } from '../generation/merged.ts';
import { percentText } from '../percent.ts';
import type { AdapterValues } from '../training/session/adapter-tuning.ts';
import { type OpenModel, openModel, openTokenizer } from '../training/session/open-model.ts';
import { createExecutor } from './executors.ts';

interface Written {
  readonly target: Target;
  readonly tuned: Tuned;
  readonly open: OpenModel;
  values(): Promise<AdapterValues>;
  /** What was written, read again. */
  readonly files: ModelFiles;
}

const isComparable = ({ readBack, holds }: Target): boolean => readBack !== undefined || holds === 'model';

/** The targets whose form is read back here. */
export const comparable: readonly TargetName[] = targetNames.filter((name) => isComparable(targets[name]));

export const takesPrompts = ({ pictures }: RunFacts): boolean => !pictures;

/** @throws AppError 'usage' for a model that no prompt is for */
export function requirePrompts(run: RunFacts): void {
  if (!takesPrompts(run))
    throw new AppError('usage', {
      reason: '--verify compares answers to prompts, and this model looks at pictures: leave it out.',
    });
}

/** @throws AppError 'usage' for a target whose form is not read back here */
export function requireComparable(name: TargetName): void {
  if (!comparable.includes(name))
    throw new AppError('usage', {
      reason: `--verify is of the targets ${comparable.join(', ')}, not of ${name}.`,
    });
}

/**
 * Holds what a target wrote against base and adapter: its logits on ten prompts.
 * @returns the sentence that says how far they are off
 * @throws AppError 'merge-differs', 'merge-forgets'
 */
export async function verifyExport({ target, tuned, open, values, files }: Written): Promise<string> {
  const { readBack } = target;
  const { vocabularySize } = await openTokenizer(open.files);
  const executor = await createExecutor('auto');
  try {
    const merged = readBack ? await readBack(files, open) : await openModel(files);
    const sequences = comparedSequences(vocabularySize);
    const check = {
      executor,
      open,
      tuning: tuned.tuning,
      values: await values(),
      merged,
      sequences,
      instead: ownFormOf(tuned),
    };
    const { error, limit, change, held } = await requireMerged(check);
    const learned =
      held === null
        ? `Training changed them by ${percentText(change)}, which is too little to tell from rounding: whether the file has that change was not seen.`
        : `Training changed them by ${percentText(change)}; the file holds ${percentText(held)} of that change.`;
    return `Read back: logits of ${sequences.length} prompts are off by ${percentText(error)} of their size (up to ${percentText(limit)} is accepted). ${learned}`;
  } finally {
    executor.dispose();
  }
}
