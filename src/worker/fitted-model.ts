import { type AppError, toAppError } from '../errors.ts';
import type { Head } from '../models/model.ts';
import { isOpenedFor } from '../models/opened-for.ts';
import { taskOf } from '../tasks/registry.ts';
import type { Lesson } from '../tasks/task.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { openFor, plannedHead } from '../training/session/fit-run.ts';
import { materialOf } from './data/material.ts';
import type { RunTables } from './data/opened-table.ts';
import { lastOf } from './last-of.ts';
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

/** The open model for what a config asks of it, such as with as many outputs as the table has classes. */
export function taskFitter(workshop: Workshop): (config: RunConfig) => FittedModel {
  const read = lastOf(readLesson);
  const openedFor = headOpener();
  return (config) => {
    const published = workshop.requireModel();
    const tables = workshop.table && workshop.tablesFor(config);
    const keys = [tables?.table, tables?.validation, JSON.stringify(config.dataset), config.training.loss_function];
    const found: Read = tables
      ? read([...keys, published], published, tables, config)
      : { lesson: null, problem: null };
    const head = found.lesson?.head ?? plannedHead(config, published.open.model.config);
    return { ...found, opened: openedFor(published, head) };
  };
}

/** Opens a model with a head; as long as that stays the same it is the same object, and what was made of it is known. */
function headOpener(): (published: OpenedModel, head: Head) => OpenedModel {
  let last: { published: OpenedModel; opened: OpenedModel } | null = null;
  return (published, head) => {
    if (last?.published !== published || !isOpenedFor(last.opened.open.model, head)) {
      const open = openFor(published.open, head);
      last = { published, opened: open === published.open ? published : reopened(published, open) };
    }
    return last.opened;
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
