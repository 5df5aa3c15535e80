import { type AppError, toAppError } from '../../errors.ts';
import type { Head } from '../../models/model.ts';
import { isOpenedFor } from '../../models/opened-for.ts';
import { taskOf } from '../../tasks/registry.ts';
import type { Lesson } from '../../tasks/task.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { createStage } from '../../training/config/stage.ts';
import { lessonSettings, openFor, plannedHead } from '../../training/session/fit-run.ts';
import { materialOf } from '../data/material.ts';
import type { OpenedTable } from '../data/opened-table.ts';
import type { Workshop } from '../workshop.ts';
import { type OpenedModel, reopened } from './opened-model.ts';

export interface FittedModel {
  readonly opened: OpenedModel;
  /** What the table teaches; null where none is open, or it cannot be read as the config asks. */
  readonly lesson: Lesson | null;
  /** How many rows of the table each class has, where classes are learned. */
  readonly classes: ReturnType<Lesson['classes']>;
  /** Why it cannot be read. */
  readonly problem: AppError | null;
}

/** The open model for what a config asks of it, such as with as many outputs as the table has classes. */
export function taskFitter(workshop: Workshop): (config: RunConfig) => FittedModel {
  const read = lessonReader();
  const openedFor = headOpener();
  return (config) => {
    const published = workshop.requireModel();
    const tables = workshop.table && workshop.tablesFor(config);
    const found = tables ? read(config, published, tables.table, tables.validation) : nothing;
    const head = found.lesson?.head ?? plannedHead(config, published.open.model.config);
    return { ...found, opened: openedFor(published, head) };
  };
}

const nothing = { lesson: null, classes: null, problem: null };

const lessonReader = () =>
  createStage(
    lessonSettings,
    (config, opened: OpenedModel, table: OpenedTable, validation: OpenedTable | null): Omit<FittedModel, 'opened'> => {
      try {
        const material = materialOf(opened, { table, validation });
        const lesson = taskOf(config).open(material, config, opened.open.model);
        return { lesson, classes: lesson.classes(), problem: null };
      } catch (thrown) {
        return { ...nothing, problem: toAppError(thrown) };
      }
    },
  );

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
