/** Runs: their settings, their course, and where they are kept. */
import type { ErrorCode, ErrorParams } from '../../errors.ts';
import type { ModelHashes } from '../../files/model-hashes.ts';
import type { HeldOut } from '../../tasks/held-out.ts';
import type { Scores } from '../../tasks/scores.ts';
import type { ConfigFile, ConfigFormat, ReadSettings } from '../../training/config/config-files/read.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { GeneralTexts as TextsOfFile } from '../../training/programs/general-texts.ts';
import type { DataHashes } from '../../training/results/shared-run/shared-run.ts';
import type { SettingsPatch, Verdict } from '../../training/results/verdict/verdict.ts';
import type { Answers, Inside, StepMetrics, TrainingPhase } from '../../training/run/events.ts';

import type { DataSource } from '../data/messages.ts';
import type { ModelSource } from '../models/messages.ts';

/** A file of settings as it was understood. */
export type ReadConfig = ReadSettings;

export type GeneralTexts = TextsOfFile;

/** What training tells of itself, that its device was lost and it goes on with the next one, and the end that the worker sees. */
export type RunPhase = TrainingPhase | 'recovering' | 'failed';

export interface RunSummary {
  readonly id: string;
  readonly problemType: RunConfig['dataset']['problem_type'];
  /** Its rows are pairs of texts. */
  readonly textPairs: boolean;
  readonly name: string;
  readonly created: number;
  readonly model: string;
  readonly phase: RunPhase;
  readonly step: number;
  readonly totalSteps: number;
  /** Updates that its newest checkpoint holds; null before the first. */
  readonly saved: number | null;
  readonly lastLoss: number | null;
  readonly resumable: boolean;
  /** It was under way when its page went: closed, crashed or reloaded. */
  readonly interrupted: boolean;
  /** Another tab of this browser trains it, and may alone change it. */
  readonly elsewhere: boolean;
  readonly method: RunConfig['tuning']['method'];
  readonly learningRate: number;
  /** Rows that are trained on; null in runs kept by older versions. */
  readonly trainingRows: number | null;
  /** Of the weights that the run came to: its best evaluation where it keeps that, else its last; null without any. */
  readonly evalLoss: number | null;
  /** Evaluations whose weights were kept; each answers and is downloaded under its id as a run is under its own. */
  readonly kept: readonly { readonly id: string; readonly step: number }[];
  /** What it came to; null while it goes on, and where only an error says why it ended. */
  readonly verdict: Verdict | null;
  /** What its held-out rows say; null where none was answered. */
  readonly heldOut: HeldOut | null;
  /** The loss over the run in a few dozen values, for a sparkline. */
  readonly curve: readonly number[];
}

/** What a run was planned to cost when it began; null where it does not say. */
export interface RunCost {
  readonly trainedParameters: number;
  readonly totalParameters: number;
  /** GPU memory, in bytes. */
  readonly peakBytes: number;
}

export interface RunDetail extends RunSummary {
  /** Null in runs kept by older versions. */
  readonly cost: RunCost | null;
  readonly table: string | null;
  readonly config: RunConfig;
  readonly metrics: readonly StepMetrics[];
  readonly evaluations: readonly EvaluationRecord[];
  /** How far each weight had moved, at each evaluation and at the end; the newest last. */
  readonly inside: readonly Inside[];
  /** Of its last evaluation, where it learns labels. */
  readonly scores: Scores | null;
  /** Whether it says which files its base has; runs kept by older versions do not. */
  readonly knowsBase: boolean;
}

/** What was answered at one evaluation. */
export interface EvaluationRecord extends Answers {
  readonly step: number;
}

/** What model and data are, by SHA-256; null of what is not open, or not known. */
export interface Identity extends DataHashes {
  readonly model: ModelHashes | null;
}

/** A folder that is a run and cannot be read as one; it can be taken away as it is, and deleted. */
export interface DamagedRun {
  readonly id: string;
  readonly error: { readonly code: ErrorCode; readonly params: ErrorParams };
}

