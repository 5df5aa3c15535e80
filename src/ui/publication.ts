import type { AppError } from '../errors.ts';
import type { Publication, SentFile, TargetName } from '../worker/protocol.ts';

/** A result on its way to the Hub. */
export interface PublicationState {
  readonly preparing: TargetName | null;
  readonly value: Publication | null;
  readonly sending: boolean;
  /** How far the files have come, by path. */
  readonly files: Readonly<Record<string, SentFile>>;
  /** Of the repository, once all is there. */
  readonly address: string | null;
  readonly error: AppError | null;
  /** Who signed in, and where. */
  readonly user: { readonly name: string; readonly endpoint: string } | null;
}

export const nothingPublished: PublicationState = {
  ...{ preparing: null, value: null, sending: false, files: {}, address: null, error: null, user: null },
};
