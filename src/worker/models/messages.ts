/** Models: found, opened, kept. */
import type { ErrorCode, ErrorParams } from '../../errors.ts';
import type { FoundModel, SearchFilter } from '../../files/hub.ts';
import type { Head, ParameterRole } from '../../models/model.ts';
import type { RunConfig } from '../../training/config/run-config.ts';

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
  /**
   * The least GPU memory of a run with LoRA at its usual places and the form's other settings, in bytes: whole layers
   * are computed again, unless the form forbids it. A run that has more room may fill more of it, to be faster.
   */
  readonly peakBytes: number;
  /** The same with the weights in 4 bits; null where that is not needed or not to be had. */
  readonly fourBitBytes: number | null;
  /** Seconds of training for a row of `rowTokens` tokens, of the run as it would be planned here. */
  readonly rowSeconds: number;
  readonly rowTokens: number;
  /** Whether earlier runs on the device were measured. */
  readonly measured: boolean;
}

/** One of a repository's GGUF files. */
export interface GgufVariant {
  readonly path: string;
  readonly bytes: number;
  readonly heldBytes: number;
  /** What its name says of the quantisation. */
  readonly type: string | null;
  /** Why it cannot be opened. */
  readonly refusal: { readonly code: ErrorCode; readonly params: ErrorParams } | null;
}

/** What opening a Hub's model would download. */
export interface ModelOffer {
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly heldBytes: number }[];
  /** Of a repository of GGUF files those to choose from; then `files` is empty. */
  readonly variants: readonly GgufVariant[];
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
  readonly role: ParameterRole;
}

export interface TextReading {
  readonly kind: 'text';
  readonly vocabularySize: number;
  readonly maxPositions: number;
  readonly hasChatTemplate: boolean;
  /** Whether the model can write text; encoders only classify. */
  readonly canWrite: boolean;
}

export interface ImageReading {
  readonly kind: 'image';
  /** The side of the square that the model sees. */
  readonly size: number;
  readonly classes: number;
  /** Of the classes, where the model names them. */
  readonly names: readonly string[];
}

export interface ModelSummary {
  readonly name: string;
  readonly modelType: string;
  readonly dtype: string;
  readonly bytes: number;
  /** Of parts that are not opened, such as those for images; 0 for most models. */
  readonly otherBytes: number;
  /** What it is opened with. */
  readonly head: Head;
  readonly totalParameters: number;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly reads: TextReading | ImageReading;
  readonly parameters: readonly ParameterRow[];
}

/** What a Hub is asked for: each can be broken off by itself. */
export type HubPurpose = 'model' | 'search' | 'adapter' | 'data';

export interface ModelRequests {
  openModel: { params: { source: ModelSource }; result: ModelSummary };
  /** Models of a Hub by words of their names, only those that can be opened. */
  searchModels: {
    params: HubPlace & { query: string; filter?: SearchFilter };
    result: { models: readonly FoundModel[] };
  };
  estimateHubModel: { params: HubPlace & { id: string; config: RunConfig }; result: HubEstimate };
  /** Models to start from. */
  shelvedModels: { params: Record<never, never>; result: { models: readonly FoundModel[] } };
  /** The same of one of them, without asking a Hub. */
  estimateShelved: { params: { id: string; config: RunConfig }; result: HubEstimate };
  inspectModel: { params: { source: Extract<ModelSource, { kind: 'hub' }> }; result: ModelOffer };
  /** Breaks off what is asked of a Hub for one purpose; of `model` its opening, too. */
  stopDownload: { params: { purpose: HubPurpose }; result: Record<never, never> };
  /** An adapter to go on from, and the tuning settings that train its parameters. */
  openAdapter: {
    params: { files: readonly NamedBlob[]; name: string; config: RunConfig };
    result: { tuning: RunConfig['tuning']; baseModel: string | null };
  };
  /** The same of an adapter on a Hub. */
  openHubAdapter: {
    params: { source: Extract<ModelSource, { kind: 'hub' }>; config: RunConfig };
    result: { tuning: RunConfig['tuning']; baseModel: string | null };
  };
  /** The same of what a run of this page came to. */
  openRunAdapter: {
    params: { runId: string; name: string; config: RunConfig };
    result: { tuning: RunConfig['tuning']; baseModel: string | null };
  };
  cachedModels: { params: Record<never, never>; result: { models: readonly CachedModel[] } };
  removeCachedModel: { params: { model: string }; result: Record<never, never> };
}

export interface ModelEvents {
  download: { file: string; received: number; total: number };
  /** Why nothing comes of a Hub, and how long until it is asked again. */
  hubWait: { code: ErrorCode; params: ErrorParams; waitMs: number; purpose: HubPurpose };
}
