/**
 * Phi-3 and Phi-4: the Llama layer with query, key and value in one matrix, and gate and up in another; a part of each
 * head may be rotated. Of the rotary scaling for long texts (longrope) the factors for texts up to the original length
 * are carried out, and longer ones are not taken.
 * Reference: transformers `models/phi3/modeling_phi3.py`.
 */
import type { Activation, Value } from '../graph/types.ts';
import { type ModelSizes, modelOf, readSizes } from './architecture.ts';
import { fusedGatedMlp, layerStack, type Rotary, rmsNorm, rotate, type Tools } from './blocks.ts';
import { ConfigReader, type JsonObject } from './config-reader.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { readPartialRope } from './rope-config.ts';

// Config

export interface Phi3Config extends ModelSizes {
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly slidingWindow: number | undefined;
  readonly rotary: Rotary;
}

export function readPhi3Config(json: JsonObject): Phi3Config {
  const read = new ConfigReader(json);
  const sizes = readSizes(json, { maxPositions: 4096 });
  return {
    ...sizes,
    intermediateSize: read.size('intermediate_size'),
    normEpsilon: read.positive('rms_norm_eps', 1e-5),
    activation: read.activation('hidden_act', 'silu'),
    tiedHead: read.flag('tie_word_embeddings', false),
    slidingWindow: read.optionalSize('sliding_window'),
    rotary: { table: 'table/rope', ...readPartialRope(json, sizes.headDim, { share: 1 }) },
  };
}

function parametersOf({ hiddenSize, intermediateSize, headDim, ...config }: Phi3Config): readonly ParameterInfo[] {
  const list = new ParameterList('model.');
  const [queries, keys] = [config.heads * headDim, config.kvHeads * headDim];
  list.embedding('model.embed_tokens', config.vocabularySize, hiddenSize, config.tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    list.linear(`${path}.self_attn.o_proj`, hiddenSize, queries);
    list.linear(`${path}.self_attn.qkv_proj`, queries + 2 * keys, hiddenSize);
    list.linear(`${path}.mlp.gate_up_proj`, 2 * intermediateSize, hiddenSize);
    list.linear(`${path}.mlp.down_proj`, hiddenSize, intermediateSize);
    list.rmsNorm(`${path}.input_layernorm`, hiddenSize);
    list.rmsNorm(`${path}.post_attention_layernorm`, hiddenSize);
  }
  list.rmsNorm('model.norm', hiddenSize);
  if (!config.tiedHead) list.head('lm_head', config.vocabularySize, hiddenSize);
  return list.all;
}

// Attention

/** x [rows, hidden] → [rows, hidden]. */
function attention(tools: Tools, config: Phi3Config, layer: number, path: string, x: Value): Value {
  const { builder, seams } = tools;
  const { heads, kvHeads, headDim } = config;
  const sizes = [heads * headDim, kvHeads * headDim, kvHeads * headDim];
  const [q, k, v] = builder.split(seams.linear(`${path}.qkv_proj`, x), sizes) as [Value, Value, Value];
  const turn = (y: Value): Value => rotate(tools, config.rotary, headDim, y);
  const y = seams.attention({ layer, heads, kvHeads, headDim, scale: headDim ** -0.5 }, turn(q), turn(k), v);
  return seams.attentionOutput(layer, x, seams.linear(`${path}.o_proj`, y));
}

// Layer

function layer(tools: Tools, config: Phi3Config, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `model.layers.${index}`;
  const norm = rmsNorm(tools, config.normEpsilon);
  const attended = seams.sublayer(index, 'attention', norm(`${path}.input_layernorm`, hidden), hidden, (x) =>
    builder.within('self_attn', () => attention(tools, config, index, `${path}.self_attn`, x)),
  );
  return seams.sublayer(index, 'mlp', norm(`${path}.post_attention_layernorm`, attended), attended, (x) =>
    builder.within('mlp', () => fusedGatedMlp(tools, [`${path}.mlp.gate_up_proj`, `${path}.mlp.down_proj`], config, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: Phi3Config, ids: Value): Value {
  const hidden = layerStack(tools, config.layers, ids, (index, x) => layer(tools, config, index, x));
  return tools.builder.within('model', () => rmsNorm(tools, config.normEpsilon)('model.norm', hidden));
}

/** @throws AppError 'config-invalid' */
export function phi3Model(json: JsonObject): TextModel {
  const config = readPhi3Config(json);
  return modelOf(json, {
    ...config,
    modelType: 'phi3',
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    slidingLayers: Array<boolean>(config.layers).fill(config.slidingWindow !== undefined),
    rotaries: [config.rotary],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
