import { createStore, type StoreApi } from 'zustand/vanilla';
import type { AppError } from '../errors.ts';
import type { RecipeFacts } from '../training/config/recipes.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import type {
  AnsweredTable,
  Benchmarked,
  BlindQuestion,
  ChatSide,
  Classification,
  DamagedRun,
  DataPreview,
  DataSummary,
  Download,
  Environment,
  EvaluationRecord,
  Events,
  GenerationSettings,
  Identity,
  Inside,
  KeptChoices,
  MadeRow,
  ModelSource,
  ModelSummary,
  Offer,
  RowLoss,
  RunDetail,
  RunPhase,
  RunSummary,
  SharedView,
  ShownRow,
  ShownTokens,
  StepMetrics,
  SweepView,
  TargetName,
  Teachers,
  TuningPreview,
} from '../worker/protocol.ts';
import { nothingPublished, type PublicationState } from './publication.ts';
import { startConfig } from './start-config.ts';

export const stepNames = ['model', 'layers', 'data', 'train', 'use'] as const;
export type StepName = (typeof stepNames)[number];
export type Language = 'en' | 'ja';

/** Something the worker answers: the last good value stays while a newer one is on its way or fails. */
export interface Remote<T> {
  readonly value: T | null;
  readonly pending: boolean;
  readonly error: AppError | null;
}

export const nothing: Remote<never> = { value: null, pending: false, error: null };

export const noExamples: Studio['examples'] = {
  ...{ runId: null, losses: nothing, shown: null, row: nothing, teachers: nothing, progress: null },
};

export interface FileProgress {
  readonly received: number;
  readonly total: number;
}

export interface LiveRun {
  readonly id: string;
  readonly config: RunConfig;
  readonly phase: RunPhase;
  readonly detail: { readonly done: number; readonly total: number } | null;
  readonly error: AppError | null;
  /** Updates done. */
  readonly step: number;
  /** What the visitor wants of it that it has not done yet: it looks between two steps. */
  readonly wanted: 'pause' | 'stop' | null;
  /** How often its device was lost, in this page's visit. */
  readonly resets: number;
  /** Appended to in place, because a run may have 100,000 steps; `version` says that it changed. */
  readonly metrics: StepMetrics[];
  readonly version: number;
  /** The run as it was when this page began it or took it up. */
  readonly begun: RunDetail;
  readonly totalSteps: number;
  readonly tokensPerSecond: number | null;
  readonly etaSeconds: number | null;
  readonly elapsedSeconds: number | null;
  /** Relative error of the base's weights, where they were quantised. */
  readonly weightError: number | null;
  /** Of labels, at the last evaluation. */
  readonly scores: Events['scores']['scores'] | null;
  /** What was answered at each evaluation. */
  readonly evaluations: readonly EvaluationRecord[];
  /** How far each weight had moved, at each evaluation; the newest last. */
  readonly inside: readonly Inside[];
  /** What happened when, the oldest first; of this page's visit. */
  readonly log: readonly LogLine[];
}

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly phase: RunPhase;
  readonly step: number;
}

export interface ChatTurn {
  readonly prompt: string;
  readonly answers: Readonly<Record<ChatSide, Answer>>;
}

export interface Classified {
  readonly text: string;
  readonly textPair?: string | undefined;
  readonly base: Classification;
  readonly tuned: Classification;
}

export interface Answer {
  readonly text: string;
  readonly done: boolean;
  readonly tokens: number | null;
  readonly seconds: number | null;
  readonly error: AppError | null;
}

/** The parts of the tuning section that ticks change: what undo takes back. */
export type Ticks = Pick<
  RunConfig['tuning'],
  'method' | 'train_parameters' | 'lora_target_modules' | 'layers_to_transform'
>;

/** What undo and redo bring back: the ticks, and how the frozen weights are kept, which a method may change. */
export interface Choice {
  readonly ticks: Ticks;
  readonly weights: RunConfig['model']['weights'];
}

/** Questions that wait to be chosen in. */
export interface BlindRound {
  readonly id: string;
  readonly questions: readonly BlindQuestion[];
  /** The one that is shown; as many as there are when all are done. */
  readonly place: number;
  /** Prompts that both models were asked, and of those how many they answered alike. */
  readonly prompts: number;
  readonly alike: number;
}

/** A part of the set-up of the last visit that the visitor must bring again. */
export interface Missing {
  readonly what: 'model' | 'table' | 'validation' | 'adapter';
  readonly name: string;
  /** One click opens it again: a folder that the browser still knows, or a download. Null: the visitor chooses it. */
  readonly known: 'folder' | 'hub' | null;
}

