/**
 * Encoders with a head that says labels of a text, which llama.cpp pools by that head: as its architecture "bert" with a
 * dense layer and tanh over the first token, as "modern-bert" with a dense layer, GELU and norm over the mean of all.
 */
import { because } from '../../../errors.ts';
import { bool, f32, u32 } from '../../../files/gguf-types.ts';
import { type BertConfig, bertHead, readBertConfig } from '../../../models/bert.ts';
import type { JsonObject } from '../../../models/config-reader.ts';
import { type ModernBertConfig, modernBertHead, readModernBertConfig } from '../../../models/modernbert.ts';
import { robertaHead } from '../../../models/roberta.ts';
import { commonConfig, layerEpsilon, requireActivation, ropeEntries, sizeEntries } from '../common.ts';
import { type Entries, type GgufFamily, requireFit } from '../family.ts';
import { labelledConfig, pooledByHead } from '../labels.ts';
import type { MetadataReader } from '../metadata-reader.ts';

/** @param root the attribute that holds the bare model */
const modulesOf = (root: string) => ({
  [`${root}.embeddings.word_embeddings`]: 'token_embd',
  [`${root}.embeddings.position_embeddings`]: 'position_embd',
  [`${root}.embeddings.token_type_embeddings`]: 'token_types',
  [`${root}.embeddings.LayerNorm`]: 'token_embd_norm',
  'attention.self.query': 'attn_q',
  'attention.self.key': 'attn_k',
  'attention.self.value': 'attn_v',
  'attention.output.dense': 'attn_output',
  'attention.output.LayerNorm': 'attn_output_norm',
  'intermediate.dense': 'ffn_up',
  'output.dense': 'ffn_down',
  'output.LayerNorm': 'layer_output_norm',
});

function entriesOf(config: BertConfig): Entries {
  // llama.cpp has the tanh form alone, which differs by 5e-4 at the most.
  requireActivation(config.activation, 'gelu_tanh', 'gelu');
  return [
    ...sizeEntries(config),
    ...layerEpsilon(config.normEpsilon),
    ['attention.causal', bool(false)],
    ...pooledByHead,
  ];
}

/** RoBERTa computes as BERT does, whose pooler its dense layer is: either is read back as BERT. */
const config = (from: MetadataReader): JsonObject => ({
  model_type: 'bert',
  ...labelledConfig(from, 'BertForSequenceClassification'),
  vocab_size: from.rows('token_embd.weight'),
  hidden_size: from.number('embedding_length'),
  num_hidden_layers: from.number('block_count'),
  num_attention_heads: from.number('attention.head_count'),
  intermediate_size: from.number('feed_forward_length'),
  max_position_embeddings: from.number('context_length'),
  type_vocab_size: from.rows('token_types.weight'),
  layer_norm_eps: from.number('attention.layer_norm_epsilon'),
  hidden_act: 'gelu_new',
});

export const bert: GgufFamily = {
  architecture: 'bert',
  modules: { ...modulesOf('bert'), [bertHead.dense]: 'cls', [bertHead.last]: 'cls.output' },
  entries: (json) => entriesOf(readBertConfig(json)),
  config,
};

/** Of the padding token, after whose row the position table begins. */
const paddingOf = ({ pad_token_id: padding }: JsonObject): number => (typeof padding === 'number' ? padding : 1);

/** RoBERTa, XLM-RoBERTa and CamemBERT. */
export const roberta: GgufFamily = {
  architecture: 'bert',
  modules: { ...modulesOf('roberta'), [robertaHead.dense]: 'cls', [robertaHead.last]: 'cls.output' },
  rowsBefore: ({ name }, { paddingId = 1 }) => (name.endsWith('.position_embeddings.weight') ? paddingId + 1 : 0),
  entries: (json) => entriesOf(readBertConfig(json, paddingOf(json) + 1)),
  config,
};

/** How far apart the layers are that look at everything, from the first on. @throws AppError 'gguf-unfit' */
function periodOf({ slidingLayers }: ModernBertConfig): number {
  const next = slidingLayers.indexOf(false, 1);
  const period = next < 0 ? slidingLayers.length : next;
  requireFit(
    slidingLayers.every((slides, layer) => slides === (layer % period !== 0)),
    because`its layers that look at everything come at unequal distances`,
  );
  return period;
}

function modernEntries(config: ModernBertConfig): Entries {
  const { normBias, attentionBias, mlpBias, denseBias } = config;
  // As for BERT, the tanh form alone.
  requireActivation(config.activation, 'gelu_tanh', 'gelu');
  requireActivation(config.headActivation, 'gelu_tanh', 'gelu');
  requireFit(!(normBias || attentionBias || mlpBias || denseBias), because`it has biases before its last matrix`);
  requireFit(config.pooled === 'mean', because`its head reads the first token, and llama.cpp takes the mean of all`);
  const { theta, scaling } = config.slidingRotary.rope;
  requireFit(scaling.type === 'default', because`llama.cpp does not carry out its rotary scaling ${scaling.type}`);
  const { scaling: global } = config.rotary.rope;
  requireFit(global.type === 'default', because`llama.cpp does not carry out its rotary scaling ${global.type}`);
  return [
    ...sizeEntries(config),
    ...layerEpsilon(config.normEpsilon),
    ...ropeEntries(config.rotary.rope, config.headDim),
    ['rope.freq_base_swa', f32(theta)],
    // Of both sides together.
    ['attention.sliding_window', u32(2 * (config.slidingWindow - 1))],
    ['attention.sliding_window_pattern', u32(periodOf(config))],
    ['attention.causal', bool(false)],
    ...pooledByHead,
  ];
}

export const modernBert: GgufFamily = {
  architecture: 'modern-bert',
  modules: {
    'model.embeddings.tok_embeddings': 'token_embd',
    'model.embeddings.norm': 'token_embd_norm',
    attn_norm: 'attn_norm',
    'attn.Wqkv': 'attn_qkv',
    'attn.Wo': 'attn_output',
    mlp_norm: 'ffn_norm',
    'mlp.Wi': 'ffn_up',
    'mlp.Wo': 'ffn_down',
    'model.final_norm': 'output_norm',
    [modernBertHead.dense]: 'cls',
    [modernBertHead.norm]: 'cls.norm',
    [modernBertHead.last]: 'cls.output',
  },
  entries: (json) => modernEntries(readModernBertConfig(json)),
  config(from) {
    const { rope_parameters: _, layer_norm_eps, ...sizes } = commonConfig(from);
    return {
      ...sizes,
      ...labelledConfig(from, 'ModernBertForSequenceClassification'),
      model_type: 'modernbert',
      norm_eps: layer_norm_eps,
      global_rope_theta: from.number('rope.freq_base'),
      local_rope_theta: from.number('rope.freq_base_swa'),
      local_attention: from.number('attention.sliding_window'),
      global_attn_every_n_layers: from.number('attention.sliding_window_pattern'),
      hidden_activation: 'gelu_pytorch_tanh',
      classifier_activation: 'gelu_pytorch_tanh',
      classifier_pooling: 'mean',
    };
  },
};
