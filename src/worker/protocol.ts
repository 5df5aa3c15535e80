/**
 * What the page and the worker say to each other: types only. The page asks (`Requests`) and is told (`Events`). The
 * worker owns models, data, plans, runs and the GPU; the page receives plain data.
 */
import type { RecognisedColumns } from '../data/columns.ts';
import type { EncodingPreview } from '../data/detect-encoding.ts';
import type { TableProblem } from '../data/table.ts';
import type { ErrorCode, ErrorParams } from '../errors.ts';
import type { Offer, TargetName } from '../exports/targets.ts';
import type { FoundModel } from '../files/hub.ts';
import type { DatasetPart } from '../files/hub-datasets.ts';
import type { CostSheet } from '../plan/cost.ts';
import type { ExecutorName } from '../plan/executor.ts';
import type { ClassChance, Judgement } from '../tasks/labels/judgement.ts';
import type { RowView } from '../tasks/prepared.ts';
import type { RowProblem } from '../tasks/row-problems.ts';
import type { PredictionScores } from '../tasks/scores.ts';
import type { Imported } from '../training/config-files/foreign.ts';
import type { ConfigFile, ConfigFormat, ReadFormat } from '../training/config-files/read.ts';
import type { AnswerScore, Answers, StepMetrics, TrainingPhase } from '../training/events.ts';
import type { RunConfig } from '../training/run-config.ts';

export interface Environment {
  /** The executor that `auto` means here. */
  readonly executor: ExecutorName;
  readonly available: readonly ExecutorName[];
  /** Adapter or processor, in words. */
  readonly description: string;
  /** Why there is no WebGPU, where there is none: not in this browser, no adapter, no device, or no secure address. */
  readonly webgpuMissing: 'no-api' | 'no-adapter' | 'refused' | 'insecure' | null;
  readonly software: boolean;
  /** GPU memory the plan may fill, in bytes. */
  readonly memoryBudget: number;
  /** Whether the visitor said so; else it is an estimate. */
  readonly memoryBudgetSet: boolean;
}

export type ModelSource =
  | { readonly kind: 'example' }
  | {
      readonly kind: 'hub';
      readonly id: string;
      readonly revision: string;
      readonly endpoint: string;
      readonly token?: string;
    }
  | { readonly kind: 'files'; readonly files: readonly { readonly path: string; readonly blob: Blob }[] };

export interface NamedBlob {
  readonly path: string;
  readonly blob: Blob;
}

/** Where a Hub is, and the right to read there. */
export type HubPlace = Pick<Extract<ModelSource, { kind: 'hub' }>, 'endpoint' | 'token'>;

/** What is known of a Hub's model by its config.json, before anything large is read. */
export interface HubEstimate {
  readonly parameters: number;
  readonly dtype: string;
  /** GPU memory of a run with LoRA at its usual places and the form's other settings, in bytes. */
  readonly peakBytes: number;
}

/** What opening a Hub's model would download. */
export interface ModelOffer {
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly heldBytes: number }[];
  readonly bytes: number;
  /** Bytes of them that are in the browser's storage already. */
  readonly heldBytes: number;
}

/** A model in the browser's storage. */
export interface CachedModel {
  /** Host and id, such as huggingface.co/owner/name. */
  readonly model: string;
  readonly bytes: number;
  /** False where a download was broken off. */
  readonly complete: boolean;
}

export interface ParameterRow {
  readonly name: string;
  /** Path of the module, without `.weight` or `.bias`. */
  readonly module: string;
  readonly shape: readonly number[];
  readonly size: number;
  readonly layer: number | null;
  readonly role: 'embedding' | 'linear' | 'convolution' | 'norm' | 'bias' | 'head';
}

export interface ModelSummary {
  readonly name: string;
  readonly modelType: string;
  readonly dtype: string;
  readonly bytes: number;
  readonly totalParameters: number;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  readonly maxPositions: number;
  readonly hasChatTemplate: boolean;
  /** Of a model for pictures: the side of the square that it sees, and its classes where it names them. */
  readonly image: { readonly size: number; readonly classes: number; readonly names: readonly string[] } | null;
  /** Whether it can write text; encoders only classify. */
  readonly canWrite: boolean;
  readonly parameters: readonly ParameterRow[];
}

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

