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
    };

export interface RopeConfig {
  readonly theta: number;
  readonly scaling: RopeScaling;
}

const refused = ['dynamic', 'yarn', 'longrope', 'su', 'proportional', 'mrope', 'axial'];

/**
 * The rotary settings of a config.json in either dialect: `rope_parameters {rope_type, rope_theta, …}`, or `rope_theta`
 * beside `rope_scaling {type | rope_type, …}`. What stands in the inner object wins, as in transformers.
 * @throws AppError 'config-invalid': also for the scalings that are not carried out, by name
 */
export function readRopeConfig(config: JsonObject): RopeConfig {
  const outer = new ConfigReader(config);
  const dialect = outer.object('rope_scaling') === undefined ? 'rope_parameters' : 'rope_scaling';
  const parameters = outer.object(dialect) ?? {};
  const inner = new ConfigReader(parameters);
  if (Object.keys(parameters).some((key) => key.endsWith('_attention')))
    throw invalidConfig('rope_parameters differ by layer type, which is not supported');
  const share = parameters.partial_rotary_factor ?? config.partial_rotary_factor ?? 1;
  if (share !== 1) throw invalidConfig('partial_rotary_factor other than 1 is not supported');
  const theta = inner.positive('rope_theta', outer.positive('rope_theta', 10000));
  return { theta, scaling: readScaling(parameters, outer) };
}

function readScaling(parameters: JsonObject, outer: ConfigReader): RopeScaling {
  const inner = new ConfigReader(parameters);
  const type = parameters.rope_type ?? parameters.type ?? 'default';
  if (type === 'default') return { type };
  if (type === 'linear') return { type, factor: inner.positive('factor') };
  if (type === 'llama3') return readLlama3(inner, outer);
  const known = refused.includes(String(type)) ? 'is not supported' : 'is unknown';
  throw invalidConfig(`rope type ${JSON.stringify(type)} ${known} (supported: default, linear, llama3)`);
}

function readLlama3(inner: ConfigReader, outer: ConfigReader): RopeScaling {
  const trained = outer.optionalSize('original_max_position_embeddings');
  const lowFrequencyFactor = inner.positive('low_freq_factor');
  const highFrequencyFactor = inner.positive('high_freq_factor');
  if (lowFrequencyFactor >= highFrequencyFactor) throw invalidConfig('low_freq_factor is not below high_freq_factor');
  return {
    type: 'llama3',
    factor: inner.positive('factor'),
    lowFrequencyFactor,
    highFrequencyFactor,
    originalMaxPositions:
      trained ?? inner.size('original_max_position_embeddings', outer.size('max_position_embeddings')),
  };
}
