/**
 * Qwen3.5 (dense): gated delta nets (arXiv 2412.06464), with gated attention in every fourth layer or as `layer_types` says.
 * Reference: transformers `models/qwen3_5/modeling_qwen3_5.py`.
 */
import { because } from '../errors.ts';
import type { Activation, Value } from '../graph/types.ts';
import { type ModelSizes, modelOf, readSizes } from './architecture.ts';
import { gatedMlp, layerStack, type Norm, perHead, type Rotary, rmsNorm, rotate, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { attentionLayer, type Layer } from './layers.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { readPartialRope } from './rope-config.ts';

// Config

export interface Qwen35Config extends ModelSizes {
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly attentionBias: boolean;
  /** By layer; the others are gated delta nets. */
  readonly attends: readonly boolean[];
  readonly delta: DeltaSizes;
  readonly rotary: Rotary;
}

interface DeltaSizes {
  /** Rows that the convolution sees, its own among them. */
  readonly taps: number;
  readonly keyHeads: number;
  readonly keyDim: number;
  readonly valueHeads: number;
  readonly valueDim: number;
}

export function readQwen35Config(json: JsonObject): Qwen35Config {
  const read = new ConfigReader(json);
  const sizes = readSizes(json, { kvHeads: 4, headDim: 256, maxPositions: 32768 });
  const { width, rope } = readPartialRope(json, sizes.headDim, { share: 0.25 });
  return {
    ...sizes,
    intermediateSize: read.size('intermediate_size', 12288),
    normEpsilon: read.positive('rms_norm_eps', 1e-6),
    activation: read.activation('hidden_act', 'silu'),
    tiedHead: read.flag('tie_word_embeddings', false),
    attentionBias: read.flag('attention_bias', false),
    attends: readAttends(read, sizes.layers),
    delta: readDelta(read),
    rotary: { table: 'table/rope', rope, width },
  };
}

function readDelta(read: ConfigReader): DeltaSizes {
  const [taps, keyHeads, valueHeads] = [
    read.size('linear_conv_kernel_dim', 4),
    read.size('linear_num_key_heads', 16),
    read.size('linear_num_value_heads', 32),
  ];
  if (taps < 2)
    throw invalidConfig(because`linear_conv_kernel_dim is ${taps}, and a convolution sees at least 2 tokens`);
  if (valueHeads % keyHeads !== 0)
    throw invalidConfig(
      because`linear_num_value_heads ${valueHeads} is not a multiple of linear_num_key_heads ${keyHeads}`,
    );
  const [keyDim, valueDim] = [read.size('linear_key_head_dim', 128), read.size('linear_value_head_dim', 128)];
  return { taps, keyHeads, keyDim, valueHeads, valueDim };
}

/** `layer_types`, or every layer of so many that `full_attention_interval` says. */
function readAttends(read: ConfigReader, layers: number): boolean[] {
  const types = read.json.layer_types;
  if (types === undefined || types === null) {
    const interval = read.size('full_attention_interval', 4);
    return Array.from({ length: layers }, (_, layer) => (layer + 1) % interval === 0);
  }
  const known: unknown[] = ['full_attention', 'linear_attention'];
  if (!Array.isArray(types) || types.length !== layers || !types.every((type) => known.includes(type)))
    throw invalidConfig(
      because`layer_types does not name full_attention or linear_attention for each of ${layers} layers`,
    );
  return types.map((type) => type === 'full_attention');
}

/** Widths of q and k, of v, and of all three, which one convolution runs over. */
function deltaWidths({ keyHeads, keyDim, valueHeads, valueDim }: DeltaSizes) {
  const [keys, values] = [keyHeads * keyDim, valueHeads * valueDim];
  return { keys, values, all: 2 * keys + values };
}

// Parameters

function parametersOf(config: Qwen35Config, root: string): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, intermediateSize, tiedHead } = config;
  const list = new ParameterList(`${root}.`);
  list.embedding(`${root}.embed_tokens`, vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  config.attends.forEach((attends, layer) => {
    const path = `${root}.layers.${layer}`;
    if (attends) attentionParameters(list, config, `${path}.self_attn`);
    else deltaParameters(list, config, `${path}.linear_attn`);
    list.gatedMlp(`${path}.mlp`, hiddenSize, intermediateSize);
    for (const name of ['input_layernorm', 'post_attention_layernorm']) list.rmsNorm(`${path}.${name}`, hiddenSize);
  });
  list.rmsNorm(`${root}.norm`, hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list.all;
}

function attentionParameters(list: ParameterList, config: Qwen35Config, path: string): void {
  const { hiddenSize, heads, kvHeads, headDim, attentionBias: bias } = config;
  list.linear(`${path}.q_proj`, 2 * heads * headDim, hiddenSize, { bias });
  list.linear(`${path}.k_proj`, kvHeads * headDim, hiddenSize, { bias });
  list.linear(`${path}.v_proj`, kvHeads * headDim, hiddenSize, { bias });
  list.linear(`${path}.o_proj`, hiddenSize, heads * headDim, { bias });
  for (const name of ['q_norm', 'k_norm']) list.rmsNorm(`${path}.${name}`, headDim);
}

function deltaParameters(list: ParameterList, { hiddenSize, delta }: Qwen35Config, path: string): void {
  const { taps, valueHeads, valueDim } = delta;
  const widths = deltaWidths(delta);
  for (const name of ['dt_bias', 'A_log']) list.decay(`${path}.${name}`, valueHeads);
  list.depthwise(`${path}.conv1d`, widths.all, taps, false);
  list.rmsNorm(`${path}.norm`, valueDim);
  list.linear(`${path}.out_proj`, hiddenSize, widths.values);
  list.linear(`${path}.in_proj_qkv`, widths.all, hiddenSize);
  list.linear(`${path}.in_proj_z`, widths.values, hiddenSize);
  for (const name of ['b', 'a']) list.linear(`${path}.in_proj_${name}`, valueHeads, hiddenSize);
}

// Norm

/** Weights are kept as differences from 1. */
const normOf = (tools: Tools, { normEpsilon }: Qwen35Config): Norm => rmsNorm(tools, normEpsilon, 1);

// Attention

/** Each head of q_proj gives a query and a gate of attention's output. */
function attention(tools: Tools, config: Qwen35Config, layer: number, path: string, x: Value): Value {
  const { builder, seams } = tools;
  const { heads, kvHeads, headDim, rotary } = config;
  const rows = x.shape[0]!;
  const perQuery = builder.reshape(seams.linear(`${path}.q_proj`, x), [rows * heads, 2 * headDim]);
  const [query, gate] = builder
    .split(perQuery, [headDim, headDim])
    .map((part) => builder.reshape(part, [rows, heads * headDim])) as [Value, Value];
  const headNorm = perHead(tools, headDim, normOf(tools, config));
  const prepare = (name: string, y: Value): Value =>
    rotate(tools, rotary, headDim, headNorm(`${path}.${name}_norm`, y));
  const q = prepare('q', query);
  const k = prepare('k', seams.linear(`${path}.k_proj`, x));
  const v = seams.linear(`${path}.v_proj`, x);
  const y = seams.attention({ layer, heads, kvHeads, headDim, scale: headDim ** -0.5 }, q, k, v);
  const gated = builder.node('gated_activation', [gate, y], { activation: 'sigmoid' });
  return seams.attentionOutput(layer, x, seams.linear(`${path}.o_proj`, gated));
}

// Gated delta net

const deltaNet = 'gated_delta_net';

/** It keeps the last inputs of its taps, and a state for each head of v. */
const layersOf = ({ attends, kvHeads, headDim, delta }: Qwen35Config): Layer[] =>
  attends.map((isAttention) =>
    isAttention
      ? attentionLayer({ kvHeads, headDim })
      : {
          kind: deltaNet,
          keeps: [
            { name: 'taps', width: (delta.taps - 1) * deltaWidths(delta).all, per: 'sequence' },
            { name: 'state', width: delta.valueHeads * delta.keyDim * delta.valueDim, per: 'sequence' },
          ],
        },
  );

/**
 * q, k and v after a convolution and SiLU, q and k divided by their lengths; the rule's output is normed for each head and
 * gated by z. The rule gives √keyDim times what transformers', whose q is divided by that, does: the norm's ε makes up.
 */
function gatedDeltaNet(tools: Tools, config: Qwen35Config, layer: number, path: string, x: Value): Value {
  const { builder, seams } = tools;
  const { delta, normEpsilon } = config;
  const { keyHeads, keyDim, valueDim } = delta;
  const { keys, values } = deltaWidths(delta);
  const rows = x.shape[0]!;
  const [mixed, z, b, a] = ['qkv', 'z', 'b', 'a'].map((name) => seams.linear(`${path}.in_proj_${name}`, x)) as [
    Value,
    Value,
    Value,
    Value,
  ];
  const weight = seams.parameter(`${path}.conv1d.weight`);
  const rate = [seams.parameter(`${path}.A_log`), seams.parameter(`${path}.dt_bias`)];
  const [g, beta] = builder.nodeOutputs('delta_gates', [a, b, ...rate], {}) as [Value, Value];
  const ofLength1 = (heads: Value): Value =>
    builder.reshape(builder.l2Norm(builder.reshape(heads, [rows * keyHeads, keyDim]), 1e-6), [rows, keys]);
  const output = seams.mixer(layer, deltaNet, ({ batch, starts, before }) => {
    const [taps, state] = before ? [{ before: before[0]! }, { before: before[1]! }] : [{}, {}];
    const [convolved, tapsAfter] = builder.within('conv1d', () =>
      builder.causalConvolution({ x: mixed, weight, starts, ...taps }, batch),
    );
    const [q, k, v] = builder.split(builder.activation(convolved, config.activation), [keys, keys, values]) as [
      Value,
      Value,
      Value,
    ];
    const inputs = { q: ofLength1(q), k: ofLength1(k), v, g, beta, starts, ...state };
    const [y, stateAfter] = builder.gatedDeltaRule(inputs, batch, keyHeads);
    return { output: y, after: [tapsAfter, stateAfter] };
  });
  const normed = perHead(tools, valueDim, rmsNorm(tools, normEpsilon * keyDim))(`${path}.norm`, output);
  return seams.linear(`${path}.out_proj`, builder.swiglu(z, normed));
}

// Layer

function layer(tools: Tools, config: Qwen35Config, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `${tools.root}.layers.${index}`;
  const norm = normOf(tools, config);
  const [kind, module, mix] = config.attends[index]!
    ? (['attention', 'self_attn', attention] as const)
    : (['mixer', 'linear_attn', gatedDeltaNet] as const);
  const mixed = seams.sublayer(index, kind, norm(`${path}.input_layernorm`, hidden), hidden, (x) =>
    builder.within(module, () => mix(tools, config, index, `${path}.${module}`, x)),
  );
  return seams.sublayer(index, 'mlp', norm(`${path}.post_attention_layernorm`, mixed), mixed, (x) =>
    builder.within('mlp', () => gatedMlp(tools, `${path}.mlp`, config.activation, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: Qwen35Config, ids: Value): Value {
  const hidden = layerStack(tools, config.layers, ids, (index, x) => layer(tools, config, index, x));
  const { builder, root } = tools;
  return builder.within(root, () => normOf(tools, config)(`${root}.norm`, hidden));
}

/**
 * @param root path of the bare decoder: `model`, or that inside of a larger model
 * @throws AppError 'config-invalid'
 */
export function qwen35Model(json: JsonObject, root = 'model'): TextModel {
  const config = readQwen35Config(json);
  return modelOf(json, {
    ...config,
    root,
    modelType: 'qwen3_5_text',
    layerKinds: layersOf(config),
    parameters: parametersOf(config, root),
    headParameter: config.tiedHead ? `${root}.embed_tokens.weight` : 'lm_head.weight',
    rotaries: [config.rotary],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