export type ParameterState = 'frozen' | 'train' | 'lora';

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
  readonly loraModules: readonly string[];
  /** One optimizer step, micro-steps and update; null where nothing is trained, and until the plan is there. */
  readonly step: CostSheet | null;
  readonly warnings: readonly PreviewWarning[];
  /** What the result of a run could be taken as, and why not. */
  readonly exports: readonly Offer[];
}

/** What a run config would cost, from its plan. */
export interface CostEstimate {
  readonly trainedParameters: number;
  readonly totalParameters: number;
  readonly step: CostSheet;
  /** Whole layers are computed again in the backward pass. */
  readonly recomputesLayers: boolean;
}

export type { Offer, TargetName } from '../exports/targets.ts';
export type { FoundModel } from '../files/hub.ts';
export type { Effect } from '../training/config-files/effects.ts';
export type { Note as ConfigNote, Reason as LeftOut } from '../training/config-files/foreign.ts';
export type { ConfigFile, ConfigFormat, ReadFormat } from '../training/config-files/read.ts';

/** A file of settings as it was understood. */
export type ReadConfig = Imported & { readonly format: ReadFormat };

export interface PreviewWarning {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
}

export type DataSource =
  | { readonly kind: 'example' }
  | { readonly kind: 'file'; readonly name: string; readonly blob: Blob }
  /** A folder of pictures, with the paths in it. */
  | {
      readonly kind: 'pictures';
      readonly name: string;
      readonly files: readonly { readonly path: string; readonly blob: Blob }[];
    }
  | {
      readonly kind: 'hub';
      readonly id: string;
      readonly part: DatasetPart;
      readonly endpoint: string;
      readonly token?: string;
    };

export interface DataSummary {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rowCount: number;
  readonly firstRows: readonly (readonly string[])[];
  /** What the columns look like. */
  readonly recognised: RecognisedColumns;
  readonly format: string;
  readonly delimiter: string;
  readonly encoding: string;
  /** Nothing in the file says that it is that one. */
  readonly encodingGuessed: boolean;
  /** What the first lines are under others, where the encoding is a guess or was chosen. */
  readonly encodings: readonly EncodingPreview[];
  readonly problems: readonly TableProblem[];
  /** Where pictures are learned from. */
  readonly pictures: {
    readonly classes: readonly { readonly name: string; readonly count: number }[];
    /** Some of them, of each class in turn. */
    readonly samples: readonly { readonly path: string; readonly label: string; readonly blob: Blob }[];
  } | null;
}

export type { ClassChance, Judgement } from '../tasks/labels/judgement.ts';

export interface TokenView extends RowView {
  /** Tokens of a long row that are not among `tokens`: they would stand in its middle. */
  readonly hidden: number;
}

export interface DataPreview {
  readonly trainingRows: number;
  readonly validationRows: number;
  readonly rows: readonly TokenView[];
  readonly truncatedRows: number;
  readonly problems: readonly RowProblem[];
  /** Where the table is large: how many of its rows the figures here were taken from; those of a run are scaled up. */
  readonly sampled: { readonly rows: number; readonly of: number } | null;
  /** Where labels are learned: how many rows each class has, of the whole table; none of a regression. */
  readonly classes: readonly { readonly name: string; readonly count: number }[] | null;
  readonly learnedTokens: number;
  readonly totalTokens: number;
  /**
   * Rows by length in tokens before they are cut to `limit`: `counts[i]` rows have lengths in [i·width, (i+1)·width); those
   * over twice the limit are counted at its end.
   */
  readonly histogram: { readonly width: number; readonly counts: readonly number[]; readonly limit: number };
  /** The longest padded length of a batch, in tokens. */
  readonly batchLength: number;
  /** Share of the places in an epoch's batches that hold a token; the rest is padding. */
  readonly fillRatio: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** Why no run can start with this data and these settings; counts are then 0. */
  readonly problem: PreviewWarning | null;
  /** The template in use and, where the model has no chat template, what it fell back to. */
  readonly template: string;
}

