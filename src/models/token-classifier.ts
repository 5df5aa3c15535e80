/**
 * Models that tell one class of each token: a linear layer over every hidden state, without what text classifiers have
 * before theirs.
 * Reference: transformers `modeling_layers.py` (GenericForTokenClassification), `models/bert/modeling_bert.py`
 * (BertForTokenClassification) and those of the other types.
 */
import { ConfigReader, type JsonObject } from './config-reader.ts';
import type { ClassifierHead, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';

/** What transformers calls the head: `score` with a bias that the config may take away, or `classifier`. */
export type TokenHead = 'score' | 'classifier';

/**
 * A classifier of texts as one of their tokens.
 * @throws AppError 'config-invalid'
 */
export function tokenClassifier(
  texts: TextModel,
  json: JsonObject,
  wanted: ClassifierHead,
  head: TokenHead,
): TextModel {
  const { headBias: _, classifier, ...rest } = texts;
  const read = new ConfigReader(json);
  const bias = head === 'classifier' || read.flag('token_classification_bias', true);
  const list = new ParameterList('');
  list.headLinear(head, wanted.outputs, texts.hiddenSize, read.positive('initializer_range', 0.02), bias);
  // What a published bare model lacks is the head of texts; XLM-RoBERTa's comes first.
  const bare = texts.parameters.filter(({ fresh }) => !fresh);
  return {
    ...rest,
    parameters: texts.parameters[0]!.fresh ? [...list.all, ...bare] : [...bare, ...list.all],
    headParameter: `${head}.weight`,
    ...(bias ? { headBias: `${head}.bias` } : {}),
    classifier: { ...wanted, architecture: classifier!.architecture.replace('ForSequence', 'ForToken') },
  };
}
