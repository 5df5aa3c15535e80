/**
 * Granite 3 with experts (1B-A400M, 3B-A800M): Granite whose MLPs are mixtures.
 * Reference: transformers `models/granitemoe/modeling_granitemoe.py`.
 */
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { rmsNorm, rotate, selfAttention, type Tools } from './blocks.ts';
import { ConfigReader, type JsonObject } from './config-reader.ts';
import { type ExpertsConfig, mixture, readExperts } from './experts.ts';
import { embedded, type GraniteConfig, readGraniteConfig, rotaryOf } from './granite.ts';
import type { ParameterInfo, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';

// Config

export interface GraniteMoeConfig extends GraniteConfig, ExpertsConfig {}

export function readGraniteMoeConfig(json: JsonObject): GraniteMoeConfig {
  const config = readGraniteConfig(json);
  const usual = { experts: 8, chosen: 2 };
  return { ...config, ...readExperts(new ConfigReader(json), config.layers, 'num_local_experts', usual) };
}

function parametersOf(config: GraniteMoeConfig): readonly ParameterInfo[] {
  const { vocabularySize, hiddenSize, intermediateSize: width, tiedHead, experts } = config;
  const list = new ParameterList('model.');
  list.embedding('model.embed_tokens', vocabularySize, hiddenSize, tiedHead ? ['lm_head.weight'] : []);
  for (let layer = 0; layer < config.layers; layer++) {
    const path = `model.layers.${layer}`;
    const moe = `${path}.block_sparse_moe`;
    list.projections(`${path}.self_attn`, config, config);
    list.rmsNorm(`${path}.input_layernorm`, hiddenSize);
    list.rmsNorm(`${path}.post_attention_layernorm`, hiddenSize);
    list.router(`${moe}.router.weight`, experts, hiddenSize, [`${moe}.router.layer.weight`]);
    list.experts(
      `${moe}.experts`,
      { experts, width, hiddenSize },
      {
        both: { alsoNamed: [`${moe}.input_linear.weight`] },
        down: { alsoNamed: [`${moe}.output_linear.weight`] },
      },
    );
  }
  list.rmsNorm('model.norm', hiddenSize);
  if (!tiedHead) list.head('lm_head', vocabularySize, hiddenSize);
  return list.all;
}

// Layer

function layer(tools: Tools, config: GraniteMoeConfig, index: number, hidden: Value): Value {
  const { builder, seams } = tools;
  const { heads, kvHeads, headDim, residualMultiplier, attentionMultiplier: scale, activation, chosen } = config;
  const path = `model.layers.${index}`;
  const moe = `${path}.block_sparse_moe`;
  const norm = rmsNorm(tools, config.normEpsilon);
  const prepare = (_: string, y: Value): Value => rotate(tools, rotaryOf(config), headDim, y);
  const form = { layer: index, path: `${path}.self_attn`, heads, kvHeads, headDim, scale, prepare };
  const attended = seams.sublayer(index, 'attention', norm(`${path}.input_layernorm`, hidden), hidden, (x) =>
    builder.within('self_attn', () => builder.scale(selfAttention(tools, form, x), residualMultiplier)),
  );
  const experts = {
    ...{ router: `${moe}.router.weight`, module: `${moe}.experts`, width: config.intermediateSize, activation },
    // The softmax over the chosen logits alone.
    ...({ chosen, score: 'softmax', epsilon: 0 } as const),
  };
  return seams.sublayer(index, 'mlp', norm(`${path}.post_attention_layernorm`, attended), attended, (x) =>
    builder.within('block_sparse_moe', () => builder.scale(mixture(tools, experts, x), residualMultiplier)),
  );
}

// Model

/** @throws AppError 'config-invalid' */
export function graniteMoeModel(json: JsonObject): TextModel {
  const config = readGraniteMoeConfig(json);
  return modelOf(json, {
    ...config,
    modelType: 'granitemoe',
    parameters: parametersOf(config),
    headParameter: config.tiedHead ? 'model.embed_tokens.weight' : 'lm_head.weight',
    rotaries: [rotaryOf(config)],
    buildHidden: (tools, ids) => embedded(tools, config, ids, (index, x) => layer(tools, config, index, x)),
  });
}
