/** The verdict on a run: what it came to, how sure that is, and what to do next. Words are made elsewhere. */
import type { HeldOut } from '../../../tasks/held-out.ts';

/** A share of rows, with the interval in which it lies for 95 of 100 draws of as many rows (Wilson's). */
export interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface FromTo {
  readonly from: number;
  readonly to: number;
}

/** Each kind with the figures that its sentence names. */
export type Finding =
  /** Held-out rows are answered better than before, and well or in part. */
  | { readonly kind: 'learned' | 'partly'; readonly heldOut: HeldOut; readonly interval: Share | null }
  /** Too few updates, or too small a rate, to change anything that can be seen. `rate`: where that is the reason. */
  | {
      readonly kind: 'not-yet';
      readonly updates: number;
      readonly rate: number | null;
      readonly heldOut: HeldOut | null;
    }
  /** Trained long enough, and the loss does not fall: the rows hold nothing that could be learned this way. */
  | { readonly kind: 'stuck'; readonly updates: number; readonly loss: FromTo }
  /** Too much of the rows was cut away. */
  | { readonly kind: 'cut'; readonly cut: number; readonly rows: number; readonly length: number }
  /** The validation loss rose after `step`, and held-out rows are not answered well. */
  | {
      readonly kind: 'by-heart';
      readonly step: number | null;
      readonly kept: boolean;
      readonly heldOut: HeldOut | null;
    }
  /** The loss was no number, or rose: `loss` null. `kept`: step of weights from before that. */
  | { readonly kind: 'broke'; readonly step: number; readonly loss: FromTo | null; readonly kept: number | null }
  /** Held-out rows are answered worse than before. */
  | { readonly kind: 'worse'; readonly heldOut: HeldOut }
  | { readonly kind: 'base-as-good'; readonly heldOut: HeldOut }
  /** All training rows are of one class. */
  | { readonly kind: 'one-class' }
  | { readonly kind: 'cannot-tell'; readonly why: Doubt; readonly rows: number; readonly heldOut: HeldOut | null }
  /** Nothing was answered; of what the validation loss says. */
  | { readonly kind: 'loss-fell'; readonly loss: FromTo }
  | { readonly kind: 'stopped'; readonly step: number; readonly total: number; readonly loss: FromTo | null }
  | { readonly kind: 'untrained' };

/** Why nothing can be told: no rows held back, too few, all of them seen in training, all with one answer. */
export type Doubt = 'none' | 'few' | 'seen' | 'held-one-class' | 'not-asked';

export type Note =
  /** So many of the held-out rows stand in training, too. */
  | { readonly kind: 'seen'; readonly rows: number; readonly of: number }
  | { readonly kind: 'cut'; readonly cut: number; readonly rows: number }
  /** The validation loss rose after `step`. */
  | { readonly kind: 'rose'; readonly step: number; readonly kept: boolean }
  /** The run ended after `step`: no better evaluation for `evaluations`, or general texts `divergence` away, beyond `limit`. */
  | { readonly kind: 'out-of-patience'; readonly step: number; readonly evaluations: number }
  | { readonly kind: 'beyond-limit'; readonly step: number; readonly divergence: number; readonly limit: number }
  /** The result is the weights of an earlier step than the last one. */
  | { readonly kind: 'kept'; readonly step: number; readonly last: number }
  /** The training loss fell, and held-out rows are answered no better than blindly. */
  | { readonly kind: 'labels-shuffled' }
  /** What became of general texts: nats a token from the published model, and how well they are predicted. */
  | { readonly kind: 'forgot' | 'remembers'; readonly divergence: number; readonly perplexity: FromTo };

/** Settings of a run config to change, section by section. */
export type SettingsPatch = Readonly<Record<string, Readonly<Record<string, number | string | boolean>>>>;

export type Action =
  | { readonly kind: 'chat' | 'download' | 'resume' | 'check-data' | 'add-rows' | 'answer-rows' }
  /** Goes on with this run for so many epochs more. */
  | { readonly kind: 'train-on'; readonly epochs: number }
  /** A new run on the same model and data, with these settings changed. */
  | { readonly kind: 'again'; readonly settings: SettingsPatch };

export interface Verdict {
  readonly finding: Finding;
  readonly notes: readonly Note[];
  /** The first is the one to take. */
  readonly actions: readonly Action[];
}
