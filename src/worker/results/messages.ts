/** What is taken away of a run, and taken in again. */
import type { ErrorCode, ErrorParams } from '../../errors.ts';
import type { Offer, TargetName } from '../../exports/targets.ts';
import type { MergeFigures } from '../../generation/merged.ts';
import type { SharedRun } from '../../training/results/shared-run/shared-run.ts';
import type { Identity, RunDetail } from '../runs/messages.ts';

export interface Download {
  readonly fileName: string;
  readonly blob: Blob;
  /** Of LoRA that was made of another method: the share of the change that it holds, 0 to 1. */
  readonly kept?: number | null;
  /** Of a whole model: how its logits stand to those of base and adapter. */
  readonly checked?: MergeFigures | null;
}

/** How much of a curve a link holds: so many of its steps. */
export interface CurveShare {
  readonly kept: number;
  readonly of: number;
}

/** A run in both forms in which it is handed on. */
export interface Shareable {
  /** What follows `#/shared/` in the address; null where there is none, and why. */
  readonly link: string | null;
  readonly problem: { readonly code: ErrorCode; readonly params: ErrorParams } | null;
  /** All that the link holds, as JSON. */
  readonly held: string;
  readonly curve: CurveShare;
  /** The text of the file. */
  readonly file: string;
  /** Evaluations of which there are answers, whether or not the file holds them. */
  readonly evaluations: number;
}

/** A run that came as a link or a file. */
export interface SharedView extends Pick<SharedRun, 'model' | 'data' | 'leftOut'> {
  /** Under the id `shared`, with nothing that could be done with it. */
  readonly detail: RunDetail;
  readonly curve: CurveShare;
}

export interface ResultRequests {
  /** What the result of a run can be taken as, and why not. */
  exportOffers: { params: { runId: string }; result: { offers: readonly Offer[] } };
  /** A whole model is checked against base and adapter first; throws 'merge-differs' where they do not agree. */
  download: { params: { runId: string; target: TargetName; rank?: number }; result: Download };
  renameRun: { params: { runId: string; name: string }; result: Record<never, never> };
  /** Takes in a run that was downloaded as `archive`, here or on another computer. */
  importRun: { params: { archive: Blob }; result: { runId: string } };
  /**
   * @throws AppError 'run-going-on' while it trains
   * `names`: with the names of run, table, and of a model's folder or server; `answers`: the file with prompts and answers.
   */
  shareRun: { params: { runId: string; names: boolean; answers: boolean }; result: Shareable };
  /** Nothing is changed by it. @throws AppError 'shared-run-invalid', 'shared-run-newer'; as of run configs */
  openShared: { params: { link: string } | { file: Blob }; result: SharedView };
  /** Of model and tables that are open, or that a run was made with; `rows`: of a run's training rows as the model read them. */
  identify: { params: { runId: string | null }; result: Identity & { rows: string | null } };
}
