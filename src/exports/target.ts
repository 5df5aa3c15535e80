/** What a run can be written as: the contract of a target, and what targets write from. */
import type { AppError } from '../errors.ts';
import type { Directory, Parts } from '../files/directory.ts';
import type { ModelFiles } from '../files/source.ts';
import type { Weights } from '../files/weights.ts';
import type { Probability } from '../models/heads.ts';
import type { Model } from '../models/model.ts';
import type { ReadValues } from '../tuning/method.ts';
import type { Tuning } from '../tuning/tuning.ts';
import type { Continuation } from './continuation.ts';
import type { RunStory } from './run-story.ts';

/** A file to write: its parts follow each other, and large ones are made only when their turn comes. */
export interface StreamedFile {
  readonly path: string;
  readonly parts: Parts;
}

/** The published model under what was trained, opened for what the run learned. */
export interface Base {
  readonly model: Model;
  readonly files: ModelFiles;
  readonly weights: Weights;
  /** Parameters that the published weights lack. */
  readonly fresh: ReadonlySet<string>;
  /** The name under which the published weights hold a parameter that is not fresh. */
  tensorOf(parameter: string): string;
}

/** A base that can be computed with. */
export interface ReadBackModel extends Base {
  /** The data type of a parameter's weights. */
  dtypes(parameter: string): 'f32' | 'f16' | 'bf16';
  /** What rounding left of each weight, as a share (root mean square); absent: that of the base's types. */
  readonly rounding?: number;
  /** How far its logits may be off, as a share of their size, where nothing was rounded. */
  readonly limit?: number;
}

export interface Tuned {
  readonly base: Base;
  /** How others find the base: a Hub id or a path; null where it has no name. */
  readonly baseName: string | null;
  readonly tuning: Tuning;
}

/** The settings of a run, as far as a target reads more of them than it copies. */
export interface RunSettings {
  readonly model: { readonly weights: 'as-published' | 'int8' | 'int4' | 'nf4'; readonly revision: string };
  readonly training: {
    readonly batch_size: number;
    readonly learning_rate: number;
    readonly weight_decay: number;
    readonly adam_beta1: number;
    readonly adam_beta2: number;
    readonly adam_epsilon: number;
    readonly gradient_clip: number;
  };
  readonly architecture: { readonly gradient_checkpointing: 'auto' | 'on' | 'off' };
  readonly environment: { readonly seed: number };
  readonly logging: { readonly eval_batch_size: number };
}

/** A run to write from. Each part is read when a target asks for it: a log needs no model. */
export interface ExportedRun {
  readonly name: string;
  /** What its model is called here, where others cannot find it by a name. */
  modelName?(): Promise<string>;
  /** @throws AppError 'export-needs-run' */
  settings(): Promise<RunSettings>;
  /** Its folder. @throws AppError 'export-needs-run' */
  folder(): Directory;
  /** What is known of it beside its weights. */
  story(): Promise<RunStory>;
  /** @throws AppError as opening its model does */
  tuned(): Promise<Tuned>;
  /** Gives trained and adapter parameters by name, and parameters that the published weights lack. */
  values(): Promise<ReadValues>;
  /**
   * What it would do next. @throws AppError 'export-needs-run'; 'checkpoint-invalid' where it has no checkpoint of these
   * settings and rows
   */
  continuation(): Promise<ContinuedRun>;
}

/** How a run goes on, with its model and what is trained of it. */
export interface ContinuedRun extends Continuation {
  readonly tuned: Tuned;
}

/** What is known of a run before it begins. */
export interface RunFacts {
  /** `tuning.method`. */
  readonly method: string;
  /** Whether it learns from pictures, not from text. */
  readonly pictures: boolean;
  /** Null of a run that was kept before this was. */
  readonly modelType: string | null;
  /** Whether its model writes text. */
  readonly writes: boolean;
  /** What makes probabilities of its scores, where its model says labels, or numbers, of a whole text; false of others. */
  readonly labels: Probability | false;
  /** Whether its model gives a vector of each text. */
  readonly embeds: boolean;
  /** Whether its adapter is LoRA over the base as it was published, without DoRA: what other programs mean by LoRA. */
  readonly plainLora: boolean;
  /** Whether parameters of the base are trained beside an adapter. */
  readonly beside: boolean;
  /** Absent where no run lies beside the weights. */
  readonly course?: CourseFacts;
  /** Whether all of its updates are done; absent where that is not known. */
  readonly finished?: boolean;
  /** The model and what is trained of it, where they are at hand: they say more than settings do. */
  readonly tuned?: Pick<Tuned, 'base' | 'tuning'>;
}

/** What of a run's settings another trainer may not know. */
export interface CourseFacts {
  /** What its base is called. */
  readonly base: string;
  /** Whether it learns text, one class of each, or which of two answers is the better. */
  readonly learnsAnswers: boolean;
  /** Its rows are pairs of texts. */
  readonly textPairs: boolean;
  readonly optimizer: string;
  readonly lossFunction: string;
  /** How frozen weights were kept. */
  readonly weights: string;
  /** Whether its products round to f16. */
  readonly halfProducts: boolean;
  /** Share of what layers of the base give that is dropped. */
  readonly dropout: number;
  /** Alpha of NEFTune. */
  readonly noise: number;
  /** Share of the tokens that are masked anew at every update. */
  readonly maskedTokens: number;
  /** Whether its adapter began as a decomposition of the base. */
  readonly startsElsewhere: boolean;
}

/** What is chosen of a form, and heard while it is written. */
export interface ExportChoices {
  /** Of LoRA that is made of something else. */
  readonly rank?: number | undefined;
  /** Of a folder for Ollama: the type of its matrices. */
  readonly type?: 'F16' | 'BF16' | 'Q8_0' | 'Q4_K_M' | undefined;
  /** Told what share of the change, 0 to 1, such LoRA holds. */
  onKept?(share: number): void;
}

/** One form of a run's result, in a file of its own; `targets.ts` lists them. */
export interface Target {
  /** Why a run cannot be written so; undefined where it can. What to take instead is added by `targets.ts`. */
  refuses(run: RunFacts): AppError | undefined;
  /** The same of what only parts of the run tell that are read for it: tokenizer, prompt format, checkpoint. */
  refusesRead?(run: ExportedRun, facts: RunFacts): Promise<AppError | undefined>;
  /** The end of the name of what is downloaded: a zip of all that is written, or the one file of what is known of a run. */
  readonly file: string;
  /**
   * What was trained, which has its values once the training rests; a whole model, which can be asked whether it answers
   * as base and adapter do; or what is known of the run at any time.
   */
  readonly holds: 'trained' | 'model' | 'run';
  /**
   * Of what is written in another format than the base's: opens the whole model that the files say, of an adapter over
   * the base. @throws AppError of a file that cannot be read
   */
  readBack?(files: ModelFiles, base: Base): Promise<ReadBackModel>;
  /** @throws AppError of what cannot be read, and 'export-needs-run' */
  write(run: ExportedRun, choices?: ExportChoices): Promise<readonly StreamedFile[]>;
}
