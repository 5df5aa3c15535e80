/**
 * RoBERTa, XLM-RoBERTa and CamemBERT: BERT's layers; positions begin after the padding id's row, and the classifier has a dense layer
 * of its own in place of the pooler.
 * Reference: transformers `models/roberta/modeling_roberta.py` (RobertaForSequenceClassification), `xlm_roberta` and `camembert`
 * beside it.
 */
import { because } from '../errors.ts';
import { modelOf } from './architecture.ts';
import { buildEncoder, encoderParameters, readBertConfig } from './bert.ts';
import { invalidConfig, type JsonObject } from './config-reader.ts';
import type { ClassifierHead, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';
import { firstTokenHead } from './sequence-classifier.ts';

/** What transformers' classes of each type are called, before the task. */
const classes = { roberta: 'Roberta', 'xlm-roberta': 'XLMRoberta', camembert: 'Camembert' } as const;

export type RobertaType = keyof typeof classes;

/** @throws AppError 'config-invalid' */
export function robertaModel(json: JsonObject, modelType: RobertaType, classifier: ClassifierHead): TextModel {
  const { pad_token_id: padding = 1 } = json;
  if (typeof padding !== 'number' || !Number.isInteger(padding) || padding < 0)
    throw invalidConfig(because`pad_token_id ${JSON.stringify(padding)} is no token, and positions begin after it`);
  const config = readBertConfig(json, padding + 1);
  const { hiddenSize, initializerRange } = config;
  const encoder = encoderParameters('roberta', config).all;
  const head = new ParameterList('');
  head.headLinear('classifier.dense', hiddenSize, hiddenSize, initializerRange);
  head.headLinear('classifier.out_proj', classifier.outputs, hiddenSize, initializerRange);
  return modelOf(json, {
    ...config,
    modelType,
    // transformers registers the head of the others before their encoder.
    parameters: modelType === 'roberta' ? [...encoder, ...head.all] : [...head.all, ...encoder],
    paddingId: padding,
    causal: false,
    ...firstTokenHead(classifier, {
      architecture: `${classes[modelType]}ForSequenceClassification`,
      dense: 'classifier.dense',
      activation: 'tanh',
      last: 'classifier.out_proj',
    }),
    buildHidden: (tools, ids) => buildEncoder(tools, config, 'roberta', ids),
  });
}
