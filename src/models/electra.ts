/**
 * ELECTRA: BERT's layers behind embeddings that may be narrower, and a dense layer with GELU before the classifier.
 * Reference: transformers `models/electra/modeling_electra.py` (ElectraForSequenceClassification,
 * ElectraForMaskedLM, which is the generator).
 */
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { buildEncoder, encoderParameters, readBertConfig } from './bert.ts';
import type { Tools } from './blocks.ts';
import type { JsonObject } from './config-reader.ts';
import { maskedModel } from './masked-head.ts';
import type { EncoderHead, TextModel } from './model.ts';
import { firstTokenHead } from './sequence-classifier.ts';

/** Of transformers' configuration class. */
const defaults = {
  ...{ vocab_size: 30522, hidden_size: 256, embedding_size: 128 },
  ...{ num_attention_heads: 4, intermediate_size: 1024, hidden_act: 'gelu' },
};

/** @throws AppError 'config-invalid' */
export function electraModel(json: JsonObject, head: EncoderHead): TextModel {
  const config = readBertConfig(json, 0, defaults);
  const { hiddenSize, initializerRange } = config;
  const list = encoderParameters('electra', config);
  const encoder = {
    ...config,
    modelType: 'electra',
    causal: false,
    buildHidden: (tools: Tools, ids: Value) => buildEncoder(tools, config, 'electra', ids),
  };
  if (head === 'masked')
    return maskedModel(
      json,
      { ...encoder, parameters: list.all },
      {
        architecture: 'ElectraForMaskedLM',
        table: 'electra.embeddings.word_embeddings',
        dense: 'generator_predictions.dense',
        norm: 'generator_predictions.LayerNorm',
        activation: 'gelu',
        decoder: 'generator_lm_head',
        bias: 'generator_lm_head.bias',
        order: ['norm', 'dense', 'bias'],
      },
    );
  list.headLinear('classifier.dense', hiddenSize, hiddenSize, initializerRange);
  list.headLinear('classifier.out_proj', head.outputs, hiddenSize, initializerRange);
  return modelOf(json, {
    ...encoder,
    parameters: list.all,
    ...firstTokenHead(head, {
      architecture: 'ElectraForSequenceClassification',
      dense: 'classifier.dense',
      activation: 'gelu',
      last: 'classifier.out_proj',
    }),
  });
}
