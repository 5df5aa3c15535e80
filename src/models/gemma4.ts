/**
 * Gemma 4's text model, without experts. Beside Gemma 3: norms whose weights are not counted from 1, of values too, without
 * weights; scores that are not scaled; layers that look at everything with heads of their own; the last layers read keys
 * and values of earlier ones; every layer adds what a second table knows of each token, gated; its output is multiplied by
 * a number that lies in the file as a buffer. The scales of the embeddings are in f32; transformers rounds them to the
 * weights' type.
 * Reference: transformers `models/gemma4/modeling_gemma4.py`.
 */
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { embedTokens, gatedMlp, layersOver, type Norm, perHead, rmsNorm, rotate, type Tools } from './blocks.ts';
import type { JsonObject } from './config-reader.ts';
import { type Gemma4Config, readGemma4Config } from './gemma4-config.ts';
import { attentionLayer, type Layer } from './layers.ts';
import type { TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';

// Config: gemma4-config.ts.

// Parameters

export const layerNorms = [
  'input_layernorm',
  'post_attention_layernorm',
  'pre_feedforward_layernorm',
  'post_feedforward_layernorm',
];

function parametersOf(config: Gemma4Config, root: string): ParameterList {
  const { vocabularySize, hiddenSize, tiedHead, perLayer } = config;
  const list = new ParameterList(`${root}.`);
  list.embedding(`${root}.embed_tokens`, vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  config.kinds.forEach((kind, layer) => {
    const path = `${root}.layers.${layer}`;
    attentionParameters(list, config, layer, `${path}.self_attn`);
    list.gatedMlp(`${path}.mlp`, hiddenSize, kind.intermediateSize);
    for (const norm of layerNorms) list.rmsNorm(`${path}.${norm}`, hiddenSize);
    list.constant(`${path}.layer_scalar`);
    if (!perLayer) return;
    list.linear(`${path}.per_layer_input_gate`, perLayer.width, hiddenSize);
    list.linear(`${path}.per_layer_projection`, hiddenSize, perLayer.width);
    list.rmsNorm(`${path}.post_per_layer_input_norm`, hiddenSize);
  });
  list.rmsNorm(`${root}.norm`, hiddenSize);
  if (perLayer) {
    const width = config.layers * perLayer.width;
    list.embedding(`${root}.embed_tokens_per_layer`, perLayer.vocabularySize, width);
    list.linear(`${root}.per_layer_model_projection`, width, hiddenSize);
    list.rmsNorm(`${root}.per_layer_projection_norm`, perLayer.width);
  }
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list;
}

function attentionParameters(list: ParameterList, config: Gemma4Config, layer: number, path: string): void {
  const { hiddenSize, heads, attentionBias: bias } = config;
  const { headDim, kvHeads, keysOf, keysAreValues } = config.kinds[layer]!;
  list.linear(`${path}.q_proj`, heads * headDim, hiddenSize, { bias });
  list.rmsNorm(`${path}.q_norm`, headDim);
  if (keysOf === undefined) {
    list.rmsNorm(`${path}.k_norm`, headDim);
    list.linear(`${path}.k_proj`, kvHeads * headDim, hiddenSize, { bias });
    if (!keysAreValues) list.linear(`${path}.v_proj`, kvHeads * headDim, hiddenSize, { bias });
  }
  list.linear(`${path}.o_proj`, hiddenSize, heads * headDim, { bias });
}

// Attention

export const layersOf = ({ kinds }: Gemma4Config): Layer[] =>
  kinds.map(({ kvHeads, headDim, slidingWindow, keysOf }) =>
    attentionLayer({
      ...{ kvHeads, headDim },
      ...(slidingWindow === undefined ? {} : { window: slidingWindow }),
      ...(keysOf === undefined ? {} : { keysOf }),
    }),
  );

/** What attention reads of each token, [rows, kvHeads·headDim] each. */
export interface KeysAndValues {
  readonly k: Value;
  readonly v: Value;
}

const norm = (tools: Tools, { normEpsilon }: Gemma4Config): Norm => rmsNorm(tools, normEpsilon);

function keysAndValues(tools: Tools, config: Gemma4Config, layer: number, path: string, x: Value): KeysAndValues {
  const { builder, seams } = tools;
  const { headDim, rotary, keysAreValues } = config.kinds[layer]!;
  const keys = seams.linear(`${path}.k_proj`, x);
  const values = keysAreValues ? keys : seams.linear(`${path}.v_proj`, x);
  const plain: Norm = (_, y) => builder.node('rms_norm', [y], { epsilon: config.normEpsilon, weightOffset: 1 });
  return {
    k: rotate(tools, rotary, headDim, perHead(tools, headDim, norm(tools, config))(`${path}.k_norm`, keys)),
    v: builder.within('v_norm', () => perHead(tools, headDim, plain)(`${path}.v_norm`, values)),
  };
}

/** `kept`: of the layers before it. */
export function attention(
  tools: Tools,
  config: Gemma4Config,
  layer: number,
  path: string,
  x: Value,
  kept: KeysAndValues[],
): Value {
  const { seams } = tools;
  const { headDim, kvHeads, rotary, keysOf } = config.kinds[layer]!;
  const queries = perHead(tools, headDim, norm(tools, config))(`${path}.q_norm`, seams.linear(`${path}.q_proj`, x));
  const q = rotate(tools, rotary, headDim, queries);
  kept[layer] = keysOf === undefined ? keysAndValues(tools, config, layer, path, x) : kept[keysOf]!;
  const { k, v } = kept[layer];
  const y = seams.attention({ layer, heads: config.heads, kvHeads, headDim, scale: 1 }, q, k, v);
  return seams.attentionOutput(layer, x, seams.linear(`${path}.o_proj`, y));
}

// What each layer knows of a token

/** Of each layer, what its own table and a projection of the token's embedding give, [rows, width]. */
export function perLayerInputs(tools: Tools, config: Gemma4Config, ids: Value, embedded: Value): readonly Value[] {
  const { builder, seams, root } = tools;
  if (!config.perLayer) return [];
  const { width } = config.perLayer;
  const looked = builder.within(`${root}.embed_tokens_per_layer`, () =>
    builder.scale(seams.embedAgain(`${root}.embed_tokens_per_layer`, ids), Math.sqrt(width)),
  );
  return builder.within(root, () => {
    const linear = seams.linear(`${root}.per_layer_model_projection`, embedded);
    const projected = perHead(
      tools,
      width,
      norm(tools, config),
    )(`${root}.per_layer_projection_norm`, builder.scale(linear, config.hiddenSize ** -0.5));
    return builder.columns(builder.scale(builder.add(projected, looked), Math.SQRT1_2), config.layers);
  });
}

/** `input`, gated by x [rows, hidden]: [rows, hidden]. */
export function perLayerPart(tools: Tools, config: Gemma4Config, path: string, x: Value, input: Value): Value {
  const { builder, seams } = tools;
  const gate = seams.linear(`${path}.per_layer_input_gate`, x);
  const gated = builder.node('gated_activation', [gate, input], { activation: config.activation });
  const y = seams.linear(`${path}.per_layer_projection`, gated);
  return norm(tools, config)(`${path}.post_per_layer_input_norm`, y);
}

// Layer

function layer(
  tools: Tools,
  config: Gemma4Config,
  index: number,
  hidden: Value,
  kept: KeysAndValues[],
  input: Value | undefined,
): Value {
  const { builder, seams } = tools;
  const path = `${tools.root}.layers.${index}`;
  const normed = (name: string, x: Value): Value => norm(tools, config)(`${path}.${name}`, x);
  const attended = seams.sublayer(index, 'attention', normed('input_layernorm', hidden), hidden, (x) => {
    const y = builder.within('self_attn', () => attention(tools, config, index, `${path}.self_attn`, x, kept));
    return normed('post_attention_layernorm', y);
  });
  const mixed = seams.sublayer(index, 'mlp', normed('pre_feedforward_layernorm', attended), attended, (x) => {
    const y = builder.within('mlp', () => gatedMlp(tools, `${path}.mlp`, config.activation, x));
    return normed('post_feedforward_layernorm', y);
  });
  const output = input ? builder.add(mixed, perLayerPart(tools, config, path, mixed, input)) : mixed;
  return builder.mul(output, builder.reshape(seams.parameter(`${path}.layer_scalar`), []));
}

// Model

function buildHidden(tools: Tools, config: Gemma4Config, ids: Value): Value {
  const { builder, root } = tools;
  const embedded = embedTokens(tools, ids);
  const inputs = perLayerInputs(tools, config, ids, embedded);
  const kept: KeysAndValues[] = [];
  const hidden = layersOver(tools, config.layers, embedded, (index, x) =>
    layer(tools, config, index, x, kept, inputs[index]),
  );
  return builder.within(root, () => norm(tools, config)(`${root}.norm`, hidden));
}

/**
 * @param root path of the bare decoder: `model`, or that inside of a larger model
 * @throws AppError 'config-invalid'
 */
export function gemma4Model(json: JsonObject, root = 'model'): TextModel {
  const { logitSoftCap, ...config } = readGemma4Config(json);
  const whole = { ...config, logitSoftCap };
  const { all: parameters, constants } = parametersOf(whole, root);
  return modelOf(json, {
    ...config,
    ...(logitSoftCap === undefined ? {} : { logitSoftCap }),
    root,
    modelType: 'gemma4_text',
    parameters,
    constants,
    ...(config.perLayer ? { embedsAgain: true } : {}),
    layerKinds: layersOf(whole),
    embeddingScale: Math.sqrt(config.hiddenSize),
    headParameter: config.tiedHead ? `${root}.embed_tokens.weight` : 'lm_head.weight',
    rotaries: [...new Set(config.kinds.map(({ rotary }) => rotary))],
    buildHidden: (tools, ids) => buildHidden(tools, whole, ids),
  });
}
