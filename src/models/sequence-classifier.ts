/** Which head a config.json names, and encoders and decoders as sequence classifiers. */
import type { Activation } from '../graph/types.ts';
import type { Architecture } from './architecture.ts';
import { ConfigReader, isObject, type JsonObject } from './config-reader.ts';
import { isSaid, kindOf, kindOfClass, type Problem, predicting } from './head-kinds.ts';
import type { Classifier, ClassifierHead, EncoderHead, TextModel } from './model.ts';
import { ParameterList } from './parameter-list.ts';

/**
 * The head that a config.json names by its `architectures`, such as …ForSequenceClassification; undefined where that
 * predicts the next token or is none. Without a `problem_type` one label is a regression and more are classes, as in
 * transformers.
 */
export function namedHead(json: JsonObject): EncoderHead | undefined {
  const kind = kindOfClass(className(json));
  if (kind === predicting.masked) return 'masked';
  return kind && kind !== predicting.causal ? labelledHead(json) : undefined;
}

/** transformers' class of a config.json. */
const className = ({ architectures }: JsonObject): unknown =>
  Array.isArray(architectures) ? architectures[0] : undefined;

/** What config.json may say. */
const ofTexts: readonly unknown[] = kindOf('regression').problems;

/** As many outputs as there are labels; transformers' default is two. */
export function labelledHead(json: JsonObject): ClassifierHead {
  const { id2label, num_labels: count, problem_type: problem } = json;
  const labels = isObject(id2label) ? Object.keys(id2label).length : 0;
  const outputs = labels > 0 ? labels : typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : 2;
  const names = outputs === 1 ? [] : labelNames(json);
  const [only, ...others] = kindOfClass(className(json))?.problems ?? [];
  if (only && others.length === 0) return { outputs, problem: only, names };
  if (ofTexts.includes(problem)) return { outputs, problem: problem as Problem, names };
  return { outputs, problem: outputs === 1 ? 'regression' : 'single_label_classification', names };
}

/** The names of a config's classes, in order; none where they are transformers' own LABEL_0, LABEL_1, … */
export function labelNames({ id2label }: JsonObject): readonly string[] {
  if (!isObject(id2label)) return [];
  const names = Object.keys(id2label).map((_, index) => id2label[String(index)]);
  const own = names.every((name, index) => typeof name === 'string' && name !== `LABEL_${index}`);
  return own ? (names as string[]) : [];
}

/**
 * What transformers' config says of a classifier: `problem_type`, where it is one of transformers', and, of its outputs,
 * their names both ways.
 */
export function labelConfig({ problem, outputs, names }: ClassifierHead): JsonObject {
  const known = Array.from({ length: outputs }, (_, index) => names[index] ?? `LABEL_${index}`);
  return {
    ...(isSaid(problem) ? { problem_type: problem } : {}),
    id2label: Object.fromEntries(known.map((name, index) => [String(index), name])),
    label2id: Object.fromEntries(known.map((name, index) => [name, index])),
  };
}

/**
 * The config.json of a classifier, from that of the model it was made of. transformers pads and pools by `pad_token_id`: a
 * decoder that has none gets the one that texts were padded with, its end-of-text token or 0.
 */
export function classifierConfig(json: JsonObject, classifier: Classifier): JsonObject {
  const padding = json.pad_token_id ?? [json.eos_token_id].flat()[0] ?? 0;
  const { num_labels: _, problem_type, ...rest } = json;
  const kept = problem_type === undefined || !isSaid(classifier.problem) ? rest : { ...rest, problem_type };
  // Of a model for several kinds of input transformers asks the text model.
  const text = isObject(json.text_config) ? { text_config: { ...json.text_config, pad_token_id: padding } } : {};
  return {
    ...kept,
    ...text,
    ...{ architectures: [classifier.architecture], pad_token_id: padding },
    ...labelConfig(classifier),
  };
}

/**
 * A decoder with transformers' `score` in place of its output embedding: a linear layer without bias over the last token.
 * `architecture` is the name of that class.
 * Reference: transformers `modeling_layers.py` (GenericForSequenceClassification).
 * @throws AppError 'config-invalid'
 */
export function decoderClassifier(
  model: TextModel,
  json: JsonObject,
  wanted: ClassifierHead,
  architecture: string,
): TextModel {
  const head = model.parameters.find(({ name }) => name === model.headParameter)!;
  const list = new ParameterList('');
  list.headLinear(
    'score',
    wanted.outputs,
    head.shape[1]!,
    new ConfigReader(json).positive('initializer_range', 0.02),
    false,
  );
  const { headBias, logitSoftCap, ...rest } = model;
  const isOutput = ({ role, name }: TextModel['parameters'][number]): boolean => role === 'head' || name === headBias;
  return {
    ...rest,
    parameters: [...model.parameters.filter((info) => !isOutput(info)), ...list.all],
    headParameter: 'score.weight',
    classifier: { ...wanted, architecture, pooled: 'last' },
  };
}

interface FirstTokenHead extends Pick<Classifier, 'architecture' | 'saved'> {
  /** The dense layer's module. */
  readonly dense: string;
  readonly activation: Activation;
  /** The last matrix' module. */
  readonly last?: string;
}

/** What the file of an encoder says of its head, where that is a dense layer and an activation over a text's first token before the last matrix. */
export function firstTokenHead(
  head: ClassifierHead,
  { dense, activation, last = 'classifier', ...own }: FirstTokenHead,
): Pick<Architecture, 'headParameter' | 'headBias' | 'classifier'> {
  const scope = dense.includes('.') ? dense.slice(0, dense.lastIndexOf('.')) : dense;
  return {
    headParameter: `${last}.weight`,
    headBias: `${last}.bias`,
    classifier: {
      ...head,
      ...own,
      pooled: 'first',
      buildPooler: (builder, seams, first) =>
        builder.within(scope, () => builder.activation(seams.linear(dense, first), activation)),
    },
  };
}
