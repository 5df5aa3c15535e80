/**
 * The Llama line in one decoder: llama, mistral, qwen2, qwen3. Pre-norm blocks of grouped-query attention with rotary
 * positions and a gated MLP, RMS norms throughout.
 * Reference: transformers `models/llama/modeling_llama.py`, and `mistral`, `qwen2`, `qwen3` beside it.
 */
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { gatedMlp, layerStack, perHead, type Rotary, rmsNorm, rotate, selfAttention, type Tools } from './blocks.ts';
import type { JsonObject } from './config-reader.ts';
import { type LlamaConfig, type LlamaType, readLlamaConfig } from './llama-config.ts';
import { llamaParameters } from './llama-parameters.ts';
import type { TextModel } from './model.ts';

// Config: llama-config.ts. Parameters: llama-parameters.ts.

// Rotary

const rotaryOf = ({ rope, headDim }: LlamaConfig): Rotary => ({ table: 'table/rope', rope, width: headDim });

// Attention

function attention(tools: Tools, config: LlamaConfig, layer: number, path: string, x: Value): Value {
  const { heads, kvHeads, headDim, qkNorm } = config;
  const headNorm = perHead(tools, headDim, rmsNorm(tools, config.normEpsilon));
  const prepare = (name: string, y: Value): Value =>
    rotate(tools, rotaryOf(config), headDim, qkNorm ? headNorm(`${path}.${name}_norm`, y) : y);
  return selfAttention(tools, { layer, path, heads, kvHeads, headDim, prepare }, x);
}

// Layer

function layer(tools: Tools, config: LlamaConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `model.layers.${index}`;
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
  return tools.builder.within('model', () => rmsNorm(tools, config.normEpsilon)('model.norm', hidden));
}

/**
 * The model that a config.json of one of the family's types describes.
 * @throws AppError 'config-invalid'
 */
export function llamaModel(json: JsonObject, modelType: LlamaType): TextModel {
  const config = readLlamaConfig(json, modelType);
  return modelOf(json, {
    ...config,
    parameters: llamaParameters(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    rotaries: [rotaryOf(config)],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
