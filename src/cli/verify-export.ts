import { AppError } from '../errors.ts';
import type { Target, Tuned } from '../exports/target.ts';
import type { ModelFiles } from '../files/source.ts';
import { comparedSequences, mergeError } from '../generation/merged.ts';
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

/** @throws AppError 'usage' for a target whose form is not read back here */
export function requireComparable({ readBack, holds }: Target): void {
  if (!readBack && holds !== 'model')
    throw new AppError('usage', { reason: 'Only GGUF forms and whole models are compared: leave out --verify.' });
}

/**
 * Holds what a target wrote against base and adapter: its logits on ten prompts.
 * @returns the sentence that says how far they are off
 * @throws AppError 'merge-differs'
 */
export async function verifyExport({ target, tuned, open, values, files }: Written): Promise<string> {
  const { readBack } = target;
  const { vocabularySize } = await openTokenizer(open.files);
  const executor = await createExecutor('auto');
  try {
    const merged = readBack ? await readBack(files, open) : await openModel(files);
    const sequences = comparedSequences(vocabularySize);
    const check = { executor, open, tuning: tuned.tuning, values: await values(), merged, sequences };
    const { error, limit } = await mergeError(check);
    const [off, most] = [error, limit].map((share) => `${(100 * share).toPrecision(2)} %`) as [string, string];
    if (!(error <= limit)) throw new AppError('merge-differs', { error: off, limit: most });
    return `Read back: logits of ${sequences.length} prompts are off by ${off} of their size (${most} is what the rounding of its type may make).`;
  } finally {
    executor.dispose();
  }
}
