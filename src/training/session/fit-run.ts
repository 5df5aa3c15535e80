/** A run's model and its rows, fitted to each other: whoever looks at a run before or while it trains comes this way. */

import { textPairColumn } from '../../data/columns.ts';
import { AppError, because } from '../../errors.ts';
import type { Head, Model } from '../../models/model.ts';
import { isOpenedFor } from '../../models/opened-for.ts';
import { modelFromConfig } from '../../models/registry.ts';
import type { Material } from '../../tasks/material.ts';
import { taskOf } from '../../tasks/registry.ts';
import type { FittedLesson, Lesson } from '../../tasks/task.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';
import { type OpenModel, openWithHead } from './open-model.ts';

/** What of a run config says how its rows are read, and so what its model must be. */
export const lessonSettings = ['dataset', 'training.loss_function'] as const;

/** What of a run config its rows follow from, their batches included. */
export const rowSettings = [
  ...(['dataset', 'tokenizer', 'augmentation', 'architecture.intermediate_dropout', 'environment.seed'] as const),
  ...(['training.loss_function', 'training.batch_size', 'training.grad_accumulation', 'training.shuffle'] as const),
  ...(['training.drop_last_batch', 'training.train_validation_data', 'training.label_smoothing'] as const),
  ...(['training.desirable_weight', 'training.undesirable_weight'] as const),
  'logging.eval_batch_size',
] as const;

/** What a run learns from, and its model opened for that. */
export interface OpenedRun {
  readonly lesson: Lesson;
  readonly open: OpenModel;
}

/** @throws AppError 'run-config-invalid' for a second column of texts that nothing reads */
function requireReadPair({ dataset }: RunConfig): void {
  if (dataset.text_pair_column === '' || textPairColumn(dataset) !== undefined) return;
  const reason = because`it is read for classification and regression only: leave it empty`;
  throw new AppError('run-config-invalid', { key: 'dataset.text_pair_column', reason });
}

/**
 * Opens a run from what was read for it. The seed must be a resolved one (`withSeed`).
 * @throws AppError 'run-config-invalid'; of the task's `open`, and as `openModel`
 */
export function openRun(published: OpenModel, config: RunConfig, material: Material): OpenedRun {
  requireReadPair(config);
  const lesson = taskOf(config).open(material, config, published.model);
  return { lesson, open: openFor(published, lesson.head) };
}

/** The model opened with a head; itself where it has it. @throws as `openModel` */
export const openFor = (open: OpenModel, head: Head): OpenModel =>
  isOpenedFor(open.model, head) ? open : openWithHead(open, head);

/**
 * The head of a run whose data is not read: as many classes as the settings or the model's own config say.
 * @throws AppError 'setting-unsupported', 'task-unsupported', 'run-config-invalid'
 */
export function plannedHead(config: RunConfig, modelConfig: Readonly<Record<string, unknown>>): Head {
  requireReadPair(config);
  return taskOf(config).plannedHead(config, modelFromConfig(modelConfig));
}

/**
 * The rows of a run as its model will meet them, before it is settled whether the run can start: a tuning that cannot be
 * resolved is no matter of the rows.
 * @throws AppError 'run-config-invalid' where the tuning leaves no room for a row
 */
export const fitRows = (lesson: Lesson, model: Model, config: RunConfig): FittedLesson =>
  lesson.fit(model, resolvedTuning(model, config), config);

/** Null where the tuning cannot be resolved. */
export function resolvedTuning(model: Model, config: RunConfig): Tuning | null {
  try {
    return resolveTuning(model, config.tuning, config.training.learning_rate);
  } catch {
    return null;
  }
}
