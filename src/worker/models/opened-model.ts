import { AppError } from '../../errors.ts';
import type { ModelHashes } from '../../files/model-hashes.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';
import type { OpenModel } from '../../training/session/open-model.ts';
import type { ModelSource } from './messages.ts';

export interface OpenedModel {
  readonly source: ModelSource;
  readonly name: string;
  readonly open: OpenModel;
  /** Null of a model that reads no text. */
  readonly tokenizer: Tokenizer | null;
  /** Reckoned when it is first asked for. */
  readonly hashes?: () => Promise<ModelHashes>;
}

/** @throws AppError 'task-unsupported' for a model that reads no text */
export function tokenizerOf({ tokenizer, open }: OpenedModel): Tokenizer {
  if (tokenizer) return tokenizer;
  throw new AppError('task-unsupported', { modelType: open.model.modelType, task: 'text' });
}

/** The same files with the model opened with another head. */
export const reopened = (opened: OpenedModel, open: OpenModel): OpenedModel => ({ ...opened, open });
