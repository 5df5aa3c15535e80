/** What a tuning method is, for everything outside its own file. */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { Model, ParameterInfo } from '../models/model.ts';
import type { Seams } from '../models/seams.ts';
import type { Initial } from './initial.ts';
import type { RateSettings } from './learning-rates.ts';

/** The `tuning` section of a run config, as far as it decides what is trained; names of PEFT and H2O LLM Studio. */
export interface TuningSettings extends RateSettings {
  readonly method: string;
  readonly lora_r?: number;
  readonly lora_alpha?: number;
  readonly lora_dropout?: number;
  /** Names, a regular expression or "all-linear"; empty or absent: the usual ones of the architecture. */
  readonly lora_target_modules?: string | readonly string[];
  /** Where the token embedding is adapted, so is a head that is tied to it; only adapters that are read have it. */
  readonly ensure_weight_tying?: boolean;
  /** Modules that get no adapter whatever the rest says: names or a regular expression. */
  readonly exclude_modules?: string | readonly string[];
  /** What the matrices started from; `pissa` and `olora` took that out of the base. Absent: `lora`, which leaves it. */
  readonly init_lora_weights?: 'lora' | 'pissa' | 'olora';
  readonly layers_to_transform?: readonly number[];
  readonly layers_pattern?: readonly string[];
  readonly use_rslora?: boolean;
  readonly use_dora?: boolean;
  readonly rank_pattern?: Readonly<Record<string, number>>;
  readonly alpha_pattern?: Readonly<Record<string, number>>;
  readonly lora_plus_ratio?: number;
  readonly modules_to_save?: readonly string[];
  readonly bias?: 'none' | 'all' | 'lora_only';
  /** Of (IA)³: the modules whose input is scaled. */
  readonly feedforward_modules?: string | readonly string[];
  readonly num_virtual_tokens?: number;
  /** Of bottleneck adapters: the width of the model over theirs; 0 or absent: AdapterHub's. */
  readonly reduction_factor?: number;
  /** Of bottleneck adapters: after the MLP of each layer, or after attention too. */
  readonly adapter_placement?: 'mlp' | 'both';
  /** Of LLaMA-Adapter: learned tokens a layer, and how many of the top layers have them. */
  readonly adapter_len?: number;
  readonly adapter_layers?: number;
  /** Of VeRA: what the vector between its two matrices starts from. */
  readonly d_initial?: number;
  readonly prompt_tuning_init?: 'RANDOM' | 'SAMPLE_VOCAB' | 'TEXT';
  readonly prompt_tuning_init_text?: string;
  /** Of P-tuning: the inner width of its encoder; 0 or absent: the width of the model. */
  readonly encoder_hidden_size?: number;
  readonly keep_frozen_statistics?: boolean;
  readonly train_parameters?: readonly (string | Readonly<Record<string, unknown>>)[];
}

/** A parameter that a method adds to the model; f32. */
export interface AdapterParameter {
  /** PEFT's key of the tensor without `base_model.model.`, such as `<module>.lora_A.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Initial;
  readonly learningRateFactor: number;
  /** PEFT saves the matrix transposed. */
  readonly savedTransposed?: boolean;
  /** Drawn once and saved with the rest, never trained. */
  readonly frozen?: boolean;
}

/** What a method's answers at the seams are made with. */
export interface SeamTools {
  readonly builder: GraphBuilder;
  /** The weight of a linear module, as it lies in its buffer. */
  weight(module: string): Value;
  /** x · Wᵀ of a linear module, without its bias. */
  product(module: string, x: Value): Value;
  /** y + the bias of a linear module, where it has one. */
  addBias(module: string, y: Value): Value;
  /** What becomes of virtual tokens, where the adapter has them: see `VirtualPlace`. */
  readonly virtual: VirtualPlace;
  /** i32 [rows]; given in training where the adapter embeds tokens. */
  readonly idOrder: Value | undefined;
  /** u32 [2]; given in training where the adapter drops out. */
  readonly seed: Value | undefined;
}

/**
 * Learned tokens before each sequence. `rows` go through the whole model; `keys` are seen by attention alone, with
 * `keysAndValues` giving [count, kvHeads·headDim] for the key of layer 0, its value, the key of layer 1, …
 */