export interface RunSources {
  /** Of a model from the visitor's disk its name. */
  readonly model: Exclude<ModelSource, { kind: 'files' }> | { readonly kind: 'folder'; readonly name: string };
  readonly table: DataSource & { readonly kind: 'run' };
  readonly validation: (DataSource & { readonly kind: 'run' }) | null;
}

export interface RunRequests {
  /** The config of "Try the example". */
  exampleConfig: { params: Record<never, never>; result: RunConfig };
  /** Settings from a file of this program or another (`readConfigText`), and what became of them. `isOwn`: this page kept them. */
  readConfig: { params: { text: string; file: string; isOwn?: boolean }; result: ReadConfig };
  /** Texts for the forgetting check, from a file of any kind that tables come in. */
  readGeneralTexts: { params: { file: string; blob: Blob }; result: GeneralTexts };
  writeConfig: { params: { config: RunConfig; format: ConfigFormat }; result: ConfigFile };
  /** Compiles what a run with this config will need, ahead of it; answers how many kernels were new. */
  warmUp: { params: { config: RunConfig }; result: { kernels: number } };
  /** The config of the answer is the run's own: a seed of −1 is drawn. Null: `stopRun` came before the run began. */
  startRun: { params: { config: RunConfig }; result: RunDetail | null };
  /** With the metrics up to the checkpoint that it goes on from, and perhaps some that will be told anew. */
  resumeRun: {
    /** `epochs`: so many more than it was begun with, under a schedule that ends where they end. */
    params: { runId: string; epochs?: number };
    result: RunDetail | null;
  };
  /** A new run on the model and the data of one that was kept, with some settings changed. */
  startAgain: { params: { runId: string; settings: SettingsPatch }; result: RunDetail | null };
  pauseRun: { params: Record<never, never>; result: Record<never, never> };
  continueRun: { params: Record<never, never>; result: Record<never, never> };
  /** Stops after the step under way and saves; a run that is about to begin does not. */
  stopRun: { params: Record<never, never>; result: Record<never, never> };
  listRuns: { params: Record<never, never>; result: { runs: readonly RunSummary[]; damaged: readonly DamagedRun[] } };
  /** Runs are kept in that folder from now on, and those that lie there are listed; null: in the browser's storage. */
  keepRunsIn: { params: { folder: FileSystemDirectoryHandle | null }; result: Record<never, never> };
  /** @throws AppError 'run-missing' */
  readRun: { params: { runId: string }; result: RunDetail };
  /** Where model and tables of a run came from, to set up another one. */
  runSources: { params: { runId: string }; result: RunSources };
  deleteRun: { params: { runId: string }; result: Record<never, never> };
}

export interface RunEvents {
  /** Another tab took up a run, let go of one, or changed what is kept. */
  runsChanged: Record<never, never>;
  /** Rows or pictures read and encoded so far of the run that is about to begin. */
  starting: { done: number; total: number };
  phase: {
    runId: string;
    phase: RunPhase;
    detail?: { done: number; total: number };
    /** Updates done, where it is known. */
    step?: number;
    error?: { code: ErrorCode; params: ErrorParams };
  };
  /** A run has ended, and estimates follow from what it took. */
  learned: Record<never, never>;
  /** The base's weights were quantised, with that relative error. */
  quantised: { runId: string; error: number };
  /** At most about four a second: the steps since the last one. */
  metrics: {
    runId: string;
    steps: readonly StepMetrics[];
    totalSteps: number;
    tokensPerSecond: number;
    etaSeconds: number | null;
    elapsedSeconds: number;
  };
  /** Of a run that learns labels, at an evaluation. */
  scores: { runId: string; step: number; scores: Scores };
  /** What the run answered at an evaluation. */
  answers: EvaluationRecord & { runId: string };
  /** How far each weight has moved, at an evaluation or at the end. */
  inside: Inside & { runId: string };
}