export interface Restored {
  /** The run that it is the set-up of; null of the last visit's. */
  readonly of: string | null;
  readonly pending: boolean;
  /** Model and tables, as they are called. */
  readonly names: readonly string[];
  readonly missing: readonly Missing[];
}

/** What is told of a file that was saved. */
export type Saved = Omit<Download, 'blob'>;

/** A run that came as a link or a file. */
export interface SharedRun extends Remote<SharedView> {
  /** What follows `#/shared/` in the address; null of a file. */
  readonly link: string | null;
}

/** A shared run that is done again here. */
export interface Replay {
  readonly shared: SharedView;
  /** What is open; null while that is being found out. */
  readonly open: Identity | null;
  /** The run that does it again, once it has begun. */
  readonly runId: string | null;
  /** What that run was made with, once it has ended. */
  readonly used: (Identity & { readonly rows: string | null }) | null;
}

/** A made row that is being looked at. */
export interface MadeDraft extends MadeRow {
  readonly decision: 'accepted' | 'rejected' | null;
}

export interface Studio {
  readonly step: StepName;
  readonly language: Language;
  readonly environment: Remote<Environment>;
  readonly model: Remote<ModelSummary> & {
    readonly source: ModelSource | null;
    /** What is being opened, in words. */
    readonly opening: string;
    readonly files: Readonly<Record<string, FileProgress>>;
  };
  readonly data: Remote<DataSummary> & {
    readonly opening: string;
    /** The table that comes with the page, and none of the visitor's. */
    readonly isExample: boolean;
  };
  /** Rows that a model makes of the open table, until they are put into it. */
  readonly made: {
    readonly drafts: readonly MadeDraft[];
    /** Which of them is shown. */
    readonly place: number;
    readonly making: { readonly done: number; readonly total: number } | null;
    readonly error: AppError | null;
  };
  /** The file of validation rows, where they have one of their own. */
  readonly validation: Remote<DataSummary>;
  /** How far a data set is downloaded or read. */
  readonly reading: Events['reading'] | null;
  /** Why nothing comes of a Hub that was asked for something. */
  readonly hubWait: Events['hubWait'] | null;
  /** The form: the next run. A run under way has its own. */
  readonly config: RunConfig;
  /** Keys of it that the visitor set, as `training.batch_size`: no recipe replaces them. */
  readonly own: readonly string[];
  /** The settings came with the example, and leave with it. */
  readonly fromExample: boolean;
  /** What recipes follow from; null while the model, or rows that can be read, are missing. */
  readonly facts: RecipeFacts | null;
  readonly undo: readonly Choice[];
  readonly redo: readonly Choice[];
  readonly tuning: Remote<TuningPreview>;
  readonly dataPreview: Remote<DataPreview>;
  /** Keys whose field holds something that is no number. */
  readonly invalidFields: readonly string[];
  /** A run that is about to begin: how many of its rows or pictures are ready, of how many where that is known. */
  readonly starting: Events['starting'] | null;
  readonly run: LiveRun | null;
  readonly startError: AppError | null;
  /** The settings under which a run was given up before it began, until they change or one begins. */
  readonly givenUp: RunConfig | null;
  readonly runs: Remote<readonly RunSummary[]>;
  /** The newest first. */
  readonly sweeps: readonly SweepView[];
  /** Why no sweep began, or went on. */
  readonly sweepError: AppError | null;
  /** Kept, and not readable. */
  readonly damagedRuns: readonly DamagedRun[];
  /** The folder on the visitor's disk that runs are kept in, null for the browser's storage, and whether there may be one. */
  readonly runsFolder: {
    readonly canPick: boolean;
    readonly chosen: { readonly name: string; readonly allowed: boolean } | null;
  };
  /** A run of the past, being looked at. */
  readonly viewed: RunDetail | null;
  /** A run of someone else, being looked at. */
  readonly shared: SharedRun | null;
  readonly replay: Replay | null;
  /** The run that is to be looked at once it is read. */
  readonly viewing: string | null;
  /** The form is shown although a run is there. */
  readonly drafting: boolean;
  /** What an address named as a run, where there is none of that id. */
  readonly missingRun: string | null;
  /** The set-up of the last visit, while the page says what became of it. */
  readonly restored: Restored | null;
  /** Whether the browser has promised not to clear what is kept; null where it does not say. */
  readonly persisted: boolean | null;
  /** Whether the browser gives the page no storage, so that all is gone when it is closed. */
  readonly keepsNothing: boolean;
  readonly chat: {
    readonly runId: string | null;
    readonly turns: readonly ChatTurn[];
    readonly busy: boolean;
    readonly settings: GenerationSettings;
    readonly error: AppError | null;
  };
  readonly download: {
    readonly pending: TargetName | null;
    readonly saved: Saved | null;
    readonly error: AppError | null;
  };
  readonly publication: PublicationState;
  /** Runs laid over each other. */
  readonly compared: readonly RunDetail[];
  /** The validation rows of a run, answered. */
  readonly table: Remote<AnsweredTable> & {
    readonly runId: string | null;
    readonly progress: { readonly side: ChatSide; readonly done: number; readonly total: number } | null;
  };
  /** Benchmarks of a run. */
  readonly benchmarks: Remote<readonly Benchmarked[]> & {
    readonly runId: string | null;
    readonly progress: Omit<Events['benchmarked'], 'requestId'> | null;
  };
  /** Answers compared without names, and what was chosen so far with the run: null until it is read. */
  readonly blind: Remote<KeptChoices> & {
    readonly runId: string | null;
    /** How many answers are there, while both models write. */
    readonly asking: { readonly done: number; readonly total: number } | null;
    readonly round: BlindRound | null;
  };
  /** The rows of a result, one by one. */
  readonly examples: {
    readonly runId: string | null;
    readonly losses: Remote<readonly RowLoss[]>;
    readonly shown: ShownRow | null;
    readonly row: Remote<ShownTokens>;
    readonly teachers: Remote<Teachers>;
    readonly progress: { readonly done: number; readonly total: number } | null;
  };
  /** What both sides of a run that learned labels say of a text. */
  readonly classified: Remote<Classified>;
  /** Whether the visitor wants to be told when a run has ended. */
  readonly notify: boolean;
}

