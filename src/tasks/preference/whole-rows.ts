/** What answers that are compared leave no choice of. */
import { AppError, because } from '../../errors.ts';
import type { TaskSettings } from '../settings.ts';

export type ComparedSettings = Pick<TaskSettings, 'dataset' | 'tokenizer' | 'augmentation' | 'training'>;

/**
 * What would change the text of which the reference was taken, or put more than one answer into a row.
 * @throws AppError 'run-config-invalid'
 */
export function requireWholeRows({ dataset, tokenizer, augmentation }: ComparedSettings): void {
  const invalid = (key: string, reason: ReturnType<typeof because>) =>
    new AppError('run-config-invalid', { key, reason });
  if (tokenizer.packing)
    throw invalid('tokenizer.packing', because`answers that are compared need a row each, so rows cannot be packed`);
  if (augmentation.token_mask_probability > 0)
    throw invalid(
      'augmentation.token_mask_probability',
      because`answers are scored once before training, so their tokens cannot be masked`,
    );
  if (tokenizer.padding_quantile !== 1)
    throw invalid(
      'tokenizer.padding_quantile',
      because`answers are scored whole, so each batch is padded to its longest row: set it to 1`,
    );
  if (!dataset.mask_prompt_labels)
    throw invalid(
      'dataset.mask_prompt_labels',
      because`what is learned of a prompt follows from the loss: switch it on`,
    );
}
