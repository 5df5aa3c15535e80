/**
 * Granite: Llama with four multipliers, on embeddings, scores, what each half of a layer adds, and logits.
 * Reference: transformers `models/granite/modeling_granite.py`.
 */
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { gatedMlp, type Rotary, rmsNorm, rotate, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, type JsonObject } from './config-reader.ts';
import { type LlamaConfig, readLlamaConfig } from './llama-config.ts';
import { llamaParameters } from './llama-parameters.ts';
import type { TextModel } from './model.ts';

// Config

export interface GraniteConfig extends LlamaConfig {
  readonly embeddingMultiplier: number;
  /** Stands for 1/√headDim. */
  readonly attentionMultiplier: number;
  readonly residualMultiplier: number;
  /** What logits are divided by. */
  readonly logitsScaling: number;
}

export function readGraniteConfig(json: JsonObject): GraniteConfig {
  const read = new ConfigReader(json);
  return {
    ...readLlamaConfig(json, 'llama'),
    embeddingMultiplier: read.positive('embedding_multiplier', 1),
    attentionMultiplier: read.positive('attention_multiplier', 1),
    residualMultiplier: read.positive('residual_multiplier', 1),
    logitsScaling: read.positive('logits_scaling', 1),
  };
}

// Rotary

export const rotaryOf = ({ rope, headDim }: GraniteConfig): Rotary => ({ table: 'table/rope', rope, width: headDim });

// Layer

function layer(tools: Tools, config: GraniteConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const { heads, kvHeads, headDim, residualMultiplier, attentionMultiplier: scale } = config;
  const path = `model.layers.${index}`;
  const norm = rmsNorm(tools, config.normEpsilon);
  const prepare = (_: string, y: Value): Value => rotate(tools, rotaryOf(config), headDim, y);
  const form = { layer: index, path: `${path}.self_attn`, heads, kvHeads, headDim, scale, prepare };
  const attended = seams.sublayer(index, 'attention', norm(`${path}.input_layernorm`, hidden), hidden, (x) =>
    builder.within('self_attn', () => builder.scale(selfAttention(tools, form, x), residualMultiplier)),
  );
  return seams.sublayer(index, 'mlp', norm(`${path}.post_attention_layernorm`, attended), attended, (x) =>
    builder.within('mlp', () =>
      builder.scale(gatedMlp(tools, `${path}.mlp`, config.activation, x), residualMultiplier),
    ),
  );
}

// Model

/** The layers in order, between what the embeddings are multiplied by and what the logits are divided by. */
export function embedded(
  tools: Tools,
  config: GraniteConfig,
  ids: Value,
  layer: (index: number, hidden: Value) => Value,
): Value {
  const { builder, seams } = tools;
  let hidden = builder.within('model.embed_tokens', () =>
    builder.scale(seams.embed('model.embed_tokens', ids), config.embeddingMultiplier),
  );
  for (let index = 0; index < config.layers; index++)
    hidden = builder.within(`model.layers.${index}`, () => layer(index, hidden));
  // The head is linear: hidden states divided by it give logits divided by it.
  return builder.within('model', () =>
    builder.scale(rmsNorm(tools, config.normEpsilon)('model.norm', hidden), 1 / config.logitsScaling),
  );
}

/** @throws AppError 'config-invalid' */
export function graniteModel(json: JsonObject): TextModel {
  const config = readGraniteConfig(json);
  return modelOf(json, {
    ...config,
    modelType: 'granite',
    parameters: llamaParameters(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    rotaries: [rotaryOf(config)],
    buildHidden: (tools, ids) => embedded(tools, config, ids, (index, x) => layer(tools, config, index, x)),
  });
}