export type { AnswerScore, SampleAnswer, StepMetrics } from '../training/events.ts';

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
  readonly scores: PredictionScores | null;
}

/** What was answered at one evaluation. */
export interface EvaluationRecord extends Answers {
  readonly step: number;
}

/** A validation row answered before and after training. */
export interface AnsweredRow {
  readonly prompt: string;
  readonly expected: string;
  readonly base: string;
  readonly tuned: string;
  /** Null where the run's metric scores no answers. */
  readonly baseScore: number | null;
  readonly tunedScore: number | null;
}

export interface AnsweredTable {
  readonly rows: readonly AnsweredRow[];
  readonly base: AnswerScore | null;
  readonly tuned: AnswerScore | null;
}

export interface GenerationSettings {
  readonly maxNewTokens: number;
  readonly doSample: boolean;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  readonly numBeams: number;
  readonly repetitionPenalty: number;
  readonly minNewTokens: number;
}

export type ChatSide = 'base' | 'tuned';

export interface Download {
  readonly fileName: string;
  readonly blob: Blob;
}

/** What the page may ask: parameters and answer of each request. Every request may fail with an AppError. */
export interface Requests {
  environment: { params: Record<never, never>; result: Environment };
  openModel: { params: { source: ModelSource }; result: ModelSummary };
  /** Models of a Hub by words of their names, only those that can be opened. */
  searchModels: { params: HubPlace & { query: string }; result: { models: readonly FoundModel[] } };
  estimateHubModel: { params: HubPlace & { id: string; config: RunConfig }; result: HubEstimate };
  inspectModel: { params: { source: Extract<ModelSource, { kind: 'hub' }> }; result: ModelOffer };
  stopDownload: { params: Record<never, never>; result: Record<never, never> };
  /** An adapter to go on from, and the tuning settings that train its parameters. */
  openAdapter: {
    params: { files: readonly NamedBlob[]; name: string; config: RunConfig };
    result: { tuning: RunConfig['tuning']; baseModel: string | null };
  };
  cachedModels: { params: Record<never, never>; result: { models: readonly CachedModel[] } };
  removeCachedModel: { params: { model: string }; result: Record<never, never> };
  select: { params: { selector: Selector }; result: { names: readonly string[] } };
  /** As the table to learn from, or the one to validate with. */
  openData: { params: { source: DataSource; use?: 'validation'; encoding?: string }; result: DataSummary };
  /** The open tables under another encoding; '' finds out which. */
  readAgain: { params: { encoding: string }; result: { table: DataSummary; validation: DataSummary | null } };
  /** Configurations and splits of a data set of the Hub. */
  listDataset: {
    params: { id: string; revision: string; endpoint: string; token?: string };
    result: { parts: readonly DatasetPart[] };
  };
  /** What is trained, without its cost, which `estimate` gives: planning takes longer than a tick may. */
  previewTuning: { params: { config: RunConfig }; result: TuningPreview };
  estimate: { params: { config: RunConfig }; result: CostEstimate };
  /** The choice of what is trained as lines of Python for transformers and PEFT. */
  asCode: { params: { config: RunConfig }; result: { code: string } };
  /** The visitor's word on how much memory a run may fill; null goes back to the estimate. */
  setMemoryBudget: { params: { bytes: number | null }; result: Environment };
  previewData: { params: { config: RunConfig }; result: DataPreview };
  /** The config of "Try the example". */
  exampleConfig: { params: Record<never, never>; result: RunConfig };
  /** Settings from a file of this program or another (`readConfigText`), and what became of them. */
  readConfig: { params: { text: string; file: string }; result: ReadConfig };
  writeConfig: { params: { config: RunConfig; format: ConfigFormat }; result: ConfigFile };
  /** Compiles what a run with this config will need, ahead of it; answers how many kernels were new. */
  warmUp: { params: { config: RunConfig }; result: { kernels: number } };
  /** The config of the answer is the run's own: a seed of −1 is drawn. */
  startRun: { params: { config: RunConfig }; result: RunDetail };
  /** With the metrics up to the checkpoint that it goes on from, and perhaps some that will be told anew. */
  resumeRun: { params: { runId: string }; result: RunDetail };
  pauseRun: { params: Record<never, never>; result: Record<never, never> };
  continueRun: { params: Record<never, never>; result: Record<never, never> };
  /** Stops after the step under way and saves. */
  stopRun: { params: Record<never, never>; result: Record<never, never> };
  listRuns: { params: Record<never, never>; result: { runs: readonly RunSummary[] } };
  /** Runs are kept in that folder from now on, and those that lie there are listed; null: in the browser's storage. */
  keepRunsIn: { params: { folder: FileSystemDirectoryHandle | null }; result: Record<never, never> };
  readRun: { params: { runId: string }; result: RunDetail };
  deleteRun: { params: { runId: string }; result: Record<never, never> };
  /**
   * Generates for one side; the text streams as `chatToken` events with the same `requestId`. `runId` says whose
   * weights are the tuned ones and which prompt template is used; the run is loaded if it is not the one on the GPU.
   */
  chat: {
    params: {
      requestId: string;
      runId: string;
      side: ChatSide;
      messages: readonly { readonly role: 'user' | 'assistant'; readonly text: string }[];
      settings: GenerationSettings;
    };
    result: { text: string; tokens: number; seconds: number };
  };
  /** Asks both sides of a run that learned labels. */
  classify: {
    params: { runId: string; text: string };
    result: { readonly base: Judgement; readonly tuned: Judgement };
  };
  /** What the published model and the run's say of a picture, the likeliest class first. */
  classifyPicture: {
    params: { runId: string; picture: Blob };
    result: Readonly<Record<ChatSide, readonly ClassChance[]>>;
  };
  stopChat: { params: { requestId: string }; result: Record<never, never> };
  /** What the result of a run can be taken as, and why not. */
  exportOffers: { params: { runId: string }; result: { offers: readonly Offer[] } };
  /** A whole model is checked against base and adapter first; throws 'merge-differs' where they do not agree. */
  download: { params: { runId: string; target: TargetName }; result: Download };
  renameRun: { params: { runId: string; name: string }; result: Record<never, never> };
  /** Takes in a run that was downloaded as `archive`, here or on another computer. */
  importRun: { params: { archive: Blob }; result: { runId: string } };
  /** Answers the validation rows of a run with both sides; told by `answered` events, ended by `stopChat`. */
  answerValidation: {
    params: { requestId: string; runId: string; settings: GenerationSettings };
    result: AnsweredTable;
  };
  /** Kept in memory only, until the page is closed. */
  setJudgeKey: { params: { key: string }; result: Record<never, never> };
}

export type RequestName = keyof Requests;

/** What the worker tells unasked. */
export interface Events {
  download: { file: string; received: number; total: number };
  /** The open model serves another task now, and so has other parameters. */
  model: ModelSummary;
  /** Of a run that learns labels, at an evaluation. */
  scores: { runId: string; step: number; scores: PredictionScores };
  /** Bytes of a data set, downloaded or read. */
  reading: { stage: 'downloading' | 'reading'; done: number; total: number };
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
  /** What the run answered at an evaluation. */
  answers: EvaluationRecord & { runId: string };
  chatToken: { requestId: string; text: string };
  answered: { requestId: string; side: ChatSide; done: number; total: number };
}

export type EventName = keyof Events;

export type ToWorker = {
  [R in RequestName]: { readonly id: number; readonly request: R; readonly params: Requests[R]['params'] };
}[RequestName];

export type FromWorker =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly code: ErrorCode; readonly params: ErrorParams } }
  | { [E in EventName]: { readonly event: E; readonly data: Events[E] } }[EventName];
