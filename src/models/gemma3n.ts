/**
 * Gemma 3n's text model. Attention, its keys and values that later layers share, and what each layer knows of a token are
 * Gemma 4's. Beside them several streams go from layer to layer (AltUp, arXiv 2301.13310), of which a layer computes with
 * one and predicts the others; a narrow product is added to what attention gives (Laurel, arXiv 2411.07501); and some
 * layers cut most of their gates off. The scales of the embeddings are in f32; transformers rounds them to the weights' type.
 * Reference: transformers `models/gemma3n/modeling_gemma3n.py`.
 */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { embedTokens, layersOver, type Norm, rmsNorm, type Tools } from './blocks.ts';
import type { JsonObject } from './config-reader.ts';
import { type Gemma3nConfig, readGemma3nConfig } from './gemma3n-config.ts';
import { attention, type KeysAndValues, layerNorms, layersOf, perLayerInputs, perLayerPart } from './gemma4.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { countedByBlock, ParameterList } from './parameter-list.ts';

// Config: gemma3n-config.ts.

// Parameters

function parametersOf(config: Gemma3nConfig, root: string): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, tiedHead, perLayer, altUp, layers } = config;
  const list = new ParameterList(`${root}.`);
  list.embedding(`${root}.embed_tokens`, vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  const paths = config.kinds.map((_, layer) => `${root}.layers.${layer}`);
  for (const [layer, path] of paths.entries()) layerParameters(list, config, layer, path);
  list.rmsNorm(`${root}.norm`, hiddenSize);
  list.embedding(`${root}.embed_tokens_per_layer`, perLayer.vocabularySize, layers * perLayer.width);
  list.linear(`${root}.per_layer_model_projection`, layers * perLayer.width, hiddenSize);
  list.rmsNorm(`${root}.per_layer_projection_norm`, perLayer.width);
  for (const name of ['altup_projections', 'altup_unembed_projections'])
    for (let stream = 1; stream < altUp.streams; stream++)
      list.linear(`${root}.${name}.${stream - 1}`, hiddenSize, hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return countedByBlock(list.all, paths);
}

function layerParameters(list: ParameterList, config: Gemma3nConfig, layer: number, path: string): void {
  const { hiddenSize, perLayer, laurelRank, heads, attentionBias: bias } = config;
  const { streams } = config.altUp;
  const { headDim, kvHeads, keysOf, intermediateSize } = config.kinds[layer]!;
  list.linear(`${path}.self_attn.q_proj`, heads * headDim, hiddenSize, { bias });
  list.rmsNorm(`${path}.self_attn.q_norm`, headDim);
  if (keysOf === undefined) {
    for (const name of ['k_proj', 'v_proj'])
      list.linear(`${path}.self_attn.${name}`, kvHeads * headDim, hiddenSize, { bias });
    list.rmsNorm(`${path}.self_attn.k_norm`, headDim);
  }
  list.linear(`${path}.self_attn.o_proj`, hiddenSize, heads * headDim, { bias });
  list.gatedMlp(`${path}.mlp`, hiddenSize, intermediateSize);
  for (const norm of layerNorms) list.rmsNorm(`${path}.${norm}`, hiddenSize);
  list.channelFactor(`${path}.altup.correct_output_scale`, hiddenSize);
  list.linear(`${path}.altup.correction_coefs`, streams, streams);
  list.linear(`${path}.altup.prediction_coefs`, streams ** 2, streams);
  list.linear(`${path}.altup.modality_router`, streams, hiddenSize);
  list.rmsNorm(`${path}.altup.router_norm`, hiddenSize);
  list.linear(`${path}.laurel.linear_left`, laurelRank, hiddenSize);
  list.linear(`${path}.laurel.linear_right`, hiddenSize, laurelRank);
  list.rmsNorm(`${path}.laurel.post_laurel_norm`, hiddenSize);
  list.linear(`${path}.per_layer_input_gate`, perLayer.width, hiddenSize);
  list.linear(`${path}.per_layer_projection`, hiddenSize, perLayer.width);
  list.rmsNorm(`${path}.post_per_layer_input_norm`, hiddenSize);
}

const norm = (tools: Tools, { normEpsilon }: Gemma3nConfig): Norm => rmsNorm(tools, normEpsilon);

// Streams: [streams · rows, hidden], under each other

/** Matrices of the same shape under each other. */
function stacked(builder: GraphBuilder, values: readonly Value[]): Value {
  const [rows, width] = values[0]!.shape as [number, number];
  const flat = (list: readonly Value[]): Value => {
    if (list.length === 1) return builder.reshape(list[0]!, [1, rows * width]);
    const half = Math.ceil(list.length / 2);
    return builder.node('concat', [flat(list.slice(0, half)), flat(list.slice(half))], {});
  };
  return builder.reshape(flat(values), [values.length * rows, width]);
}

/** So many pieces of x, of so many streams each. */
function unstacked(builder: GraphBuilder, x: Value, counts: readonly number[]): Value[] {
  const width = x.shape[1]!;
  const rows = x.shape[0]! / counts.reduce((sum, count) => sum + count, 0);
  const pieces = builder.split(
    builder.reshape(x, [1, x.shape[0]! * width]),
    counts.map((count) => count * rows * width),
  );
  return pieces.map((piece, index) => builder.reshape(piece, [counts[index]! * rows, width]));
}

function apart(builder: GraphBuilder, x: Value, streams: number): Value[] {
  const [rows, width] = [x.shape[0]! / streams, x.shape[1]!];
  const pieces = builder.columns(builder.reshape(x, [1, x.shape[0]! * width]), streams);
  return pieces.map((piece) => builder.reshape(piece, [rows, width]));
}

function streamOf(builder: GraphBuilder, x: Value, stream: number, streams: number): Value {
  const counts = [stream, 1, streams - stream - 1].filter((count) => count > 0);
  return unstacked(builder, x, counts)[stream > 0 ? 1 : 0]!;
}

/** Below any number that counts: rows of zeros stay zeros. */
const tiny = 1e-30;

/** The least magnitude that a stream is divided by. */
const leastMagnitude = Math.sqrt(1e-5);

/** Rows divided by their root mean squares, and these, [rows, 1]. */
function magnitudes(builder: GraphBuilder, x: Value): { readonly directions: Value; readonly sizes: Value } {
  const [rows, width] = x.shape as [number, number];
  const directions = builder.node('rms_norm', [x], { epsilon: tiny, weightOffset: 1 });
  return { directions, sizes: builder.scale(builder.streamProducts(x, directions, rows), 1 / width) };
}

const oneMinus = (builder: GraphBuilder, x: Value): Value => builder.add(builder.neg(x), builder.constant(1));

/** Several streams, each of the magnitude that the rows of `like` have. */
function asLargeAs(builder: GraphBuilder, like: Value, streams: readonly Value[]): Value {
  const rows = like.shape[0]!;
  const { directions, sizes } = magnitudes(builder, stacked(builder, streams));
  const tooSmall = builder.activation(oneMinus(builder, builder.scale(sizes, 1 / leastMagnitude)), 'relu');
  const kept = builder.reshape(oneMinus(builder, tooSmall), [streams.length, rows]);
  const wanted = builder.reshape(magnitudes(builder, like).sizes, [rows]);
  return builder.mixStreams(directions, builder.reshape(builder.mul(kept, wanted), [streams.length * rows, 1]));
}

const otherStreams = ({ altUp }: Gemma3nConfig): number[] => Array.from({ length: altUp.streams - 1 }, (_, i) => i);

/** The embeddings, and projections of them. */
function firstStreams({ builder, seams, root }: Tools, config: Gemma3nConfig, embedded: Value): Value {
  return builder.within(root, () => {
    const projected = otherStreams(config).map((i) => seams.linear(`${root}.altup_projections.${i}`, embedded));
    const others = asLargeAs(builder, embedded, projected);
    const [rows, width] = embedded.shape as [number, number];
    const flat = [embedded, others].map((part) => builder.reshape(part, [1, part.shape[0]! * width]));
    return builder.reshape(builder.node('concat', flat, {}), [config.altUp.streams * rows, width]);
  });
}

/** The mean of the first stream and of projections of the others. */
function lastStreams({ builder, seams, root }: Tools, config: Gemma3nConfig, streams: Value): Value {
  const count = config.altUp.streams;
  const [first, ...others] = apart(builder, streams, count);
  const projected = others.map((stream, i) => seams.linear(`${root}.altup_unembed_projections.${i}`, stream));
  const large = asLargeAs(builder, first!, projected);
  const sum = apart(builder, large, count - 1).reduce((total, stream) => builder.add(total, stream), first!);
  return builder.scale(sum, 1 / count);
}

/** What the coefficients of a layer are made of, [rows, streams]. */
function routed(tools: Tools, config: Gemma3nConfig, path: string, x: Value): Value {
  const { builder, seams } = tools;
  const normed = builder.scale(norm(tools, config)(`${path}.router_norm`, x), 1 / config.hiddenSize);
  return builder.activation(seams.linear(`${path}.modality_router`, normed), 'tanh');
}

function predict(tools: Tools, config: Gemma3nConfig, path: string, streams: Value): Value {
  const { builder, seams } = tools;
  const active = streamOf(builder, streams, config.altUp.active, config.altUp.streams);
  const coefficients = seams.linear(`${path}.prediction_coefs`, routed(tools, config, path, active));
  return builder.add(builder.mixStreams(streams, coefficients), streams);
}

/** Every stream moves by a part of what the active one does: from `active`, as predicted, to `computed`. */
function correct(
  tools: Tools,
  config: Gemma3nConfig,
  path: string,
  { predicted, active, computed }: { readonly predicted: Value; readonly active: Value; readonly computed: Value },
): Value {
  const { builder, seams } = tools;
  const coefficients = seams.linear(`${path}.correction_coefs`, routed(tools, config, path, computed));
  const moved = builder.add(computed, builder.neg(active));
  return builder.add(builder.mixStreams(moved, builder.add(coefficients, builder.constant(1))), predicted);
}

// MLP

/** relu(x − mean − cutoff · deviation), of each row; the deviation is without Bessel's correction. */
function cutOff(builder: GraphBuilder, cutoff: number, x: Value): Value {
  const [rows, width] = x.shape as [number, number];
  const standard = builder.layerNorm(x, builder.constant(1, [width]), builder.constant(0, [width]), tiny);
  const deviations = builder.scale(builder.streamProducts(x, standard, rows), 1 / width);
  const above = builder.activation(builder.add(standard, builder.constant(-cutoff)), 'relu');
  return builder.mixStreams(above, deviations);
}

function mlp({ builder, seams }: Tools, config: Gemma3nConfig, layer: number, path: string, x: Value): Value {
  const { cutoff } = config.kinds[layer]!;
  const gate = seams.linear(`${path}.gate_proj`, x);
  const kept = cutoff === undefined ? gate : cutOff(builder, cutoff, gate);
  const gated = [kept, seams.linear(`${path}.up_proj`, x)];
  return seams.linear(`${path}.down_proj`, builder.node('gated_activation', gated, { activation: config.activation }));
}

// Layer

function laurel(tools: Tools, config: Gemma3nConfig, path: string, x: Value): Value {
  const { builder, seams } = tools;
  const narrow = seams.linear(`${path}.linear_right`, seams.linear(`${path}.linear_left`, x));
  return builder.add(x, norm(tools, config)(`${path}.post_laurel_norm`, narrow));
}

/** The stream that the layer computes with. `kept`: keys and values of the layers before it. */
function compute(tools: Tools, config: Gemma3nConfig, index: number, active: Value, kept: KeysAndValues[]): Value {
  const { builder, seams } = tools;
  const path = `${tools.root}.layers.${index}`;
  const normed = (name: string, x: Value): Value => norm(tools, config)(`${path}.${name}`, x);
  const input = normed('input_layernorm', active);
  const beside = builder.within('laurel', () => laurel(tools, config, `${path}.laurel`, input));
  const attended = seams.sublayer(index, 'attention', input, active, (x) => {
    const y = builder.within('self_attn', () => attention(tools, config, index, `${path}.self_attn`, x, kept));
    return normed('post_attention_layernorm', y);
  });
  const both = builder.scale(builder.add(attended, beside), Math.SQRT1_2);
  return seams.sublayer(index, 'mlp', normed('pre_feedforward_layernorm', both), both, (x) => {
    const y = builder.within('mlp', () => mlp(tools, config, index, `${path}.mlp`, x));
    return normed('post_feedforward_layernorm', y);
  });
}

/** `input`: what the layer knows of each token; it is added to all streams but the first. */
function layer(
  tools: Tools,
  config: Gemma3nConfig,
  index: number,
  streams: Value,
  kept: KeysAndValues[],
  input: Value,
): Value {
  const { builder, seams } = tools;
  const { active: stream, streams: count } = config.altUp;
  const path = `${tools.root}.layers.${index}`;
  const altUp = <T>(build: (path: string) => T): T => builder.within('altup', () => build(`${path}.altup`));
  const predicted = altUp((module) => predict(tools, config, module, streams));
  const active = altUp(() => streamOf(builder, predicted, stream, count));
  const computed = compute(tools, config, index, active, kept);
  const corrected = altUp((module) => correct(tools, config, module, { predicted, active, computed }));
  const [first, others] = unstacked(builder, corrected, [1, count - 1]) as [Value, Value];
  const gate = stream === 0 ? first : streamOf(builder, corrected, stream, count);
  const factor = builder.mul(gate, seams.parameter(`${path}.altup.correct_output_scale`));
  const known = perLayerPart(tools, config, path, factor, input);
  const [rows, width] = known.shape as [number, number];
  const moved = builder.add(builder.reshape(others, [count - 1, rows, width]), known);
  const flat = [first, moved].map((part, i) => builder.reshape(part, [1, (i === 0 ? 1 : count - 1) * rows * width]));
  return builder.reshape(builder.node('concat', flat, {}), [count * rows, width]);
}

// Model

function buildHidden(tools: Tools, config: Gemma3nConfig, ids: Value): Value {
  const { builder, root } = tools;
  const embedded = embedTokens(tools, ids);
  const inputs = perLayerInputs(tools, config, ids, embedded);
  const kept: KeysAndValues[] = [];
  const streams = layersOver(tools, config.layers, firstStreams(tools, config, embedded), (index, x) =>
    layer(tools, config, index, x, kept, inputs[index]!),
  );
  return builder.within(root, () => norm(tools, config)(`${root}.norm`, lastStreams(tools, config, streams)));
}

/**
 * @param root path of the bare decoder: `model`, or that inside of a larger model
 * @throws AppError 'config-invalid'
 */
export function gemma3nModel(json: JsonObject, root = 'model'): TextModel {
  const { logitSoftCap, ...config } = readGemma3nConfig(json);
  const whole = { ...config, logitSoftCap };
  return modelOf(json, {
    ...config,
    ...(logitSoftCap === undefined ? {} : { logitSoftCap }),
    root,
    modelType: 'gemma3n_text',
    parameters: parametersOf(whole, root),
    embedsAgain: true,
    layerKinds: layersOf(whole),
    embeddingScale: Math.sqrt(config.hiddenSize),
    headParameter: config.tiedHead ? `${root}.embed_tokens.weight` : 'lm_head.weight',
    rotaries: [...new Set(config.kinds.map(({ rotary }) => rotary))],
    buildHidden: (tools, ids) => buildHidden(tools, whole, ids),
  });
}
