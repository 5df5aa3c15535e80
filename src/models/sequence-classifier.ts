/** Which task a config.json is for, and decoders as sequence classifiers. */
import { ConfigReader, isObject, type JsonObject } from './config-reader.ts';
import type { ClassifierTask, Model, Problem } from './model.ts';
import { ParameterList } from './parameter-list.ts';

const problems: readonly unknown[] = [
  'single_label_classification',
  'multi_label_classification',
  'regression',
] satisfies Problem[];

/**
 * The task that a config.json names: its `architectures` end with ForSequenceClassification. Without a `problem_type`
 * one label is a regression and more are classes, as in transformers.
 */
export function namedTask(json: JsonObject): ClassifierTask | undefined {
  const { architectures } = json;
  const named = Array.isArray(architectures) && String(architectures[0]).endsWith('ForSequenceClassification');
  return named ? labelledTask(json) : undefined;
}

/** As many outputs as there are labels; transformers' default is two. */
export function labelledTask({ id2label, num_labels: count, problem_type: problem }: JsonObject): ClassifierTask {
  const labels = isObject(id2label) ? Object.keys(id2label).length : 0;
  const outputs = labels > 0 ? labels : typeof count === 'number' && Number.isInteger(count) && count > 0 ? count : 2;
  if (problems.includes(problem)) return { outputs, problem: problem as Problem };
  return { outputs, problem: outputs === 1 ? 'regression' : 'single_label_classification' };
}

/** The names of a config's classes, in order; null where they are transformers' own LABEL_0, LABEL_1, … or none. */
export function labelNames({ id2label }: JsonObject): readonly string[] | null {
  if (!isObject(id2label)) return null;
  const names = Object.keys(id2label).map((_, index) => id2label[String(index)]);
  const own = names.every((name, index) => typeof name === 'string' && name !== `LABEL_${index}`);
  return own && names.length > 0 ? (names as string[]) : null;
}

/**
 * A decoder with transformers' `score` in place of its output embedding: a linear layer without bias over the last token.
 * Reference: transformers `modeling_layers.py` (GenericForSequenceClassification).
 * @throws AppError 'config-invalid'
 */
export function decoderClassifier(model: Model, json: JsonObject, task: ClassifierTask): Model {
  const head = model.parameters.find(({ name }) => name === model.headParameter)!;
  const list = new ParameterList('');
  list.headLinear(
    'score',
    task.outputs,
    head.shape[1]!,
    new ConfigReader(json).positive('initializer_range', 0.02),
    false,
  );
  const { headBias, logitSoftCap, ...rest } = model;
  const isOutput = ({ role, name }: Model['parameters'][number]): boolean => role === 'head' || name === headBias;
  return {
    ...rest,
    parameters: [...model.parameters.filter((info) => !isOutput(info)), ...list.all],
    headParameter: 'score.weight',
    classifier: { ...task, pooled: 'last' },
  };
}
