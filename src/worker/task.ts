import type { Labels } from '../data/labels.ts';
import { type AppError, toAppError } from '../errors.ts';
import { openFor, plannedTask, runLabels } from '../training/labelled-data.ts';
import type { RunConfig } from '../training/run-config.ts';
import { lastOf } from './last-of.ts';
import { modelSummary } from './open-handlers.ts';
import type { OpenedModel, OpenedTable, Workshop } from './workshop.ts';

export interface FittedModel {
  readonly opened: OpenedModel;
  /** What the label column means; null where the config asks for text, or it cannot be read. */
  readonly labels: Labels | null;
  /** Why it cannot be read. */
  readonly problem: AppError | null;
}

type Read = Pick<FittedModel, 'labels' | 'problem'>;

/**
 * The open model for what a config asks of it: a classifier with as many outputs as the table has classes, or a model
 * that writes. Where that is another one than before, the page is told of its parameters.
 */
export function taskFitter(workshop: Workshop): (config: RunConfig) => FittedModel {
  const labelsOf = lastOf(readLabels);
  return (config) => {
    const before = workshop.requireModel();
    if (before.open.model.image) return { opened: before, labels: null, problem: null };
    const { table } = workshop;
    const own = config.dataset.validation_strategy === 'custom' ? workshop.validation : null;
    const keys = [table, own, JSON.stringify(config.dataset), config.training.loss_function, before.source];
    const read: Read = table ? labelsOf(keys, table, own, config, before) : { labels: null, problem: null };
    const task = read.labels ?? plannedTask(config, before.open.model.config);
    const open = openFor(before.open, task);
    if (open === before.open) return { ...read, opened: before };
    const opened = { ...before, open };
    workshop.model = opened;
    workshop.emit('model', modelSummary(opened));
    return { ...read, opened };
  };
}

function readLabels(
  { table }: OpenedTable,
  validation: OpenedTable | null,
  config: RunConfig,
  { open }: OpenedModel,
): Read {
  try {
    const tables = { training: table, validation: validation?.table };
    return { labels: runLabels(config, tables, open.model.config), problem: null };
  } catch (thrown) {
    return { labels: null, problem: toAppError(thrown) };
  }
}

/** Whether a run learns the labels of texts. */
export const learnsLabels = ({ dataset }: RunConfig): boolean =>
  dataset.problem_type === 'classification' || dataset.problem_type === 'regression';
