import { type AppError, toAppError } from '../errors.ts';
import { taskOf } from '../tasks/registry.ts';
import type { Lesson } from '../tasks/task.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { openFor, plannedHead } from '../training/session/fit-run.ts';
import { materialOf } from './data/material.ts';
import type { RunTables } from './data/opened-table.ts';
import { lastOf } from './last-of.ts';
import { modelSummary } from './models/model-summary.ts';
import { type OpenedModel, reopened } from './models/opened-model.ts';
import type { Workshop } from './workshop.ts';

export interface FittedModel {
  readonly opened: OpenedModel;
  /** What the table teaches; null where none is open, or it cannot be read as the config asks. */
  readonly lesson: Lesson | null;
  /** Why it cannot be read. */
  readonly problem: AppError | null;
}

type Read = Pick<FittedModel, 'lesson' | 'problem'>;

/**
 * The open model for what a config asks of it, such as with as many outputs as the table has classes. Where that is
 * another one than before, the page is told of its parameters.
 */
export function taskFitter(workshop: Workshop): (config: RunConfig) => FittedModel {
  const read = lastOf(readLesson);
  return (config) => {
    const before = workshop.requireModel();
    const tables = workshop.table && workshop.tablesFor(config);
    const keys = [tables?.table, tables?.validation, JSON.stringify(config.dataset), config.training.loss_function];
    const found: Read = tables
      ? read([...keys, before.source], before, tables, config)
      : { lesson: null, problem: null };
    const open = openFor(before.open, found.lesson?.head ?? plannedHead(config, before.open.model.config));
    if (open === before.open) return { ...found, opened: before };
    const opened = reopened(before, open);
    workshop.model = opened;
    workshop.emit('model', modelSummary(opened));
    return { ...found, opened };
  };
}

function readLesson(opened: OpenedModel, tables: RunTables, config: RunConfig): Read {
  try {
    const lesson = taskOf(config).open(materialOf(opened, tables), config, opened.open.model);
    return { lesson, problem: null };
  } catch (thrown) {
    return { lesson: null, problem: toAppError(thrown) };
  }
}
