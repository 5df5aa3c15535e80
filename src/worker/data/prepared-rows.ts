import { type AppError, toAppError } from '../../errors.ts';
import type { Model } from '../../models/model.ts';
import type { PreparedData, RowView } from '../../tasks/prepared.ts';
import { taskSettings } from '../../tasks/settings.ts';
import type { Lesson } from '../../tasks/task.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { resolvedTuning } from '../../training/session/fit-run.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { FittedModel } from '../fitted-model.ts';
import { lastOf } from '../last-of.ts';
import type { Workshop } from '../workshop.ts';
import { sampleMaterial } from './material.ts';
import type { RunTables } from './opened-table.ts';

const shownRows = 5;

/** Rows as a run would meet them, or why none can. */
export interface PreparedRows {
  readonly data: PreparedData | null;
  readonly problem: AppError | null;
  /** The first of the whole table. */
  readonly rows: readonly RowView[];
  /** Rows of the table, and of the validation rows, for each that was looked at. */
  readonly scale: number;
  readonly validationScale: number;
}

/** Prepares the rows of the open tables; those of the last call are kept while nothing that they depend on changes. */
export function rowsPreparer(workshop: Workshop): (fitted: FittedModel, config: RunConfig) => PreparedRows {
  const prepared = lastOf(prepare);
  return (fitted, config) => {
    const { table, validation } = workshop.tablesFor(config);
    const seeded = withAnySeed(config);
    const tuning = resolvedTuning(fitted.opened.open.model, seeded);
    // Of the tuning nothing but the places that it takes matters to the rows.
    const taken = tuning?.adapter?.virtualTokens?.count;
    const key = [fitted.opened, fitted.problem, table, validation, taken, JSON.stringify(taskSettings(seeded))];
    return prepared(key, fitted, { table, validation }, seeded, tuning);
  };
}

/** With a seed that is drawn at the start, the preview shows one of the splits that may come. */
const withAnySeed = (config: RunConfig): RunConfig =>
  config.environment.seed >= 0 ? config : { ...config, environment: { ...config.environment, seed: 0 } };

/** As a run would prepare its data; of large tables, a sample. */
function prepare(
  { opened, lesson, problem }: FittedModel,
  tables: RunTables,
  config: RunConfig,
  tuning: Tuning | null,
): PreparedRows {
  if (!lesson) return { data: null, problem, rows: [], scale: 1, validationScale: 1 };
  const { model } = opened.open;
  const { material, ...scales } = sampleMaterial(opened, tables, config.dataset.parent_id_column !== '');
  try {
    const data = lesson.fit(model, tuning, config, material).prepare();
    return { data, problem: null, rows: lesson.fit(model, tuning, config).firstRows(shownRows), ...scales };
  } catch (thrown) {
    return { data: null, problem: toAppError(thrown), rows: shownOf(lesson, model, config, tuning), ...scales };
  }
}

/** The first rows where no run can start; none where the mapping names a column that is not there. */
function shownOf(lesson: Lesson, model: Model, config: RunConfig, tuning: Tuning | null): readonly RowView[] {
  try {
    return lesson.fit(model, tuning, config).firstRows(shownRows);
  } catch {
    return [];
  }
}
