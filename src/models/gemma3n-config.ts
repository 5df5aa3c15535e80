import { because } from '../errors.ts';
import { type ModelSizes, readSizes, requirePairs } from './architecture.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { type Gemma4Config, type Gemma4Layer, readShared } from './gemma4-config.ts';
import { normalQuantile } from './normal-quantile.ts';
import { readRopeByLayerType } from './rope-config.ts';

export interface Gemma3nConfig extends Gemma4Config {
  readonly kinds: readonly Gemma3nLayer[];
  readonly perLayer: NonNullable<Gemma4Config['perLayer']>;
  readonly altUp: AltUpConfig;
  readonly laurelRank: number;
}

export interface Gemma3nLayer extends Gemma4Layer {
  /** Of each row of the MLP's gate what is not so many deviations above the row's mean is cut off; undefined: nothing is. */
  readonly cutoff: number | undefined;
}

export interface AltUpConfig {
  readonly streams: number;
  /** The stream that the layers compute with. */
  readonly active: number;
}

/** Sizes of transformers' Gemma3nTextConfig, which `text_config` may leave unsaid. */
export const gemma3nSizes: JsonObject = {
  ...{ vocab_size: 262_400, hidden_size: 2048, intermediate_size: 16_384, num_hidden_layers: 35 },
  ...{ num_attention_heads: 8, num_key_value_heads: 2 },
};

/** @throws AppError 'config-invalid' naming the field and what is wrong with it */
export function readGemma3nConfig(json: JsonObject): Gemma3nConfig {
  const read = new ConfigReader(json);
  const sizes = readSizes(json, { kvHeads: 2, headDim: 256, maxPositions: 32_768 });
  requirePairs(sizes.headDim);
  const softCap = 'final_logit_softcapping';
  return {
    ...sizes,
    normEpsilon: read.positive('rms_norm_eps', 1e-6),
    activation: read.activation('hidden_activation', 'gelu_pytorch_tanh'),
    tiedHead: read.flag('tie_word_embeddings', true),
    attentionBias: read.flag('attention_bias', false),
    logitSoftCap: softCap in json ? read.optionalPositive(softCap) : 30,
    kinds: readLayers(read, sizes),
    // Tokens of images and sounds have no rows there.
    perLayer: {
      vocabularySize: read.size('vocab_size_per_layer_input', 262_144),
      width: read.size('hidden_size_per_layer_input', 256),
    },
    altUp: readAltUp(read),
    laurelRank: read.size('laurel_rank', 64),
  };
}

function readAltUp(read: ConfigReader): AltUpConfig {
  const streams = read.size('altup_num_inputs', 4);
  const active = read.json.altup_active_idx ?? 0;
  if (streams < 2 || streams > mostStreams)
    throw invalidConfig(because`altup_num_inputs is ${streams}, not from 2 to ${mostStreams}`);
  if (typeof active !== 'number' || !Number.isInteger(active) || active < 0 || active >= streams)
    throw invalidConfig(because`altup_active_idx is ${JSON.stringify(active)}, which is not one of ${streams} streams`);
  const clip = read.positive('altup_coef_clip', usualClip);
  if (clip < usualClip)
    throw invalidConfig(
      because`altup_coef_clip is ${clip}: weights are not clipped, and ${usualClip} is the usual bound`,
    );
  // Its matrices would be there all the same, and nothing could train them.
  if (!read.flag('altup_correct_scale', true)) throw invalidConfig(because`altup_correct_scale false is not supported`);
  return { streams, active };
}

/** Twice as many as published models have. */
const mostStreams = 8;

/** transformers bounds the weights of coefficients to it while it trains; those of published models are far below. */
const usualClip = 120;

function readLayers(read: ConfigReader, sizes: ModelSizes): Gemma3nLayer[] {
  const { layers, kvHeads, headDim } = sizes;
  const slides = read.slidingLayers(layers) ?? Array.from({ length: layers }, (_, layer) => (layer + 1) % 5 !== 0);
  const window = read.size('sliding_window', 512);
  const { full, sliding } = readRopeByLayerType(read.json, {
    full: 1_000_000,
    sliding: 10_000,
    slidingKey: 'rope_local_base_freq',
  });
  const [rotary, slidingRotary] = [
    { table: 'table/rope', rope: full, width: headDim },
    { table: 'table/sliding-rope', rope: sliding, width: headDim },
  ];
  const keysOf = readShared(read, slides, 15);
  const widths = readWidths(read, layers);
  const cutoffs = readCutoffs(read, layers);
  return slides.map((isSliding, layer) => ({
    slidingWindow: isSliding ? window : undefined,
    ...{ kvHeads, headDim },
    rotary: isSliding ? slidingRotary : rotary,
    keysAreValues: false,
    keysOf: keysOf[layer],
    intermediateSize: widths[layer]!,
    cutoff: cutoffs[layer],
  }));
}

/** One width for all layers, or a list. */
function readWidths(read: ConfigReader, layers: number): number[] {
  const own = read.json.intermediate_size;
  if (!Array.isArray(own)) return Array<number>(layers).fill(read.size('intermediate_size'));
  if (own.length !== layers)
    throw invalidConfig(because`intermediate_size does not name one for each of ${layers} layers`);
  return own.map((width) => new ConfigReader({ intermediate_size: width }).size('intermediate_size'));
}

/** Of shares of each row that are to be cut off, were its numbers normally distributed: in f32, as in transformers. */
function readCutoffs(read: ConfigReader, layers: number): (number | undefined)[] {
  const key = 'activation_sparsity_pattern';
  // The first 10 layers, where there are more.
  const usual = Array.from({ length: layers }, (_, layer) => (layers > 10 && layer < 10 ? 0.95 : 0));
  const shares = read.json[key] ?? usual;
  const isShare = (share: unknown): share is number => typeof share === 'number' && share >= 0 && share < 1;
  if (!Array.isArray(shares) || shares.length !== layers || !shares.every(isShare))
    throw invalidConfig(because`${key} does not name a share from 0 to below 1 for each of ${layers} layers`);
  return shares.map((share) => (share === 0 ? undefined : Math.fround(normalQuantile(Math.fround(share)))));
}
