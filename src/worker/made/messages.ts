/** Rows that a model makes from those of the open table. */
import type { ChatServer } from '../../generation/chat-server.ts';
import type { MadeRow, MakeSettings } from '../../generation/made/rows.ts';
import type { TakenRow } from '../../generation/made/table.ts';
import type { RunConfig } from '../../training/config/run-config.ts';

export type { MadeCheck, MadeRow, MakeSettings } from '../../generation/made/rows.ts';
export type { TakenRow } from '../../generation/made/table.ts';

/** Who writes: the open model as it was published, a run's result, or a server. */
export type MadeWriter =
  | { readonly kind: 'model' }
  | { readonly kind: 'run'; readonly runId: string }
  | ({ readonly kind: 'server' } & Omit<ChatServer, 'fetch'>);

/** A row that is being looked at, with what it was decided to be. */
export type ReviewedRow = MadeRow & { readonly isApproved: boolean };

export interface MadeRequests {
  /**
   * Makes rows from those that a run of the config would learn, told one by one by `rowMade` events and ended by
   * `stopMaking`. Of a server the key is kept for the request only.
   */
  makeRows: {
    params: { requestId: string; config: RunConfig; writer: MadeWriter; settings: MakeSettings };
    result: Record<never, never>;
  };
  stopMaking: { params: { requestId: string }; result: Record<never, never> };
  /** The open table with rows that were made of it behind its own, as a file. */
  withMadeRows: { params: { rows: readonly TakenRow[] }; result: { name: string; blob: Blob } };
  /** The open table without any made row, as a file. */
  withoutMadeRows: { params: Record<never, never>; result: { name: string; blob: Blob } };
  /** Rows that were made of the open table alone, as a file to look at elsewhere. */
  reviewFile: { params: { rows: readonly ReviewedRow[] }; result: { fileName: string; blob: Blob } };
  /** The open table. */
  tableFile: { params: Record<never, never>; result: { fileName: string; blob: Blob } };
}

export interface MadeEvents {
  rowMade: { requestId: string; row: MadeRow };
}
