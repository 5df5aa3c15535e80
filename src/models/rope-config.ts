import { because } from '../errors.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';

/** How the angles of the rotary embedding grow with the position. */
export type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalMaxPositions: number;
    }
  | LongRope
  | Yarn
  /** NTK scaling by the length of a text: none up to `originalMaxPositions`; beyond them it isn't carried out. */
  | { readonly type: 'dynamic'; readonly originalMaxPositions: number }
  /** The slow part of the frequencies of a whole head does not turn at all. */
  | { readonly type: 'proportional'; readonly factor: number; readonly share: number };

/** arXiv 2309.00071: high frequencies stay, low ones are divided by `factor`, with a ramp between. */
export interface Yarn {
  readonly type: 'yarn';
  readonly factor: number;
  readonly originalMaxPositions: number;
  /** Turns within the original length at which the ramp begins and ends. */
  readonly betaFast: number;
  readonly betaSlow: number;
  /** Whether the ends of the ramp are moved to whole frequencies. */
  readonly truncate: boolean;
  /** What cosines and sines are multiplied by. */
  readonly amplitude: number;
}

/** The numbers of Phi-3's longrope that hold up to the length a model was first trained with. */
interface LongRope {
  readonly type: 'longrope';
  /** What each frequency is divided by. */
  readonly factors: readonly number[];
  /** What cosines and sines are multiplied by. */
  readonly amplitude: number;
  /** Beyond this many positions other factors would hold, which are not carried out. */
  readonly originalMaxPositions: number;
}

export interface RopeConfig {
  readonly theta: number;
  readonly scaling: RopeScaling;
}

/** What holds where config.json is silent, and older names of its keys. */
export interface RopeDefaults {
  readonly theta?: number;
  readonly thetaKey?: string;
  /** The usual share of a head that is turned, where a type may turn a part of it. */
  readonly share?: number;
  /** Keys that the type alone has, and that its own file reads. */
  readonly ownKeys?: readonly string[];
}

/** The sections of mrope say which axis of an image turns which pairs; the positions of text are alike on all of them. */
const textOnly = ['mrope_section', 'mrope_interleaved', 'interleaved'];

/** Keys of every type, of which transformers reads those of its own type; and some that say nothing of the angles. */
const knownKeys: ReadonlySet<string> = new Set([
  ...['type', 'rope_type', 'rope_theta', 'partial_rotary_factor', 'factor', 'original_max_position_embeddings'],
  ...['attention_factor', 'beta_fast', 'beta_slow', 'mscale', 'mscale_all_dim', 'truncate'],
  ...['short_factor', 'long_factor', 'short_mscale', 'long_mscale', 'low_freq_factor', 'high_freq_factor'],
  ...['finetuned', 'max_position_embeddings', ...textOnly],
]);

const layerTypes = ['full_attention', 'sliding_attention'] as const;

/**
 * The rotary settings of a config.json in either dialect: `rope_parameters {rope_type, rope_theta, …}`, or `rope_theta`
 * beside `rope_scaling {type | rope_type, …}`. What stands in the inner object wins, as in transformers.
 * @throws AppError 'config-invalid': also for the scalings that are not carried out, by name
 */
export function readRopeConfig(config: JsonObject, usual: RopeDefaults = {}): RopeConfig {
  const outer = new ConfigReader(config);
  const dialect = outer.object('rope_scaling') === undefined ? 'rope_parameters' : 'rope_scaling';
  const parameters = outer.object(dialect) ?? {};
  const inner = new ConfigReader(parameters);
  if (Object.keys(parameters).some((key) => key.endsWith('_attention')))
    throw invalidConfig(because`rope_parameters differ by layer type, which is not supported`);
  const unknown = Object.keys(parameters).find((key) => !knownKeys.has(key) && !usual.ownKeys?.includes(key));
  if (unknown !== undefined) throw invalidConfig(because`${unknown} in ${dialect} is unknown`);
  const share = parameters.partial_rotary_factor ?? config.partial_rotary_factor ?? 1;
  const isWhole = share === 1 || parameters.rope_type === 'proportional';
  if (!isWhole && usual.share === undefined)
    throw invalidConfig(because`partial_rotary_factor other than 1 is not supported`);
  const theta = inner.positive('rope_theta', outer.positive(usual.thetaKey ?? 'rope_theta', usual.theta ?? 10000));
  return { theta, scaling: readScaling(parameters, outer) };
}

/** The settings of the layers that look at everything, and of those that slide. */
export interface RopeByLayerType {
  readonly full: RopeConfig;
  readonly sliding: RopeConfig;
}

/**
 * `rope_parameters` by layer type. The older dialect scales the layers that look at everything alone, and has a base of
 * its own for those that slide under `slidingKey`, or none.
 * @throws AppError 'config-invalid'
 */
export function readRopeByLayerType(
  config: JsonObject,
  usual: { readonly full: number; readonly sliding: number; readonly slidingKey?: string },
): RopeByLayerType {
  const outer = new ConfigReader(config);
  const byType = outer.object('rope_scaling') === undefined ? outer.object('rope_parameters') : undefined;
  const { max_position_embeddings, rope_theta, rope_scaling } = config;
  const of = (part: JsonObject, theta: number) => readRopeConfig({ max_position_embeddings, ...part }, { theta });
  if (!byType) {
    const local = usual.slidingKey === undefined ? {} : { rope_theta: config[usual.slidingKey] };
    return { full: of({ rope_theta, rope_scaling }, usual.full), sliding: of(local, usual.sliding) };
  }
  const parts = new ConfigReader(byType);
  const [full, sliding] = layerTypes.map((type) => {
    // transformers looks for it beside the types, where it never is.
    const { truncate: _, ...part } = parts.object(type) ?? {};
    return { rope_parameters: part };
  });
  return { full: of(full!, usual.full), sliding: of(sliding!, usual.sliding) };
}

