/** Runs: their settings, their course, and where they are kept. */
import type { ErrorCode, ErrorParams } from '../../errors.ts';
import type { Scores } from '../../tasks/scores.ts';
import type { Imported } from '../../training/config/config-files/foreign.ts';
import type { ConfigFile, ConfigFormat, ReadFormat } from '../../training/config/config-files/read.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { Answers, StepMetrics, TrainingPhase } from '../../training/run/events.ts';

/** A file of settings as it was understood. */
export type ReadConfig = Imported & { readonly format: ReadFormat };

/** What training tells of itself, and the end that the worker sees. */
export type RunPhase = TrainingPhase | 'failed';

export interface RunSummary {
  readonly id: string;
  readonly problemType: RunConfig['dataset']['problem_type'];
  readonly name: string;
  readonly created: number;
  readonly model: string;
  readonly phase: RunPhase;
  readonly step: number;
  readonly totalSteps: number;
  readonly lastLoss: number | null;
  readonly resumable: boolean;
  /** Evaluations whose weights were kept; each answers and is downloaded under its id as a run is under its own. */
  readonly kept: readonly { readonly id: string; readonly step: number }[];
  /** The loss over the run in a few dozen values, for a sparkline. */
  readonly curve: readonly number[];
}

export interface RunDetail extends RunSummary {
  readonly config: RunConfig;
  readonly metrics: readonly StepMetrics[];
  readonly evaluations: readonly EvaluationRecord[];
  /** Of its last evaluation, where it learns labels. */
  readonly scores: Scores | null;
}

/** What was answered at one evaluation. */
export interface EvaluationRecord extends Answers {
  readonly step: number;
}

export interface RunRequests {
  /** The config of "Try the example". */
  exampleConfig: { params: Record<never, never>; result: RunConfig };
  /** Settings from a file of this program or another (`readConfigText`), and what became of them. */
  readConfig: { params: { text: string; file: string }; result: ReadConfig };
  writeConfig: { params: { config: RunConfig; format: ConfigFormat }; result: ConfigFile };
  /** Compiles what a run with this config will need, ahead of it; answers how many kernels were new. */
  warmUp: { params: { config: RunConfig }; result: { kernels: number } };
  /** The config of the answer is the run's own: a seed of −1 is drawn. Null: `stopRun` came before the run began. */
  startRun: { params: { config: RunConfig }; result: RunDetail | null };
  /** With the metrics up to the checkpoint that it goes on from, and perhaps some that will be told anew. */
  resumeRun: { params: { runId: string }; result: RunDetail | null };
  pauseRun: { params: Record<never, never>; result: Record<never, never> };
  continueRun: { params: Record<never, never>; result: Record<never, never> };
  /** Stops after the step under way and saves; a run that is about to begin does not. */
  stopRun: { params: Record<never, never>; result: Record<never, never> };
  listRuns: { params: Record<never, never>; result: { runs: readonly RunSummary[] } };
  /** Runs are kept in that folder from now on, and those that lie there are listed; null: in the browser's storage. */
  keepRunsIn: { params: { folder: FileSystemDirectoryHandle | null }; result: Record<never, never> };
  readRun: { params: { runId: string }; result: RunDetail };
  deleteRun: { params: { runId: string }; result: Record<never, never> };
}

export interface RunEvents {
  /** Rows or pictures read and encoded so far of the run that is about to begin. */
  starting: { done: number; total: number };
  phase: {
    runId: string;
    phase: RunPhase;
    detail?: { done: number; total: number };
    error?: { code: ErrorCode; params: ErrorParams };
  };
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
}