export type VirtualTokens =
  | { readonly count: number; readonly as: 'rows' }
  | { readonly count: number; readonly as: 'keys'; keysAndValues(builder: GraphBuilder): readonly Value[] };

/** Before each of a batch's sequences; alone, to fill a cache with them; or absent, since the cache holds them. */
export type VirtualPlace = { readonly sequences: number } | 'alone' | undefined;

/** A method on one model: what it adds, where it steps in, and what its library's config says of it. */
export interface Adapter {
  /** Nothing but a classifier's head is trained beside it: its files have no place for more. */
  readonly standsAlone?: true;
  readonly parameters: readonly AdapterParameter[];
  /** Paths of the linear modules it steps into. */
  readonly modules: ReadonlySet<string>;
  readonly dropsOut: boolean;
  /** It answers at the seam of the head, so that a head that it adapts can be trained. */
  readonly isInLoss?: boolean;
  /**
   * Base parameters that the adapter was trained over a part of, and what that part is: of the published values, in
   * their layout, still to be rounded to their type. Absent: the base is as published.
   */
  readonly residuals?: ReadonlyMap<string, (published: Float32Array) => Float32Array>;
  /** It looks tokens up in a table that it trains, which needs their order (`idOrder`). */
  readonly embedsTokens?: boolean;
  readonly virtualTokens?: VirtualTokens;
  /** The answers that differ from those of `base`. */
  seams(base: Seams, tools: SeamTools): Partial<Seams>;
  /** The keys of `adapter_config.json` that are the method's own, such as `peft_type`. */
  readonly peftConfig: Readonly<Record<string, unknown>>;
  /** PEFT's class of that config; absent where another library has the method. */
  readonly configClass?: string;
  /** For the model card: what it is, such as "LoRA" and "rank 8 on 14 modules". */
  readonly title: string;
  readonly summary: string;
  /**
   * What PEFT saves in place of the parameters, where that is something else; it is then read as another method, and
   * the training cannot be continued from it.
   */
  exported?(read: ReadValues): Promise<ReadonlyMap<string, SavedTensor>>;
  /**
   * The base parameter with the adapter folded into it, so that no adapter is needed; undefined where it stays. Absent
   * where the method is no change of weights. `weight` is given away: the result may lie in it. `read` gives adapter
   * parameters by name.
   */
  merged?(info: ParameterInfo, weight: Float32Array, read: ReadValues): Promise<Float32Array | undefined>;
  /**
   * How long the change is that `merged` would make to the weight of a linear module or an embedding, its bias aside,
   * without making it; undefined where that is not known. Absent where the method is no change of weights.
   */
  change?(tools: ChangeTools, module: string): Change | undefined;
}

export interface ChangeTools extends Pick<SeamTools, 'builder' | 'weight' | 'product'> {
  /** The identity [size, size]. */
  identity(size: number): Value;
}

/** ‖ΔW‖², the square of a Frobenius norm: what the device computes of it, and what these come to. */
export interface Change {
  readonly outputs: Readonly<Record<string, Value>>;
  squared(outputs: Readonly<Record<string, Float32Array>>): number;
}

export interface SavedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

export type ReadValues = (name: string) => Promise<Float32Array<ArrayBuffer>>;

/** The learning-rate factor of a parameter, by its module's path and its layer. */
export type RateFactor = (name: string, layer: number | undefined) => number;

/** One way to tune, in a file of its own; `methods.ts` lists them. */
export interface Method {
  /** What it trains can be folded into the weights: its adapters have `merged`. */
  readonly merges?: true;
  /** It steps into linear layers alone, so that models for images can have it; others are made for texts only. */
  readonly forImages?: true;
  /** @throws AppError 'nothing-matched', 'setting-unsupported', 'run-config-invalid' */
  create(model: Model, settings: TuningSettings, factor: RateFactor): Adapter;
  /** The settings that an `adapter_config.json` of PEFT means. @throws AppError 'adapter-invalid' */
  settingsOf(config: PeftConfig): Omit<TuningSettings, 'method'>;
}

/** `adapter_config.json`. */
export type PeftConfig = Readonly<Record<string, unknown>>;
