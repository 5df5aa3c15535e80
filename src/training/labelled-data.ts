/** Whether a run learns labels of texts, which, and what its model must then give. */
import { exampleRows } from '../data/columns.ts';
import { type LabelProblem, type Labels, readLabels } from '../data/labels.ts';
import type { PictureFile } from '../data/pictures.ts';
import { AppError } from '../errors.ts';
import type { Model, Task } from '../models/model.ts';
import { modelFromConfig } from '../models/registry.ts';
import { labelledTask, labelNames } from '../models/sequence-classifier.ts';
import { type OpenModel, openForTask } from './open-model.ts';
import type { LabelReading, Tables } from './prepare-data.ts';
import type { RunConfig } from './run-config.ts';

const lossOfTokens = 'TokenAveragedCrossEntropy';

/** The losses that fit each problem type; the default of the setting stands for the usual one of each. */
const problems: Readonly<Record<string, Readonly<Record<string, LabelProblem>>>> = {
  classification: {
    [lossOfTokens]: 'single_label_classification',
    CrossEntropy: 'single_label_classification',
    BinaryCrossEntropy: 'multi_label_classification',
  },
  regression: { [lossOfTokens]: 'regression', MSE: 'regression' },
  'image-classification': {
    [lossOfTokens]: 'single_label_classification',
    CrossEntropy: 'single_label_classification',
  },
};

const tokenLosses = [lossOfTokens, 'SampleAveragedCrossEntropy', 'CrossEntropy'];

/**
 * The problem that a run's labels pose; null where it learns to write text.
 * @throws AppError 'setting-unsupported' for a loss that does not fit the problem type
 */
export function problemOf({ dataset, training }: RunConfig): LabelProblem | null {
  const fitting = problems[dataset.problem_type];
  const { loss_function: loss } = training;
  const supported = fitting ? Object.keys(fitting) : tokenLosses;
  if (!supported.includes(loss))
    throw new AppError('setting-unsupported', {
      key: 'training.loss_function',
      value: `${loss} (${dataset.problem_type})`,
      supported: supported.join(', '),
    });
  return fitting?.[loss] ?? null;
}

/**
 * The classes of a run's tables, or that they hold numbers; null where it learns to write text.
 * @throws AppError 'labels-none' and its like, 'column-missing', 'setting-unsupported'
 */
export function runLabels(
  config: RunConfig,
  tables: Tables,
  modelConfig: Readonly<Record<string, unknown>>,
): Labels | null {
  const problem = problemOf(config);
  if (problem === null) return null;
  const { dataset } = config;
  const used = [tables.training, ...(dataset.validation_strategy === 'custom' ? [tables.validation ?? []] : [])];
  const rows = used.flatMap((table) => ('rows' in table ? exampleRows(table, dataset) : []));
  const { num_classes: classes, answer_column: column } = dataset;
  return readLabels(rows, { problem, classes, column, known: labelNames(modelConfig) });
}

/**
 * The classes of a run's pictures.
 * @throws AppError 'labels-none' and its like, 'setting-unsupported'; 'task-unsupported' for a model that reads text
 */
export function pictureLabels(
  config: RunConfig,
  pictures: readonly Pick<PictureFile, 'label'>[],
  { image, classifier, modelType }: Model,
): Labels {
  if (!image) throw new AppError('task-unsupported', { modelType, task: config.dataset.problem_type });
  const problem = problemOf(config) ?? 'single_label_classification';
  const rows = pictures.map(({ label }) => ({ answer: label }));
  const known = classifier?.names ?? [];
  return readLabels(rows, { problem, classes: config.dataset.num_classes, column: 'label', known });
}

/** What a run asks of its model. */
export const taskOf = (labels: Labels | null): Task => labels ?? 'causal';

/**
 * The task of a run whose data is not read: as many classes as the settings or the model's own config say.
 * @throws AppError 'setting-unsupported'
 */
export function plannedTask(config: RunConfig, modelConfig: Readonly<Record<string, unknown>>): Task {
  const problem = problemOf(config);
  if (problem === null) return 'causal';
  const { num_classes: classes } = config.dataset;
  const published = modelFromConfig(modelConfig);
  const outputs = classes > 0 ? classes : (published.image ? published.classifier! : labelledTask(modelConfig)).outputs;
  return { problem, outputs: problem === 'regression' ? 1 : outputs, names: [] };
}

/** The model opened for what a run asks of it. @throws as `openModel` */
export const openForRun = (open: OpenModel, labels: Labels | null): OpenModel => openFor(open, taskOf(labels));

/** The model opened for a task; itself where it is. @throws as `openModel` */
export function openFor(open: OpenModel, task: Task): OpenModel {
  return sameTask(open.model.classifier ?? 'causal', task) ? open : openForTask(open, task);
}

const sameTask = (a: Task, b: Task): boolean =>
  a === 'causal' || b === 'causal'
    ? a === b
    : a.outputs === b.outputs && a.problem === b.problem && String(a.names) === String(b.names);

/** How a classifier reads the labels; null for a model that writes text. */
export const readingOf = ({ classifier }: Model, labels: Labels | null): LabelReading | null =>
  classifier && labels ? { labels, pooled: classifier.pooled } : null;
