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
  | LongRope;

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
}

const refused = ['dynamic', 'yarn', 'proportional', 'mrope', 'axial'];

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
  const share = parameters.partial_rotary_factor ?? config.partial_rotary_factor ?? 1;
  if (share !== 1 && usual.share === undefined)
    throw invalidConfig(because`partial_rotary_factor other than 1 is not supported`);
  const theta = inner.positive('rope_theta', outer.positive(usual.thetaKey ?? 'rope_theta', usual.theta ?? 10000));
  return { theta, scaling: readScaling(parameters, outer) };
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
  const width = Math.trunc(headDim * share);
  if (share > 1 || width % 2 !== 0 || width === 0)
    throw invalidConfig(because`${width} of ${headDim} numbers of a head are to be rotated, which are no pairs`);
  return { rope: readRopeConfig(config, usual), width };
}

function readScaling(parameters: JsonObject, outer: ConfigReader): RopeScaling {
  const inner = new ConfigReader(parameters);
  const type = parameters.rope_type ?? parameters.type ?? 'default';
  if (type === 'default') return { type };
  if (type === 'linear') return { type, factor: inner.positive('factor') };
  if (type === 'llama3') return readLlama3(inner, outer);
  if (type === 'longrope' || type === 'su') return readLongRope(inner, outer);
  const known = refused.includes(String(type)) ? because`is not supported` : because`is unknown`;
  throw invalidConfig(
    because`rope type ${JSON.stringify(type)} ${known} (supported: default, linear, llama3, longrope)`,
  );
}

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
