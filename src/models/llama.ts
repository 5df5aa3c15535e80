/**
 * The Llama line in one decoder: llama, mistral, ministral3, qwen2, qwen3, ernie4_5, hunyuan_v1_dense. Pre-norm blocks of
 * grouped-query attention with rotary positions and a gated MLP, RMS norms throughout.
 * Reference: transformers `models/llama/modeling_llama.py`, and those of the other types beside it.
 */
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { gatedMlp, layerStack, perHead, type Rotary, rmsNorm, rotate, selfAttention, type Tools } from './blocks.ts';
import type { JsonObject } from './config-reader.ts';
import { type LlamaConfig, type LlamaType, readLlamaConfig } from './llama-config.ts';
import { llamaParameters, qkNormNames } from './llama-parameters.ts';
import type { TextModel } from './model.ts';

// Config: llama-config.ts. Parameters: llama-parameters.ts.

// Rotary

/** Of queries and of keys. */
function rotariesOf({ rope, headDim, neighbours, queryGrowth }: LlamaConfig): {
  readonly q: Rotary;
  readonly k: Rotary;
} {
  const k: Rotary = { table: 'table/rope', rope, width: headDim, neighbours };
  return { q: queryGrowth ? { ...k, table: 'table/query-rope', growth: queryGrowth } : k, k };
}

// Attention

function attention(tools: Tools, config: LlamaConfig, layer: number, path: string, x: Value): Value {
  const { heads, kvHeads, headDim, qkNorm } = config;
  const headNorm = perHead(tools, headDim, rmsNorm(tools, config.normEpsilon));
  const [q, k] = qkNormNames(config);
  const rotaries = rotariesOf(config);
  const prepare = (name: 'q' | 'k', y: Value): Value => {
    const normed = (z: Value): Value => headNorm(`${path}.${name === 'q' ? q : k}`, z);
    const turned = rotate(tools, rotaries[name], headDim, qkNorm === 'before' ? normed(y) : y);
    return qkNorm === 'after' ? normed(turned) : turned;
  };
  return selfAttention(tools, { layer, path, heads, kvHeads, headDim, prepare }, x);
}

// Layer

function layer(tools: Tools, config: LlamaConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `${tools.root}.layers.${index}`;
  const norm = rmsNorm(tools, config.normEpsilon);
  const attended = seams.sublayer(index, 'attention', norm(`${path}.input_layernorm`, hidden), hidden, (x) =>
    builder.within('self_attn', () => attention(tools, config, index, `${path}.self_attn`, x)),
  );
  return seams.sublayer(index, 'mlp', norm(`${path}.post_attention_layernorm`, attended), attended, (x) =>
    builder.within('mlp', () => gatedMlp(tools, `${path}.mlp`, config.activation, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: LlamaConfig, ids: Value): Value {
  const hidden = layerStack(tools, config.layers, ids, (index, x) => layer(tools, config, index, x));
  return tools.builder.within(tools.root, () => rmsNorm(tools, config.normEpsilon)(`${tools.root}.norm`, hidden));
}

/**
 * The model that a config.json of one of the family's types describes.
 * @throws AppError 'config-invalid'
 */
export function llamaModel(json: JsonObject, modelType: LlamaType, root = 'model'): TextModel {
  const config = readLlamaConfig(json, modelType);
  const { q, k } = rotariesOf(config);
  return modelOf(json, {
    ...config,
    root,
    parameters: llamaParameters(config, root),
    headParameter: config.tiedHead ? `${root}.embed_tokens.weight` : 'lm_head.weight',
    rotaries: q === k ? [k] : [q, k],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
