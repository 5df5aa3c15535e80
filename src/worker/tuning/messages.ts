/** What is trained, and what that costs. */
import type { ErrorCode, ErrorParams } from '../../errors.ts';
import type { Offer } from '../../exports/targets.ts';
import type { CostSheet } from '../../plan/cost-sheet.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { RunTime } from '../../training/session/run-time.ts';
import type { StepMemory } from '../../training/session/step-memory.ts';
import type { ModelSummary } from '../models/messages.ts';

/** A row of FORMATS' selectors: the page sends one, the worker answers with the names it takes. */
export type Selector =
  | { readonly kind: 'contains'; readonly text: string; readonly except: boolean }
  | { readonly kind: 'glob' | 'regex'; readonly pattern: string }
  | { readonly kind: 'nearest-input' | 'nearest-output'; readonly percent: number }
  | {
      readonly kind: 'random';
      readonly percent: number;
      readonly seed: number;
      readonly mode: 'as-in-the-article' | 'corrected';
    }
  /** What is left when the embeddings and the first layers are frozen. */
  | {
      readonly kind: 'freeze-embeddings-and-first';
      readonly layers: number;
      /** How names are matched: by the whole index, or as two articles do. */
      readonly match: 'whole-index' | 'index-prefix' | 'dotted-embeddings';
    }
  | { readonly kind: 'last-layers'; readonly layers: number }
  | { readonly kind: 'bias-only' | 'norms-only' | 'all' | 'none' };

export type ParameterState = 'frozen' | 'train' | 'adapter';

export interface TuningPreview {
  readonly trainedParameters: number;
  readonly totalParameters: number;
  /** State of each row of the model's parameters, in order. */
  readonly states: readonly ParameterState[];
  /** Factor on the learning rate of each row, or of the adapter on it; 1 where nothing is learned. */
  readonly rates: readonly number[];
  /** What is added to the model, by its field's name, such as "DoRA"; null: nothing. */
  readonly adapter: string | null;
  /** Modules that it goes to. */
  readonly adapterModules: readonly string[];
  /** One optimizer step, micro-steps and update; null where nothing is trained, and until the plan is there. */
  readonly step: CostSheet | null;
  /** How long the run would take; null as `step` is. */
  readonly time: RunTime | null;
  /** How memory rises and falls over a step; null as `step` is. */
  readonly memory: StepMemory | null;
  readonly warnings: readonly PreviewWarning[];
  /** What the result of a run could be taken as, and why not. */
  readonly exports: readonly Offer[];
  /** The model for what the config learns, whose parameters these are, where the page shows it with another head. */
  readonly model: ModelSummary | null;
}

/** What a run config would cost, from its plan. */
export interface CostEstimate {
  readonly trainedParameters: number;
  readonly totalParameters: number;
  readonly step: CostSheet;
  readonly time: RunTime;
  readonly memory: StepMemory;
  /** Whole layers are computed again in the backward pass. */
  readonly recomputesLayers: boolean;
}

export interface PreviewWarning {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
}

export interface TuningRequests {
  /** Parameters of the model for what the config learns. */
  select: { params: { selector: Selector; config: RunConfig }; result: { names: readonly string[] } };
  /**
   * What is trained, without its cost, which `estimate` gives: planning takes longer than a tick may. `shown` is the
   * head of the model on the page.
   */
  previewTuning: { params: { config: RunConfig; shown: ModelSummary['head'] }; result: TuningPreview };
  estimate: { params: { config: RunConfig }; result: CostEstimate };
  /** The choice of what is trained as lines of Python for transformers and PEFT. */
  asCode: { params: { config: RunConfig }; result: { code: string } };
}
