/** The Llama line: llama and mistral, whose rotary pairs llama.cpp has side by side, qwen2 and qwen3, granite, SmolLM3. */
import { because } from '../../../errors.ts';
import { f32, u32 } from '../../../files/gguf-types.ts';
import type { JsonObject } from '../../../models/config-reader.ts';
import { type GraniteConfig, readGraniteConfig } from '../../../models/granite.ts';
import { readGraniteHybridConfig } from '../../../models/granite-hybrid.ts';
import { readGraniteMoeConfig } from '../../../models/granite-moe.ts';
import { type LlamaConfig, type LlamaType, readLlamaConfig } from '../../../models/llama-config.ts';
import { readSmolLm3Config } from '../../../models/smollm3.ts';
import { pairsSideBySide } from '../arrangements.ts';
import {
  commonConfig,
  expertEntries,
  expertTensors,
  llama3Factors,
  llamaModules,
  partialRotary,
  readExpertCounts,
  requireActivation,
  requireSquareAttention,
  rmsEpsilon,
  ropeEntries,
  sizeEntries,
  yarnEntries,
} from '../common.ts';
import { type Entries, type GgufFamily, requireFit } from '../family.ts';
import { labelledConfig, pooledByHead } from '../labels.ts';
import type { MetadataReader } from '../metadata-reader.ts';

/** llama.cpp turns the pairs (0, 1), (2, 3), … of a head in these. */
const arrangement: GgufFamily['arrangement'] = ({ name }, { heads, layers }) => {
  const { kvHeads, headDim } = layers[0]!.attention!;
  if (/\.q_proj\.\w+$/.test(name)) return pairsSideBySide(heads, headDim);
  return /\.k_proj\.\w+$/.test(name) ? pairsSideBySide(kvHeads, headDim) : undefined;
};

/** @param scalings beside none and a linear one */
function entriesOf(config: LlamaConfig, scalings: readonly string[]): Entries {
  requireActivation(config.activation, 'silu');
  return [
    ...sizeEntries(config, config.slidingWindow),
    ...rmsEpsilon(config.normEpsilon),
    ...ropeEntries(config.rope, config.headDim, scalings),
  ];
}

function configOf(from: MetadataReader, given?: Parameters<typeof commonConfig>[1]): JsonObject {
  if (partialRotary(from) !== 1) throw from.unread(because`it turns a part of each head alone`);
  return {
    ...commonConfig(from, given),
    attention_bias: from.has('blk.0.attn_q.bias'),
    mlp_bias: from.has('blk.0.ffn_gate.bias'),
  };
}

const plain = (modelType: LlamaType): GgufFamily => ({
  architecture: 'llama',
  modules: llamaModules,
  arrangement,
  entries: (config) => entriesOf(readLlamaConfig(config, modelType), ['llama3']),
  computed(config) {
    const { rope, headDim } = readLlamaConfig(config, modelType);
    return llama3Factors(rope, headDim);
  },
  config: (from) => ({ ...configOf(from), model_type: 'llama' }),
});

export const llama = plain('llama');
export const mistral = plain('mistral');

/** Ministral 3, whose queries grow with their position, and the text model of Mistral Small 3.1, which is Mistral. */
export const ministral3: GgufFamily = {
  architecture: 'mistral3',
  modules: llamaModules,
  arrangement,
  entries(json) {
    const config = readLlamaConfig(json, json.model_type === 'mistral' ? 'mistral' : 'ministral3');
    const { queryGrowth, rope } = config;
    const grows = queryGrowth !== undefined && queryGrowth.beta !== 0;
    requireFit(
      !grows || rope.scaling.type !== 'yarn' || queryGrowth.every === rope.scaling.originalMaxPositions,
      because`its queries are scaled by another original length than its yarn`,
    );
    return [
      ...entriesOf(config, ['yarn']),
      ...(grows ? [['rope.scaling.original_context_length', u32(queryGrowth.every)] as const] : []),
      ...yarnEntries(rope),
      ...(grows ? [['attention.temperature_scale', f32(queryGrowth.beta)] as const] : []),
    ];
  },
  config(from) {
    const config = configOf(from, { yarn: true });
    const every = from.optional('rope.scaling.original_context_length') ?? from.number('context_length');
    const rope_parameters = {
      original_max_position_embeddings: every,
      ...(config.rope_parameters as JsonObject),
      llama_4_scaling_beta: from.optional('attention.temperature_scale') ?? 0,
    };
    return { ...config, model_type: 'ministral3', sliding_window: null, rope_parameters };
  },
};