export type StudioStore = StoreApi<Studio>;

/** The run that a result is of: its own, or one that an evaluation of it kept. */
export const runOfResult = (runs: readonly RunSummary[], id: string | null): RunSummary | undefined =>
  runs.find((run) => run.id === id || run.kept.some((kept) => kept.id === id));

/** Offers without those that another form of the same result stands for. */
export const fitting = (offers: readonly Offer[]): readonly Offer[] =>
  offers.filter(({ refusal }) => refusal?.code !== 'export-unfit' && refusal?.code !== 'lora-already');

/** Neither a run of the past nor the form is in front: what the page itself does is. */
export const nothingViewed = { viewed: null, viewing: null, missingRun: null, shared: null, drafting: false };

/** Whether a model or a table is open that did not come with the page: it is not replaced without a word. */
export const hasOwnSetUp = ({ model, data }: Studio): boolean =>
  (model.value !== null && model.source?.kind !== 'example') || (data.value !== null && !data.isExample);

/** Phases in which a run holds the GPU. */
const goingOn: readonly RunPhase[] = [
  'loading',
  'reading-reference',
  'preparing-kernels',
  'first-step',
  'training',
  'evaluating',
  'saving',
  'answering',
  'recovering',
  'paused',
];

export const isGoingOn = (run: LiveRun | null): boolean => run !== null && goingOn.includes(run.phase);
export const isComputing = (run: LiveRun | null): boolean => isGoingOn(run) && run?.phase !== 'paused';

export function createStudioStore(language: Language = 'en'): StudioStore {
  return createStore<Studio>(() => ({
    step: 'model',
    language,
    environment: nothing,
    model: { ...nothing, source: null, opening: '', files: {} },
    data: { ...nothing, opening: '', isExample: false },
    made: { drafts: [], place: 0, making: null, error: null },
    validation: nothing,
    reading: null,
    hubWait: null,
    config: startConfig,
    own: [],
    fromExample: false,
    facts: null,
    undo: [],
    redo: [],
    tuning: nothing,
    dataPreview: nothing,
    invalidFields: [],
    starting: null,
    run: null,
    startError: null,
    givenUp: null,
    runs: nothing,
    damagedRuns: [],
    sweeps: [],
    sweepError: null,
    runsFolder: { canPick: false, chosen: null },
    ...nothingViewed,
    replay: null,
    ...{ restored: null, persisted: null, keepsNothing: false },
    chat: {
      runId: null,
      turns: [],
      busy: false,
      settings: {
        maxNewTokens: 64,
        doSample: false,
        temperature: 0.8,
        topK: 0,
        topP: 0.95,
        seed: 1,
        numBeams: 1,
        repetitionPenalty: 1,
        minNewTokens: 2,
      },
      error: null,
    },
    download: { pending: null, saved: null, error: null },
    publication: nothingPublished,
    compared: [],
    table: { ...nothing, runId: null, progress: null },
    benchmarks: { ...nothing, runId: null, progress: null },
    blind: { ...nothing, runId: null, asking: null, round: null },
    examples: noExamples,
    classified: nothing,
    notify: false,
  }));
}
