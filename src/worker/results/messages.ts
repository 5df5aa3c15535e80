/** What is taken away of a run, and taken in again. */
import type { Offer, TargetName } from '../../exports/targets.ts';

export interface Download {
  readonly fileName: string;
  readonly blob: Blob;
  /** Of LoRA that was made of another method: the share of the change that it holds, 0 to 1. */
  readonly kept?: number | null;
  /** Of a whole model: how far its logits are from those of base and adapter, and how far they may be, as shares. */
  readonly checked?: { readonly error: number; readonly limit: number } | null;
}

export interface ResultRequests {
  /** What the result of a run can be taken as, and why not. */
  exportOffers: { params: { runId: string }; result: { offers: readonly Offer[] } };
  /** A whole model is checked against base and adapter first; throws 'merge-differs' where they do not agree. */
  download: { params: { runId: string; target: TargetName; rank?: number }; result: Download };
  renameRun: { params: { runId: string; name: string }; result: Record<never, never> };
  /** Takes in a run that was downloaded as `archive`, here or on another computer. */
  importRun: { params: { archive: Blob }; result: { runId: string } };
}
