/**
 * ELECTRA: BERT's layers behind embeddings that may be narrower, and a dense layer with GELU before the classifier.
 * Reference: transformers `models/electra/modeling_electra.py` (ElectraForSequenceClassification).
 */
import { modelOf } from './architecture.ts';
import { buildEncoder, encoderParameters, readBertConfig } from './bert.ts';
import type { JsonObject } from './config-reader.ts';
import type { ClassifierHead, TextModel } from './model.ts';
import { firstTokenHead } from './sequence-classifier.ts';

/** Of transformers' configuration class. */
const defaults = {
  ...{ vocab_size: 30522, hidden_size: 256, embedding_size: 128 },
  ...{ num_attention_heads: 4, intermediate_size: 1024, hidden_act: 'gelu' },
};

/** @throws AppError 'config-invalid' */
export function electraModel(json: JsonObject, head: ClassifierHead): TextModel {
  const config = readBertConfig(json, 0, defaults);
  const { hiddenSize, initializerRange } = config;
  const list = encoderParameters('electra', config);
  list.headLinear('classifier.dense', hiddenSize, hiddenSize, initializerRange);
  list.headLinear('classifier.out_proj', head.outputs, hiddenSize, initializerRange);
  return modelOf(json, {
    ...config,
    modelType: 'electra',
    parameters: list.all,
    causal: false,
    ...firstTokenHead(head, {
      architecture: 'ElectraForSequenceClassification',
      dense: 'classifier.dense',
      activation: 'gelu',
      last: 'classifier.out_proj',
    }),
    buildHidden: (tools, ids) => buildEncoder(tools, config, 'electra', ids),
  });
}