const unturned = (modelType: 'qwen2' | 'qwen3'): GgufFamily => ({
  architecture: modelType,
  modules: llamaModules,
  entries(json) {
    const config = readLlamaConfig(json, modelType);
    if (modelType === 'qwen2') requireSquareAttention(config);
    requireFit(modelType === 'qwen2' || !config.qkvBias, because`its attention has biases`);
    return entriesOf(config, []);
  },
  config: (from) => ({ ...configOf(from), model_type: modelType }),
});

export const qwen2 = unturned('qwen2');
export const qwen3 = unturned('qwen3');

/** With a head of classes over the last token, whose scores llama.cpp makes probabilities of. */
export const qwen3Classes: GgufFamily = {
  ...qwen3,
  modules: { ...llamaModules, score: 'cls.output' },
  entries: (json) => [...qwen3.entries(json), ...pooledByHead],
  config: (from) => ({ ...qwen3.config(from), ...labelledConfig(from, 'Qwen3ForSequenceClassification') }),
};

export const ernie45: GgufFamily = {
  architecture: 'ernie4_5',
  modules: llamaModules,
  entries(json) {
    const config = readLlamaConfig(json, 'ernie4_5');
    requireFit(!config.qkvBias, because`its attention has biases`);
    return entriesOf(config, []);
  },
  config: (from) => ({ ...configOf(from), model_type: 'ernie4_5' }),
};

/** What alpha makes of the base is written as the base. */
export const hunYuan: GgufFamily = {
  architecture: 'hunyuan-dense',
  modules: { ...llamaModules, 'self_attn.query_layernorm': 'attn_q_norm', 'self_attn.key_layernorm': 'attn_k_norm' },
  entries(json) {
    const config = readLlamaConfig(json, 'hunyuan_v1_dense');
    requireFit(!config.qkvBias, because`its attention has biases`);
    return entriesOf(config, ['dynamic']);
  },
  config: (from) => ({ ...configOf(from), model_type: 'hunyuan_v1_dense' }),
};

const graniteEntries = (config: GraniteConfig): Entries => [
  ...entriesOf(config, ['llama3']),
  ['embedding_scale', f32(config.embeddingMultiplier)],
  ['attention.scale', f32(config.attentionMultiplier)],
  ['residual_scale', f32(config.residualMultiplier)],
  ['logit_scale', f32(config.logitsScaling)],
];

export const granite: GgufFamily = {
  architecture: 'granite',
  modules: llamaModules,
  arrangement,
  entries: (json) => graniteEntries(readGraniteConfig(json)),
  computed(json) {
    const { rope, headDim } = readGraniteConfig(json);
    return llama3Factors(rope, headDim);
  },
  config: (from) => ({
    ...configOf(from),
    model_type: 'granite',
    embedding_multiplier: from.number('embedding_scale'),
    attention_multiplier: from.number('attention.scale'),
    residual_multiplier: from.number('residual_scale'),
    logits_scaling: from.number('logit_scale'),
  }),
};

export const graniteMoe: GgufFamily = {
  ...granite,
  architecture: 'granitemoe',
  modules: { ...llamaModules, 'block_sparse_moe.router': 'ffn_gate_inp' },
  parameters: expertTensors('block_sparse_moe.experts'),
  entries(json) {
    const config = readGraniteMoeConfig(json);
    return [...graniteEntries(config), ...expertEntries(config)];
  },
  config(from) {
    const { experts, chosen } = readExpertCounts(from, true);
    const counts = { num_local_experts: experts, num_experts_per_tok: chosen };
    return { ...granite.config(from), model_type: 'granitemoe', ...counts };
  },
};

/** Granite 4 without Mamba layers and experts, which llama.cpp has as Granite, and which is read as that. */
export const graniteHybrid: GgufFamily = {
  ...granite,
  modules: { ...llamaModules, 'shared_mlp.output_linear': 'ffn_down' },
  cut: { 'shared_mlp.input_linear': ['ffn_gate', 'ffn_up'] },
  entries(json) {
    const config = readGraniteHybridConfig(json);
    requireFit(config.rotated, because`its layers have no RoPE`);
    return graniteEntries(config);
  },
};

/** Of llama.cpp's own: every fourth layer does not turn. */
const unturnedEvery = 4;

export const smolLm3: GgufFamily = {
  architecture: 'smollm3',
  modules: llamaModules,
  arrangement,
  entries(json) {
    const config = readSmolLm3Config(json);
    requireFit(
      config.rotatedLayers.every((rotated, layer) => rotated === ((layer + 1) % unturnedEvery !== 0)),
      because`other layers than every fourth are without rotation`,
    );
    return entriesOf(config, []);
  },
  config: (from) => ({ ...configOf(from), model_type: 'smollm3', no_rope_layer_interval: unturnedEvery }),
};
