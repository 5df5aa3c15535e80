/**
 * Models that tell one class of each token: a linear layer over every hidden state, mostly without what text classifiers
 * have before theirs.
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
  const { headBias, classifier, headParameter, ...rest } = texts;
  const { buildPooler, poolsTokens } = classifier!;
  const bias = head === 'classifier' || new ConfigReader(json).flag('token_classification_bias', true);
  const { deviation } = texts.parameters.find(({ name }) => name === headParameter)!.fresh!;
  const list = new ParameterList('');
  list.headLinear(head, wanted.outputs, texts.hiddenSize, deviation, bias);
  // What a published bare model lacks is the head of texts; XLM-RoBERTa's comes first.
  const bare = texts.parameters.filter(({ fresh, name }) =>
    poolsTokens ? name !== headParameter && name !== headBias : !fresh,
  );
  return {
    ...rest,
    parameters: texts.parameters[0]!.fresh ? [...list.all, ...bare] : [...bare, ...list.all],
    headParameter: `${head}.weight`,
    ...(bias ? { headBias: `${head}.bias` } : {}),
    classifier: {
      ...wanted,
      architecture: classifier!.architecture.replace('ForSequence', 'ForToken'),
      ...(poolsTokens && buildPooler ? { buildPooler } : {}),
    },
  };
}
