/** What is found of a run's rows before it starts: why it should not start, or what its result will not tell. */
import { AppError, type ErrorCode, type ErrorParams } from '../errors.ts';

/** Settings that mend a finding. */
export interface Remedy {
  readonly dataset?: { readonly drop_duplicates?: boolean; readonly validation_size?: number };
  readonly tokenizer?: { readonly max_length?: number; readonly allow_truncation?: boolean };
}

export interface RowFinding {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  /** A fresh run does not start; else it is only said. */
  readonly blocks: boolean;
  readonly remedy?: Remedy;
}

/** @throws AppError of the first finding that blocks */
export function requireSound(findings: readonly RowFinding[]): void {
  const found = findings.find(({ blocks }) => blocks);
  if (found) throw new AppError(found.code, found.params);
}
