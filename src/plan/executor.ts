import type { Reason } from '../errors.ts';
import type { FloatDType, Graph } from '../graph/types.ts';
import type { CostSheet } from './cost-sheet.ts';
import type { DeviceProfile } from './profile.ts';

export type ExecutorName = 'webgpu' | 'tfjs-webgpu' | 'tfjs-wasm' | 'tfjs-cpu';

/** What `auto` tries, the fastest first. */
export const automatic: readonly ExecutorName[] = ['webgpu', 'tfjs-wasm', 'tfjs-cpu'];

/** Data for the `input` nodes of a program, by name: Float32Array for f32, Int32Array for i32, Uint32Array for u32. */
export type Feeds = Readonly<Record<string, Float32Array | Int32Array | Uint32Array>>;

/** Program outputs by name, always as f32. */
export type Outputs = Readonly<Record<string, Float32Array>>;

/** Whatever runs graphs: the WebGPU engine, or TensorFlow.js. Training, generation and the CLI know only this. */
export interface Executor {
  readonly name: ExecutorName;
  readonly profile: DeviceProfile;
  /** What runs it, in words for the user, such as the adapter's name. */
  readonly description: string;
  /**
   * Measures what plans of these graphs would like to know of the device and is not known yet; `profile` has it from
   * then on. To be called before a session defines them. Missing where there is nothing to measure.
   */
  tune?(graphs: readonly Graph[], onProgress?: (done: number, total: number) => void): Promise<void>;
  /**
   * Compiles what sessions will need that define these graphs in this order, and holds no memory for it. Resolves to how
   * many kernels were new. Missing where nothing is compiled.
   */
  warm?(graphs: readonly Graph[], options?: SessionOptions): Promise<number>;
  /** The kernels that are compiled already, by key. Missing where nothing is compiled. */
  readonly kernels?: CompiledKernels;
  /** Missing where sessions cannot share weights. */
  createShelf?(): WeightShelf;
  /** @param options `halfProducts`: see the profile; without effect where the device cannot. */
  createSession(options?: SessionOptions): Session;
  /** Rejects once, when the device is gone ('device-lost'); never resolves otherwise. */
  readonly lost: Promise<never>;
  /** Whether an earlier failure stays, so that everything it is asked for fails. Missing where none does. */
  readonly isBroken?: boolean;
  /** Counts the device as lost, as one that no longer answers. Missing where that cannot be. */
  abandon?(reason: Reason): void;
  dispose(): void;
}

/** Keys of kernels. */
export interface CompiledKernels {
  has(pipelineKey: string): boolean;
  keys(): Iterable<string>;
}

export interface SessionOptions {
  readonly halfProducts?: boolean | undefined;
  /** Of this executor, where the session is to find and to leave frozen weights. */
  readonly shelf?: WeightShelf | undefined;
}

/**
 * Frozen weights that outlive the session which filled them, for the next one of the same model. They are known by name,
 * type and place: whoever passes the shelf on holds that the same name means the same values.
 */
export interface WeightShelf {
  /** Frees what no session has; what one has is freed with it. */
  dispose(): void;
}

/**
 * One run: named persistent buffers (the `parameter` nodes of all its programs) and the programs that share them.
 * Buffers start as zeros. After `dispose`, or once the device is lost, every call throws an AppError.
 */
export interface Session {
  /**
   * Adds a program; persistent buffers it names for the first time are made.
   * @throws AppError 'gpu-out-of-memory' | 'gpu-limit'
   */
  define(program: string, graph: Graph): CostSheet;
  /** Compiles what the program needs; resolves when its first run will not stall. Progress counts pipelines. */
  compile(program: string, onProgress?: (done: number, total: number) => void): Promise<void>;
  /** Uploads raw bytes, as published (bf16 and f16 packed), into a persistent buffer, from `byteOffset` on. */
  write(parameter: string, bytes: Uint8Array, byteOffset?: number): void;
  /**
   * Quantises whole rows of published values into a persistent buffer of a quantised type, from row `firstRow` on. Only
   * these rows ever stand unquantised, so a weight is to come in pieces, of at most `pieceBytes` where a row is
   * not longer.
   */
  quantise(parameter: string, published: Uint8Array, dtype: FloatDType, firstRow: number): void;
  /**
   * Gives back what quantising needed. Resolves to √(Σ(kept − published)² / Σ published²) over everything quantised
   * since the session began; 0 where there is nothing.
   */
  finishQuantising(): Promise<number>;
  /** Whether a parameter of a defined program came filled from the shelf. */
  isFound?(parameter: string): boolean;
  /** Says which parameters are filled for good, so that the session after this one may find them. */
  leave?(parameters: Iterable<string>): void;
  /** Reads a persistent buffer back, after everything enqueued so far. */
  read(parameter: string): Promise<Uint8Array>;
  /**
   * Enqueues one run at once and gives its outputs when they are there; runs are carried out in the order of the calls.
   * Callers keep at most two in flight.
   */
  run(program: string, feeds: Feeds): Promise<Outputs>;
  /** Counted since the session began, so that tests can hold the plan to its word. */
  readonly statistics: SessionStatistics;
  dispose(): void;
}

/** Bytes of one piece of a weight on its way to the session: large enough for few calls, small beside any model. */
export const pieceBytes = 4 * 2 ** 20;

export interface SessionStatistics {
  readonly dispatches: number;
  readonly submits: number;
  readonly bufferBytes: number;
  readonly buffers: number;
  readonly bindGroups: number;
  readonly pipelines: number;
}