/**
 * A rotary embedding of the first part of each head: its settings, and how many numbers it turns.
 * @throws AppError 'config-invalid'
 */
export function readPartialRope(
  config: JsonObject,
  headDim: number,
  usual: RopeDefaults & { readonly share: number; readonly shareKey?: string },
): { readonly rope: RopeConfig; readonly width: number } {
  const outer = new ConfigReader(config);
  const parameters = new ConfigReader(outer.object('rope_scaling') ?? outer.object('rope_parameters') ?? {});
  const key = usual.shareKey ?? 'partial_rotary_factor';
  const share = parameters.optionalPositive('partial_rotary_factor') ?? outer.positive(key, usual.share);
  const isWhole = parameters.json.rope_type === 'proportional';
  const width = isWhole ? headDim : Math.trunc(headDim * share);
  if (share > 1 || width % 2 !== 0 || width === 0)
    throw invalidConfig(because`${width} of ${headDim} numbers of a head are to be rotated, which are no pairs`);
  return { rope: readRopeConfig(config, usual), width };
}

function readScaling(parameters: JsonObject, outer: ConfigReader): RopeScaling {
  const inner = new ConfigReader(parameters);
  const type = parameters.rope_type ?? parameters.type ?? 'default';
  switch (type) {
    case 'default':
    case 'mrope':
      return { type: 'default' };
    case 'linear':
      return { type: 'linear', factor: inner.positive('factor') };
    case 'llama3':
      return readLlama3(inner, outer);
    case 'longrope':
    case 'su':
      return readLongRope(inner, outer);
    case 'yarn':
      return readYarn(inner, outer);
    case 'dynamic':
      inner.positive('factor');
      return { type: 'dynamic', originalMaxPositions: outer.size('max_position_embeddings') };
    case 'proportional':
      return {
        type: 'proportional',
        factor: inner.positive('factor', 1),
        share: inner.positive('partial_rotary_factor', 1),
      };
    default:
      throw invalidConfig(because`rope type ${JSON.stringify(type)} is unknown (known: ${known.join(', ')})`);
  }
}

const known = ['default', 'linear', 'llama3', 'longrope', 'yarn', 'dynamic', 'proportional', 'mrope'];

function readLlama3(inner: ConfigReader, outer: ConfigReader): RopeScaling {
  const trained = outer.optionalSize('original_max_position_embeddings');
  const lowFrequencyFactor = inner.positive('low_freq_factor');
  const highFrequencyFactor = inner.positive('high_freq_factor');
  if (lowFrequencyFactor >= highFrequencyFactor)
    throw invalidConfig(because`low_freq_factor is not below high_freq_factor`);
  return {
    type: 'llama3',
    factor: inner.positive('factor'),
    lowFrequencyFactor,
    highFrequencyFactor,
    originalMaxPositions:
      trained ?? inner.size('original_max_position_embeddings', outer.size('max_position_embeddings')),
  };
}

/** arXiv 2402.13753, as transformers' `_compute_longrope_parameters`. */
function readLongRope(inner: ConfigReader, outer: ConfigReader): RopeScaling {
  const factors = inner.json.short_factor;
  if (!Array.isArray(factors) || !factors.every((factor) => typeof factor === 'number' && factor > 0))
    throw invalidConfig(because`short_factor of longrope is no list of numbers above 0`);
  const originalMaxPositions =
    outer.optionalSize('original_max_position_embeddings') ?? inner.size('original_max_position_embeddings');
  const factor =
    inner.optionalPositive('factor') ??
    outer.size('max_position_embeddings', originalMaxPositions) / originalMaxPositions;
  const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositions));
  const amplitude = inner.optionalPositive('attention_factor') ?? usual;
  return { type: 'longrope', factors, amplitude, originalMaxPositions };
}

/** As transformers' `_compute_yarn_parameters`. */
function readYarn(inner: ConfigReader, outer: ConfigReader): Yarn {
  const originalMaxPositions =
    outer.optionalSize('original_max_position_embeddings') ??
    inner.size('original_max_position_embeddings', outer.optionalSize('max_position_embeddings'));
  const factor = inner.optionalPositive('factor') ?? outer.size('max_position_embeddings') / originalMaxPositions;
  const scale = (weight: number): number => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  const [weight, all] = [optionalNumber(inner, 'mscale'), optionalNumber(inner, 'mscale_all_dim')];
  const usual = weight && all ? scale(weight) / scale(all) : scale(1);
  return {
    type: 'yarn',
    factor,
    originalMaxPositions,
    betaFast: optionalNumber(inner, 'beta_fast') || 32,
    betaSlow: optionalNumber(inner, 'beta_slow') || 1,
    truncate: inner.flag('truncate', true),
    amplitude: inner.optionalPositive('attention_factor') ?? usual,
  };
}

/** A number above 0, or 0, which counts as absent there. */
const optionalNumber = (read: ConfigReader, key: string): number =>
  read.json[key] === 0 ? 0 : (read.optionalPositive(key) ?? 0);
