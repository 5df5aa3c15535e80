/**
 * Encoders with a head that says labels of a text, which llama.cpp has as its architecture "bert" with the pooling "rank":
 * dense layer and tanh over the first token, then a projection to as many scores as there are labels.
 */
import { bool, f32, u32 } from '../../../files/gguf-types.ts';
import { type BertConfig, bertHead, readBertConfig } from '../../../models/bert.ts';
import type { JsonObject } from '../../../models/config-reader.ts';
import { labelsKey } from '../../../models/heads.ts';
import { robertaHead } from '../../../models/roberta.ts';
import { requireActivation, sizeEntries } from '../common.ts';
import type { Entries, GgufFamily } from '../family.ts';
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
    ['attention.layer_norm_epsilon', f32(config.normEpsilon)],
    ['attention.causal', bool(false)],
    // "rank"
    ['pooling_type', u32(4)],
  ];
}

/** RoBERTa computes as BERT does, whose pooler its dense layer is: either is read back as BERT. */
const config = (from: MetadataReader): JsonObject => ({
  model_type: 'bert',
  architectures: ['BertForSequenceClassification'],
  vocab_size: from.rows('token_embd.weight'),
  hidden_size: from.number('embedding_length'),
  num_hidden_layers: from.number('block_count'),
  num_attention_heads: from.number('attention.head_count'),
  intermediate_size: from.number('feed_forward_length'),
  max_position_embeddings: from.number('context_length'),
  type_vocab_size: from.rows('token_types.weight'),
  layer_norm_eps: from.number('attention.layer_norm_epsilon'),
  hidden_act: 'gelu_new',
  id2label: Object.fromEntries(from.texts(labelsKey).map((name, index) => [index, name])),
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
