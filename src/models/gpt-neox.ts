/**
 * GPT-NeoX (Pythia, the Japanese models of rinna and LINE): attention and MLP side by side on one residual (or one after
 * the other), layer norms, rotation of a part of each head, query, key and value of each head next to each other in one
 * matrix.
 * Reference: transformers `models/gpt_neox/modeling_gpt_neox.py`.
 */
import type { Activation, Value } from '../graph/types.ts';
import { type ModelSizes, modelOf, readSizes } from './architecture.ts';
import { layerNorm, plainMlp, type Rotary, rotate, type Tools } from './blocks.ts';
import { ConfigReader, type JsonObject } from './config-reader.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { readPartialRope } from './rope-config.ts';

// Config

export interface GptNeoxConfig extends ModelSizes {
  readonly intermediateSize: number;
  readonly normEpsilon: number;
  readonly activation: Activation;
  readonly tiedHead: boolean;
  readonly attentionBias: boolean;
  readonly parallel: boolean;
  readonly rotary: Rotary;
}

export function readGptNeoxConfig(json: JsonObject): GptNeoxConfig {
  const read = new ConfigReader(json);
  const sizes = readSizes(json, { maxPositions: 2048 });
  const { heads } = sizes;
  const usual = { share: 0.25, shareKey: 'rotary_pct', thetaKey: 'rotary_emb_base' };
  return {
    ...sizes,
    // A key for groups of queries, should there be one, means nothing to this type.
    kvHeads: heads,
    intermediateSize: read.size('intermediate_size'),
    normEpsilon: read.positive('layer_norm_eps', 1e-5),
    activation: read.activation('hidden_act', 'gelu'),
    tiedHead: read.flag('tie_word_embeddings', false),
    attentionBias: read.flag('attention_bias', true),
    parallel: read.flag('use_parallel_residual', true),
    rotary: { table: 'table/rope', ...readPartialRope(json, sizes.headDim, usual) },
  };
}

/** transformers 5 calls the head lm_head, older files embed_out. */
const headNames = ['lm_head.weight', 'embed_out.weight'];

function parametersOf({ hiddenSize, intermediateSize, ...config }: GptNeoxConfig): readonly ParameterInfo[] {
  const list = new ParameterList('gpt_neox.');
  list.embedding('gpt_neox.embed_in', config.vocabularySize, hiddenSize, config.tiedHead ? headNames : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `gpt_neox.layers.${layer}`;
    list.layerNorm(`${path}.input_layernorm`, hiddenSize);
    list.layerNorm(`${path}.post_attention_layernorm`, hiddenSize);
    list.linear(`${path}.attention.query_key_value`, 3 * hiddenSize, hiddenSize, { bias: config.attentionBias });
    list.linear(`${path}.attention.dense`, hiddenSize, hiddenSize, { bias: config.attentionBias });
    list.linear(`${path}.mlp.dense_h_to_4h`, intermediateSize, hiddenSize, { bias: true });
    list.linear(`${path}.mlp.dense_4h_to_h`, hiddenSize, intermediateSize, { bias: true });
  }
  list.layerNorm('gpt_neox.final_layer_norm', hiddenSize);
  if (!config.tiedHead) list.head('lm_head', config.vocabularySize, hiddenSize, headNames.slice(1));
  return list.all;
}

// Attention

/** x [rows, hidden] → [rows, hidden]. */
function attention(tools: Tools, config: GptNeoxConfig, layer: number, path: string, x: Value): Value {
  const { builder, seams } = tools;
  const { heads, kvHeads, headDim, hiddenSize } = config;
  const fused = seams.linear(`${path}.query_key_value`, x);
  const rows = x.shape[0]!;
  // Each head's query, key and value stand side by side.
  const byHead = builder.split(builder.reshape(fused, [rows * heads, 3 * headDim]), [headDim, headDim, headDim]);
  const [q, k, v] = byHead.map((part) => builder.reshape(part, [rows, hiddenSize])) as [Value, Value, Value];
  const turn = (y: Value): Value => rotate(tools, config.rotary, headDim, y);
  const y = seams.attention({ layer, heads, kvHeads, headDim, scale: headDim ** -0.5 }, turn(q), turn(k), v);
  return seams.attentionOutput(layer, x, seams.linear(`${path}.dense`, y));
}

// Layer

function layer(tools: Tools, config: GptNeoxConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const path = `gpt_neox.layers.${index}`;
  const norm = layerNorm(tools, config.normEpsilon);
  const attended = seams.sublayer(index, 'attention', norm(`${path}.input_layernorm`, hidden), hidden, (x) =>
    builder.within('attention', () => attention(tools, config, index, `${path}.attention`, x)),
  );
  const input = norm(`${path}.post_attention_layernorm`, config.parallel ? hidden : attended);
  const modules = [`${path}.mlp.dense_h_to_4h`, `${path}.mlp.dense_4h_to_h`] as const;
  return seams.sublayer(index, 'mlp', input, attended, (x) =>
    builder.within('mlp', () => plainMlp(tools, modules, config.activation, x)),
  );
}

// Model

function buildHidden(tools: Tools, config: GptNeoxConfig, ids: Value): Value {
  const { builder, seams } = tools;
  let hidden = builder.within('gpt_neox.embed_in', () => seams.embed('gpt_neox.embed_in', ids));
  for (let index = 0; index < config.layers; index++)
    hidden = builder.within(`gpt_neox.layers.${index}`, () => layer(tools, config, index, hidden));
  return builder.within('gpt_neox', () => layerNorm(tools, config.normEpsilon)('gpt_neox.final_layer_norm', hidden));
}

/** @throws AppError 'config-invalid' */
export function gptNeoxModel(json: JsonObject): TextModel {
  const config = readGptNeoxConfig(json);
  return modelOf(json, {
    ...config,
    modelType: 'gpt_neox',
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'gpt_neox.embed_in.weight' : 'lm_head.weight',
    rotaries: [config.rotary],
    buildHidden: (tools, ids) => buildHidden(tools, config, ids),
  });
}
