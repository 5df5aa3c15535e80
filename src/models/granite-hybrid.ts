/**
 * Granite 4 without Mamba layers and experts (350M, 1B, micro): Granite with gate and up in one matrix, with rotary
 * positions or none.
 * Reference: transformers `models/granitemoehybrid/modeling_granitemoehybrid.py`.
 */
import { because } from '../errors.ts';
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { fusedGatedMlp, rmsNorm, rotate, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, invalidConfig, type JsonObject } from './config-reader.ts';
import { embedded, type GraniteConfig, readGraniteConfig, rotaryOf } from './granite.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';

// Config

export interface GraniteHybridConfig extends GraniteConfig {
  readonly rotated: boolean;
}

export function readGraniteHybridConfig(json: JsonObject): GraniteHybridConfig {
  const read = new ConfigReader(json);
  const config = readGraniteConfig({ ...json, intermediate_size: read.size('shared_intermediate_size', 1024) });
  if (json.num_local_experts !== 0)
    throw invalidConfig(
      because`num_local_experts is ${JSON.stringify(json.num_local_experts ?? 8)}; experts are not supported`,
    );
  const { layer_types: types, layers_block_type: older } = json;
  const kinds = types ?? older;
  const attends = (kind: unknown): boolean => kind === 'attention' || kind === 'full_attention';
  if (!Array.isArray(kinds) || kinds.length !== config.layers || !kinds.every(attends))
    throw invalidConfig(because`layer_types has layers of Mamba, which are not supported, or not one for each layer`);
  const position = json.position_embedding_type ?? 'nope';
  if (position !== 'rope' && position !== 'nope')
    throw invalidConfig(because`position_embedding_type ${JSON.stringify(position)} is not one of rope, nope`);
  return { ...config, rotated: position === 'rope' };
}

function parametersOf(config: GraniteHybridConfig): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, intermediateSize, tiedHead } = config;
  const list = new ParameterList('model.');
  list.embedding('model.embed_tokens', vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    list.rmsNorm(`${path}.input_layernorm`, hiddenSize);
    list.rmsNorm(`${path}.post_attention_layernorm`, hiddenSize);
    list.linear(`${path}.shared_mlp.input_linear`, 2 * intermediateSize, hiddenSize);
    list.linear(`${path}.shared_mlp.output_linear`, hiddenSize, intermediateSize);
    list.projections(`${path}.self_attn`, config, config);
  }
  list.rmsNorm('model.norm', hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list.all;
}

// Layer

function layer(tools: Tools, config: GraniteHybridConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const { heads, kvHeads, headDim, residualMultiplier, attentionMultiplier: scale } = config;
  const path = `model.layers.${index}`;
  const norm = rmsNorm(tools, config.normEpsilon);
  const prepare = (_: string, y: Value): Value => (config.rotated ? rotate(tools, rotaryOf(config), headDim, y) : y);
  const form = { layer: index, path: `${path}.self_attn`, heads, kvHeads, headDim, scale, prepare };
  const attended = seams.sublayer(index, 'attention', norm(`${path}.input_layernorm`, hidden), hidden, (x) =>
    builder.within('self_attn', () => builder.scale(selfAttention(tools, form, x), residualMultiplier)),
  );
  const modules = [`${path}.shared_mlp.input_linear`, `${path}.shared_mlp.output_linear`] as const;
  return seams.sublayer(index, 'mlp', norm(`${path}.post_attention_layernorm`, attended), attended, (x) =>
    builder.within('shared_mlp', () => builder.scale(fusedGatedMlp(tools, modules, config, x), residualMultiplier)),
  );
}

// Model

/** @throws AppError 'config-invalid' */
export function graniteHybridModel(json: JsonObject): TextModel {
  const config = readGraniteHybridConfig(json);
  return modelOf(json, {
    ...config,
    modelType: 'granitemoehybrid',
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    rotaries: config.rotated ? [rotaryOf(config)] : [],
    buildHidden: (tools, ids) => embedded(tools, config, ids, (index, x) => layer(tools, config, index, x)),
  });
}
