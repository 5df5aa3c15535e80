import { because } from '../errors.ts';
import type { Activation } from '../graph/types.ts';
import { type ModelSizes, readSizes, requirePairs } from './architecture.ts';
import type { Rotary } from './blocks.ts';
import { ConfigReader, invalidConfig, isObject, type JsonObject } from './config-reader.ts';
import { readRopeByLayerType } from './rope-config.ts';

/** The heads and the window of the sizes are those of layers that slide. */
export interface Gemma4Config extends ModelSizes {
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly attentionBias: boolean;
  readonly logitSoftCap: number | undefined;
  readonly kinds: readonly Gemma4Layer[];
  /** Of what each layer embeds of a token by itself; undefined where none does. */
  readonly perLayer: { readonly vocabularySize: number; readonly width: number } | undefined;
}

export interface Gemma4Layer {
  readonly slidingWindow: number | undefined;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly rotary: Rotary;
  /** Values are keys before their norm and rotation: there is no v_proj. */
  readonly keysAreValues: boolean;
  /** The layer whose keys and values it reads: it has no projections for them. */
  readonly keysOf: number | undefined;
  readonly intermediateSize: number;
}

/** Sizes of transformers' Gemma4TextConfig, which `text_config` may leave unsaid. */
export const gemma4Sizes: JsonObject = {
  ...{ vocab_size: 262_144, hidden_size: 2304, intermediate_size: 9216, num_hidden_layers: 30 },
  ...{ num_attention_heads: 8, num_key_value_heads: 4 },
};

const usualRope = {
  sliding_attention: { rope_type: 'default', rope_theta: 10_000 },
  full_attention: { rope_type: 'proportional', partial_rotary_factor: 0.25, rope_theta: 1_000_000 },
};

/** @throws AppError 'config-invalid' naming the field and what is wrong with it */
export function readGemma4Config(json: JsonObject): Gemma4Config {
  const read = new ConfigReader(json);
  refuseUnbuilt(read);
  const sizes = readSizes(json, { kvHeads: 4, headDim: 256, maxPositions: 131_072 });
  return {
    ...sizes,
    normEpsilon: read.positive('rms_norm_eps', 1e-6),
    activation: read.activation('hidden_activation', 'gelu_pytorch_tanh'),
    tiedHead: read.flag('tie_word_embeddings', true),
    attentionBias: read.flag('attention_bias', false),
    logitSoftCap: read.optionalPositive('final_logit_softcapping'),
    kinds: readLayers(read, sizes),
    perLayer: readPerLayer(read, sizes),
  };
}

function refuseUnbuilt(read: ConfigReader): void {
  if (read.flag('enable_moe_block', false)) throw invalidConfig(because`enable_moe_block (experts) is not supported`);
  // `vision`: the tokens of a picture see each other; of text none do.
  const bidirectional = read.json.use_bidirectional_attention ?? 'vision';
  if (bidirectional !== 'vision')
    throw invalidConfig(because`use_bidirectional_attention ${JSON.stringify(bidirectional)} is not supported`);
}

/** Absent is 256; null and 0 are none. */
function readPerLayer(read: ConfigReader, { vocabularySize }: ModelSizes): Gemma4Config['perLayer'] {
  const { hidden_size_per_layer_input: own = 256 } = read.json;
  if (own === 0 || own === null) return undefined;
  const rows = read.size('vocab_size_per_layer_input', 262_144);
  if (rows < vocabularySize)
    throw invalidConfig(because`vocab_size_per_layer_input ${rows} is below vocab_size ${vocabularySize}`);
  return { vocabularySize: rows, width: read.size('hidden_size_per_layer_input', 256) };
}

function readLayers(read: ConfigReader, sizes: ModelSizes): Gemma4Layer[] {
  const slides = readSlides(read, sizes.layers);
  const heads = readHeads(read, sizes, slides);
  const window = read.size('sliding_window', 512);
  const rotaries = readRotaries(read.json, heads, slides);
  const keysOf = readShared(read, slides, 0);
  const width = read.size('intermediate_size');
  const doubled = read.flag('use_double_wide_mlp', false);
  return slides.map((isSliding, layer) => ({
    slidingWindow: isSliding ? window : undefined,
    ...(isSliding ? heads.sliding : heads.full),
    rotary: isSliding ? rotaries.sliding : rotaries.full,
    keysAreValues: !isSliding && read.flag('attention_k_eq_v', false),
    keysOf: keysOf[layer],
    intermediateSize: keysOf[layer] !== undefined && doubled ? 2 * width : width,
  }));
}

