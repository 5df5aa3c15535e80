import type { RunConfig } from '../training/config/run-config.ts';
import type { SettingsPatch } from '../worker/protocol.ts';

/** What of a run needs less memory. */
export interface SmallerRun {
  readonly name: 'batch_size' | 'max_length';
  readonly value: number;
  readonly settings: SettingsPatch;
}

/** The shortest rows that are proposed, in tokens. */
const shortest = 32;

/** Half as many rows at once, with about as many in each update; of one row, half of it. Null where it is small already. */
export function smallerRun({ training, tokenizer }: Pick<RunConfig, 'training' | 'tokenizer'>): SmallerRun | null {
  const { batch_size: rows, grad_accumulation: times } = training;
  if (rows > 1) {
    const value = Math.floor(rows / 2);
    const accumulated = Math.round((rows * times) / value);
    const settings = { training: { batch_size: value, grad_accumulation: accumulated } };
    return { name: 'batch_size', value, settings };
  }
  const value = Math.floor(tokenizer.max_length / 2);
  return value < shortest ? null : { name: 'max_length', value, settings: { tokenizer: { max_length: value } } };
}
