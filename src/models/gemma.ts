/**
 * The Gemma line: gemma, gemma2, gemma3_text. RMS norms whose weights are counted from 1, embeddings multiplied by
 * √hidden, a gated MLP with GELU's tanh form, the head tied to the embedding. Gemma 2 adds norms after attention and
 * MLP, bounds on scores and logits, and layers that slide; Gemma 3 norms of q and k, and a rotation of its own for the
 * layers that slide. The scale of the embeddings is in f32; transformers rounds it to the weights' type.
 * Reference: transformers `models/gemma/modeling_gemma.py`, and `gemma2`, `gemma3` beside it.
 */
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { gatedMlp, layerStack, type Norm, perHead, rmsNorm, rotate, selfAttention, type Tools } from './blocks.ts';
import type { JsonObject } from './config-reader.ts';
import { type GemmaConfig, type GemmaType, readGemmaConfig } from './gemma-config.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';

// Config: gemma-config.ts.

function parametersOf(config: GemmaConfig, root: string): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, headDim, tiedHead, attentionBias: bias } = config;
  const list = new ParameterList(`${root}.`);
  list.embedding(`${root}.embed_tokens`, vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  const norms = ['input_layernorm', 'post_attention_layernorm'];
  if (config.postNorms) norms.push('pre_feedforward_layernorm', 'post_feedforward_layernorm');
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `${root}.layers.${layer}`;
    list.projections(`${path}.self_attn`, config, { qkvBias: bias, outputBias: bias });
    if (config.qkNorm) list.rmsNorm(`${path}.self_attn.q_norm`, headDim);
    if (config.qkNorm) list.rmsNorm(`${path}.self_attn.k_norm`, headDim);
    list.gatedMlp(`${path}.mlp`, hiddenSize, config.intermediateSize);
    for (const norm of norms) list.rmsNorm(`${path}.${norm}`, hiddenSize);
  }
  list.rmsNorm(`${root}.norm`, hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list.all;
}

const normOf = (tools: Tools, { normEpsilon }: GemmaConfig): Norm => rmsNorm(tools, normEpsilon, 1);

// Attention

function attention(tools: Tools, config: GemmaConfig, layer: number, path: string, x: Value): Value {
  const { heads, kvHeads, headDim, qkNorm, attentionScale: scale, attentionSoftCap } = config;
  const rotary = config.slidingLayers[layer] ? config.slidingRotary : config.rotary;
  const headNorm = perHead(tools, headDim, normOf(tools, config));
  const prepare = (name: string, y: Value): Value =>
    rotate(tools, rotary, headDim, qkNorm ? headNorm(`${path}.${name}_norm`, y) : y);
  const cap = attentionSoftCap === undefined ? {} : { softCap: attentionSoftCap };
  return selfAttention(tools, { layer, path, heads, kvHeads, headDim, scale, prepare, ...cap }, x);
}

// Layer

function layer(tools: Tools, config: GemmaConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const { postNorms } = config;
  const path = `${tools.root}.layers.${index}`;
  const norm = (name: string, x: Value): Value => normOf(tools, config)(`${path}.${name}`, x);
  const after = (name: string, x: Value): Value => (postNorms ? norm(name, x) : x);
  const attended = seams.sublayer(index, 'attention', norm('input_layernorm', hidden), hidden, (x) => {
    const y = builder.within('self_attn', () => attention(tools, config, index, `${path}.self_attn`, x));
    return after('post_attention_layernorm', y);
  });
  const beforeMlp = postNorms ? 'pre_feedforward_layernorm' : 'post_attention_layernorm';
  return seams.sublayer(index, 'mlp', norm(beforeMlp, attended), attended, (x) => {
    const y = builder.within('mlp', () => gatedMlp(tools, `${path}.mlp`, config.activation, x));
    return after('post_feedforward_layernorm', y);
  });
}

// Model

function buildHidden(tools: Tools, config: GemmaConfig, ids: Value): Value {
  const { builder, root } = tools;
  const hidden = layerStack(tools, config.layers, ids, (index, x) => layer(tools, config, index, x));
  return builder.within(root, () => normOf(tools, config)(`${root}.norm`, hidden));
}

/**
 * The model that a config.json of one of the line's types describes.
 * @throws AppError 'config-invalid'
 */
export function gemmaModel(json: JsonObject, modelType: GemmaType, root = 'model'): TextModel {
  const { logitSoftCap, ...config } = readGemmaConfig(json, modelType);
  const { rotary, slidingRotary } = config;
  return modelOf(json, {
    ...config,
    ...(logitSoftCap === undefined ? {} : { logitSoftCap }),
    root,
    parameters: parametersOf({ ...config, logitSoftCap }, root),
    embeddingScale: Math.sqrt(config.hiddenSize),
    headParameter: config.tiedHead ? `${root}.embed_tokens.weight` : 'lm_head.weight',
    rotaries: rotary === slidingRotary ? [rotary] : [rotary, slidingRotary],
    buildHidden: (tools, ids) => buildHidden(tools, { ...config, logitSoftCap }, ids),
  });
}