/** Every sixth layer looks at everything where nothing is said, and the last one whatever is. */
function readSlides(read: ConfigReader, layers: number): boolean[] {
  const usual = Array.from({ length: layers }, (_, layer) => (layer + 1) % 6 !== 0);
  return (read.slidingLayers(layers) ?? usual).with(-1, false);
}

/** For each of the last layers, the last one before them that looks as far. */
export function readShared(read: ConfigReader, slides: readonly boolean[], usual: number): (number | undefined)[] {
  const count = read.json.num_kv_shared_layers === 0 ? 0 : (read.optionalSize('num_kv_shared_layers') ?? usual);
  const first = slides.length - count;
  return slides.map((isSliding, layer) => {
    if (layer < first) return undefined;
    const source = slides.slice(0, Math.max(0, first)).lastIndexOf(isSliding);
    if (source < 0)
      throw invalidConfig(
        because`num_kv_shared_layers is ${count}, and no layer before those has keys for layer ${layer}`,
      );
    return source;
  });
}

type Heads = Pick<Gemma4Layer, 'kvHeads' | 'headDim'>;

/**
 * Those of layers that slide, and those of layers that look at everything: as transformers writes them, `per_layer_config`
 * by the layer's number, or as published, `global_head_dim` and `num_global_key_value_heads`.
 */
function readHeads(read: ConfigReader, sizes: ModelSizes, slides: readonly boolean[]) {
  const { kvHeads, headDim } = sizes;
  const own = read.json.per_layer_config;
  const shared = read.flag('attention_k_eq_v', false);
  const [sliding, full]: [Heads, Heads] =
    own === undefined
      ? [
          { kvHeads, headDim },
          {
            kvHeads: (shared ? read.optionalSize('num_global_key_value_heads') : undefined) ?? kvHeads,
            headDim: read.size('global_head_dim', 512),
          },
        ]
      : ([true, false].map((isSliding) => headsOfKind(own, sizes, slides, isSliding)) as [Heads, Heads]);
  for (const { kvHeads, headDim } of [sliding, full]) {
    requirePairs(headDim);
    if (sizes.heads % kvHeads !== 0)
      throw invalidConfig(
        because`num_attention_heads ${sizes.heads} is not a multiple of num_global_key_value_heads ${kvHeads}`,
      );
  }
  return { sliding, full };
}

/** What `per_layer_config` says of all layers of a kind. */
function headsOfKind(own: unknown, sizes: ModelSizes, slides: readonly boolean[], isSliding: boolean): Heads {
  if (!isObject(own)) throw invalidConfig(because`per_layer_config is not an object`);
  const layers = slides.flatMap((each, layer) => (each === isSliding ? [layer] : []));
  const heads = layers.map((layer): Heads => {
    const part = own[layer] ?? {};
    if (!isObject(part)) throw invalidConfig(because`per_layer_config of layer ${layer} is not an object`);
    const unknown = Object.keys(part).find((key) => key !== 'head_dim' && key !== 'num_key_value_heads');
    if (unknown !== undefined) throw invalidConfig(because`${unknown} in per_layer_config is not supported`);
    const read = new ConfigReader(part);
    return {
      kvHeads: read.size('num_key_value_heads', sizes.kvHeads),
      headDim: read.size('head_dim', sizes.headDim),
    };
  });
  const [first = sizes, ...others] = heads;
  if (others.some(({ kvHeads, headDim }) => kvHeads !== first.kvHeads || headDim !== first.headDim))
    throw invalidConfig(because`per_layer_config gives layers of one type different heads`);
  return { kvHeads: first.kvHeads, headDim: first.headDim };
}

/** transformers reads `rope_parameters` by layer type alone; what older models write otherwise would be left out. */
function readRotaries(
  json: JsonObject,
  heads: { readonly sliding: Heads; readonly full: Heads },
  slides: readonly boolean[],
) {
  const read = new ConfigReader(json);
  const said = read.object('rope_parameters');
  if (read.object('rope_scaling'))
    throw invalidConfig(because`rope_scaling is not read here: its settings belong in rope_parameters, by layer type`);
  for (const type of new Set(slides.map((isSliding) => (isSliding ? 'sliding_attention' : 'full_attention'))))
    if (said && !new ConfigReader(said).object(type)) throw invalidConfig(because`rope_parameters lacks ${type}`);
  const settings = said ? json : { ...json, rope_parameters: usualRope };
  const { full, sliding } = readRopeByLayerType(settings, { full: 1_000_000, sliding: 10_000 });
  return {
    full: { table: 'table/rope', rope: full, width: heads.full.headDim },
    sliding: { table: 'table/sliding-rope', rope: sliding, width: heads.sliding.headDim },
  };
}
