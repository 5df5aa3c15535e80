/**
 * SmolLM3: Llama without rotation in some layers, usually every fourth (NoPE, arXiv 2501.18795).
 * Reference: transformers `models/smollm3/modeling_smollm3.py`.
 */
import { because } from '../errors.ts';
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { gatedMlp, layerStack, type Rotary, rmsNorm, rotate, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { type LlamaConfig, readLlamaConfig } from './llama-config.ts';
import { llamaParameters } from './llama-parameters.ts';
import type { TextModel } from './model.ts';

// Config

export interface SmolLm3Config extends LlamaConfig {
  /** Which layers turn queries and keys, by index. */
  readonly rotatedLayers: readonly boolean[];
}

export function readSmolLm3Config(json: JsonObject): SmolLm3Config {
  const read = new ConfigReader(json);
  const own = { num_key_value_heads: 4, max_position_embeddings: 32768, tie_word_embeddings: true };
  const config = readLlamaConfig({ ...own, ...json }, 'llama');
  const rotatedLayers = readRotated(read, config.layers);
  const slidingWindow = read.flag('use_sliding_window', false) ? read.optionalSize('sliding_window') : undefined;
  if (slidingWindow === undefined) return { ...config, rotatedLayers };
  const slidingLayers = read.slidingLayers(config.layers) ?? rotatedLayers.map((rotated) => !rotated);
  return slidingLayers.includes(true)
    ? { ...config, rotatedLayers, slidingWindow, slidingLayers }
    : { ...config, rotatedLayers };
}

/** `no_rope_layers` has a 1 for each layer that does rotate. */
function readRotated(read: ConfigReader, layers: number): boolean[] {
  const given = read.json.no_rope_layers ?? [];
  if (!Array.isArray(given)) throw invalidConfig(because`no_rope_layers is no list`);
  if (given.length === 0) {
    const interval = read.size('no_rope_layer_interval', 4);
    return Array.from({ length: layers }, (_, layer) => (layer + 1) % interval !== 0);
  }
  if (given.length !== layers)
    throw invalidConfig(because`no_rope_layers does not have an entry for each of ${layers} layers`);
  return given.map(Boolean);
}

// Rotary

const rotaryOf = ({ rope, headDim }: SmolLm3Config): Rotary => ({ table: 'table/rope', rope, width: headDim });

// Layer

function layer(tools: Tools, config: SmolLm3Config, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const { heads, kvHeads, headDim, rotatedLayers } = config;
  const path = `model.layers.${index}`;
  const norm = rmsNorm(tools, config.normEpsilon);
  const prepare = (_: string, y: Value): Value =>
    rotatedLayers[index] ? rotate(tools, rotaryOf(config), headDim, y) : y;
  const form = { layer: index, path: `${path}.self_attn`, heads, kvHeads, headDim, prepare };
  const attended = seams.sublayer(index, 'attention', norm(`${path}.input_layernorm`, hidden), hidden, (x) =>
    builder.within('self_attn', () => selfAttention(tools, form, x)),
  );
  return seams.sublayer(index, 'mlp', norm(`${path}.post_attention_layernorm`, attended), attended, (x) =>
    builder.within('mlp', () => gatedMlp(tools, `${path}.mlp`, config.activation, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: SmolLm3Config, ids: Value): Value {
  const hidden = layerStack(tools, config.layers, ids, (index, x) => layer(tools, config, index, x));
  return tools.builder.within('model', () => rmsNorm(tools, config.normEpsilon)('model.norm', hidden));
}

/** @throws AppError 'config-invalid' */
export function smolLm3Model(json: JsonObject): TextModel {
  const config = readSmolLm3Config(json);
  return modelOf(json, {
    ...config,
    modelType: 'smollm3',
    parameters: llamaParameters(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    rotaries: [rotaryOf(config)],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
