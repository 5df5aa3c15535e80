/**
 * The Llama line in one decoder: llama, mistral, qwen2, qwen3. Pre-norm blocks of grouped-query attention with rotary
 * positions and a gated MLP, RMS norms throughout.
 * Reference: transformers `models/llama/modeling_llama.py`, and `mistral`, `qwen2`, `qwen3` beside it.
 */
import type { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/types.ts';
import type { JsonObject } from './config-reader.ts';
import { type LlamaConfig, type LlamaType, readLlamaConfig } from './llama-config.ts';
import { llamaParameters } from './llama-parameters.ts';
import type { CausalModel, ModelInputs } from './model.ts';
import { ropeTable } from './rope.ts';
import type { Seams } from './seams.ts';

/** What every part of the model builds with. */
interface Context {
  readonly builder: GraphBuilder;
  readonly seams: Seams;
  readonly config: LlamaConfig;
  readonly ropeTable: Value;
  readonly positions: Value;
}

// Config: llama-config.ts. Parameters: llama-parameters.ts.

// Rotary

const tableName = 'table/rope';

/** Beyond this many positions a table would cost more memory than a browser run has use for. */
const longestTable = 16384;

const tablePositions = (config: LlamaConfig): number => Math.min(config.maxPositions, longestTable);

// Attention

/** Normalises each head on its own: [rows, heads·headDim] is seen as [rows·heads, headDim]. */
function headNorm({ builder, seams, config }: Context, module: string, x: Value): Value {
  const perHead = builder.reshape(x, [(x.shape[0]! * x.shape[1]!) / config.headDim, config.headDim]);
  return builder.reshape(builder.rmsNorm(perHead, seams.parameter(`${module}.weight`), config.normEpsilon), x.shape);
}

/** x [rows, hidden] → [rows, hidden]. */
function attention(context: Context, layer: number, path: string, x: Value): Value {
  const { builder, seams, config } = context;
  const { heads, kvHeads, headDim } = config;
  const rotate = (y: Value): Value => builder.rope(y, context.ropeTable, context.positions, headDim);
  const normed = (name: string, y: Value): Value => (config.qkNorm ? headNorm(context, `${path}.${name}`, y) : y);
  const q = rotate(normed('q_norm', seams.linear(`${path}.q_proj`, x)));
  const k = rotate(normed('k_norm', seams.linear(`${path}.k_proj`, x)));
  const v = seams.linear(`${path}.v_proj`, x);
  const y = seams.attention({ layer, heads, kvHeads, headDim, scale: headDim ** -0.5 }, q, k, v);
  return seams.attentionOutput(layer, x, seams.linear(`${path}.o_proj`, y));
}

// MLP

/** x [rows, hidden] → down(f(gate(x)) · up(x)) [rows, hidden]. */
function mlp({ builder, seams, config }: Context, path: string, x: Value): Value {
  const gate = seams.linear(`${path}.gate_proj`, x);
  const up = seams.linear(`${path}.up_proj`, x);
  const gated = builder.node('gated_activation', [gate, up], { activation: config.activation });
  return seams.linear(`${path}.down_proj`, gated);
}

// Layer

function layer(context: Context, index: number, hidden: Value): Value {
  const { builder, seams, config } = context;
  const path = `model.layers.${index}`;
  const norm = (name: string, x: Value): Value =>
    builder.within(name, () => builder.rmsNorm(x, seams.parameter(`${path}.${name}.weight`), config.normEpsilon));
  const attended = seams.sublayer(index, 'attention', norm('input_layernorm', hidden), hidden, (x) =>
    builder.within('self_attn', () => attention(context, index, `${path}.self_attn`, x)),
  );
  return seams.sublayer(index, 'mlp', norm('post_attention_layernorm', attended), attended, (x) =>
    builder.within('mlp', () => mlp(context, `${path}.mlp`, x)),
  );
}

// Model

function buildHidden(config: LlamaConfig, builder: GraphBuilder, seams: Seams, inputs: ModelInputs): Value {
  const shape = [tablePositions(config), config.headDim];
  const context: Context = {
    builder,
    seams,
    config,
    ropeTable: builder.parameter(tableName, { shape, dtype: 'f32' }, 'table'),
    positions: inputs.positions,
  };
  let hidden = builder.within('model.embed_tokens', () => seams.embed('model.embed_tokens', inputs.ids));
  for (let index = 0; index < config.layers; index++)
    hidden = builder.within(`model.layers.${index}`, () => layer(context, index, hidden));
  return builder.within('model.norm', () =>
    builder.rmsNorm(hidden, seams.parameter('model.norm.weight'), config.normEpsilon),
  );
}

/**
 * The model that a config.json of one of the family's types describes.
 * @throws AppError 'config-invalid'
 */
export function llamaModel(json: JsonObject, modelType: LlamaType): CausalModel {
  const config = readLlamaConfig(json, modelType);
  const positions = tablePositions(config);
  return {
    modelType,
    config: json,
    parameters: llamaParameters(config),
    vocabularySize: config.vocabularySize,
    maxPositions: config.maxPositions,
    layers: config.layers,
    hiddenSize: config.hiddenSize,
    heads: config.heads,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    ...(config.slidingWindow === undefined ? {} : { slidingWindow: config.slidingWindow }),
    slidingLayers: config.slidingLayers,
    tablePositions: positions,
    buildHidden: (builder, seams, inputs) => buildHidden(config, builder, seams, inputs),
    tables(length = positions) {
      const rows = Math.min(length, positions);
      const data = ropeTable(config.rope, config.headDim, rows);
      return [{ name: tableName, shape: [rows, config.headDim], data }];
    },
  };
}
