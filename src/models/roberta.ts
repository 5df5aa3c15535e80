/**
 * RoBERTa, XLM-RoBERTa and CamemBERT: BERT's layers; positions begin after the padding id's row, and the classifier has a dense layer
 * of its own in place of the pooler.
 * Reference: transformers `models/roberta/modeling_roberta.py` (RobertaForSequenceClassification,
 * RobertaForMaskedLM), `xlm_roberta` and `camembert`
 * beside it.
 */
import { because } from '../errors.ts';
import type { Value } from '../graph/types.ts';
import { modelOf } from './architecture.ts';
import { buildEncoder, encoderParameters, readBertConfig } from './bert.ts';
import type { Tools } from './blocks.ts';
import { invalidConfig, type JsonObject } from './config-reader.ts';
import { maskedModel } from './masked-head.ts';
import type { EncoderHead, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { firstTokenHead } from './sequence-classifier.ts';

/** What transformers' classes of each type are called, before the task. */
const classes = { roberta: 'Roberta', 'xlm-roberta': 'XLMRoberta', camembert: 'Camembert' } as const;

export type RobertaType = keyof typeof classes;

/** The head of masked tokens as RoBERTa has it, and MPNet. */
export const robertaMasked = (architecture: string, root: string) => ({
  architecture,
  table: `${root}.embeddings.word_embeddings`,
  dense: 'lm_head.dense',
  norm: 'lm_head.layer_norm',
  activation: 'gelu' as const,
  decoder: 'lm_head.decoder',
  bias: 'lm_head.bias',
});

/** The modules between the first token and its scores. */
export const robertaHead = { dense: 'classifier.dense', last: 'classifier.out_proj' } as const;

/** @throws AppError 'config-invalid' */
export function robertaModel(json: JsonObject, modelType: RobertaType, head: EncoderHead): TextModel {
  const { pad_token_id: padding = 1 } = json;
  if (typeof padding !== 'number' || !Number.isInteger(padding) || padding < 0)
    throw invalidConfig(because`pad_token_id ${JSON.stringify(padding)} is no token, and positions begin after it`);
  const config = readBertConfig(json, padding + 1);
  const { hiddenSize, initializerRange } = config;
  const encoder = encoderParameters('roberta', config).all;
  // transformers registers the head of the others before their encoder.
  const isFirst = modelType !== 'roberta';
  const model = {
    ...config,
    modelType,
    paddingId: padding,
    causal: false,
    buildHidden: (tools: Tools, ids: Value) => buildEncoder(tools, config, 'roberta', ids),
  };
  if (head === 'masked')
    return maskedModel(
      json,
      { ...model, parameters: encoder },
      { ...robertaMasked(`${classes[modelType]}ForMaskedLM`, 'roberta'), isFirst },
    );
  const list = new ParameterList('');
  list.headLinear(robertaHead.dense, hiddenSize, hiddenSize, initializerRange);
  list.headLinear(robertaHead.last, head.outputs, hiddenSize, initializerRange);
  return modelOf(json, {
    ...model,
    parameters: isFirst ? [...list.all, ...encoder] : [...encoder, ...list.all],
    ...firstTokenHead(head, {
      architecture: `${classes[modelType]}ForSequenceClassification`,
      ...robertaHead,
      activation: 'tanh',
    }),
  });
}
