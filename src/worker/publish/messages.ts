/** A result put into a repository of the Hub. */

import type { TargetName } from '../../exports/targets.ts';
import type { SignInBegun } from '../../files/hub-sign-in.ts';

/** How publishing was built in: whoever serves the page may have registered it with the Hub, to let visitors sign in. */
export interface Publishing {
  readonly clientId: string | null;
}

export interface Destination {
  readonly endpoint: string;
  /** owner/name */
  readonly repository: string;
  readonly isNew: boolean;
  /** Of a new one. */
  readonly isPrivate: boolean;
}

/** A result that is ready to be sent; it is kept in the browser until all of it has been. */
export interface Publication {
  readonly runId: string;
  readonly target: TargetName;
  /** A name for it. */
  readonly title: string;
  /** All but the card. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** README.md, in which the repository is called `path/to/this/folder` until it has a name. */
  readonly card: string;
  /** Of LoRA that was made of another method: the share of the change that it holds, 0 to 1. */
  readonly kept: number | null;
  /** Where a part of it has been sent; null before. */
  readonly to: Destination | null;
}

export interface SentFile {
  readonly path: string;
  readonly doneBytes: number;
  readonly sizeBytes: number;
  readonly phase: 'hashing' | 'sending';
}

export interface PublishRequests {
  /** Writes a result into the browser's storage, and compares a whole model first. Sends nothing. */
  preparePublication: { params: { runId: string; target: TargetName; rank?: number }; result: Publication };
  /** What an earlier visit prepared and did not send whole. */
  unfinishedPublication: { params: Record<never, never>; result: { publication: Publication | null } };
  /** @param token where it is left out, that of who signed in */
  publish: { params: { to: Destination; card: string; token?: string }; result: { address: string } };
  /** Breaks off; what was sent is kept. */
  stopPublishing: { params: Record<never, never>; result: Record<never, never> };
  discardPublication: { params: Record<never, never>; result: Record<never, never> };
  signInAddress: {
    params: { endpoint: string; clientId: string; redirectUrl: string };
    result: SignInBegun & { readonly address: string };
  };
  /** Of who came back from signing in; the worker keeps the token. */
  signIn: { params: SignInBegun & { endpoint: string; redirectedUrl: string }; result: { user: string } };
}

export interface PublishEvents {
  /** How far each file that moved since the last of these has come. */
  publishing: { files: readonly SentFile[] };
}
