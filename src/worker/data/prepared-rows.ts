import { type AppError, toAppError } from '../../errors.ts';
import type { TakenPositions } from '../../tasks/lengths.ts';
import type { PreparedData, RowView } from '../../tasks/prepared.ts';
import type { FittedLesson, Lesson } from '../../tasks/task.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { createStage, type Settings } from '../../training/config/stage.ts';
import { resolvedTuning, rowSettings } from '../../training/session/fit-run.ts';
import type { FittedModel } from '../models/fitted-model.ts';
import type { OpenedModel } from '../models/opened-model.ts';
import type { Workshop } from '../workshop.ts';
import { sampleMaterial } from './material.ts';
import type { OpenedTable, RunTables } from './opened-table.ts';

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
  const prepared = preparingStage();
  return ({ opened, lesson, problem }, config) => {
    if (!lesson) return { ...nothing, problem };
    const { table, validation } = workshop.tablesFor(config);
    const tuning = resolvedTuning(opened.open.model, config);
    const taken = tuning && (tuning.adapter?.virtualTokens?.count ?? 0);
    return prepared(withAnySeed(config), lesson, opened, table, validation, taken);
  };
}

const nothing = { data: null, rows: [], scale: 1, validationScale: 1 } as const;

/** With a seed that is drawn at the start, the preview shows one of the splits that may come. */
const withAnySeed = (config: RunConfig): RunConfig =>
  config.environment.seed >= 0 ? config : { ...config, environment: { ...config.environment, seed: 0 } };

/** `taken`: positions that the tuning takes, null where it cannot be resolved. Nothing else of it matters to the rows. */
const preparingStage = () =>
  createStage(
    rowSettings,
    (
      config,
      lesson: Lesson,
      opened: OpenedModel,
      table: OpenedTable,
      validation: OpenedTable | null,
      taken: number | null,
    ) => prepare(config, lesson, opened, { table, validation }, taken),
  );

/** As a run would prepare its data; of large tables, a sample. */
function prepare(
  config: Settings<(typeof rowSettings)[number]>,
  lesson: Lesson,
  opened: OpenedModel,
  tables: RunTables,
  taken: number | null,
): PreparedRows {
  const tuning: TakenPositions | null = taken === null ? null : { adapter: { virtualTokens: { count: taken } } };
  const { material, ...scales } = sampleMaterial(opened, tables, config.dataset.parent_id_column !== '');
  const { model } = opened.open;
  try {
    const data = lesson.fit(model, tuning, config, material).prepare();
    return { data, problem: null, rows: lesson.fit(model, tuning, config).firstRows(shownRows), ...scales };
  } catch (thrown) {
    const whole = () => lesson.fit(model, tuning, config);
    return { data: null, problem: toAppError(thrown), rows: shownOf(whole), ...scales };
  }
}

/** The first rows where no run can start; none where the mapping names a column that is not there. */
function shownOf(whole: () => FittedLesson): readonly RowView[] {
  try {
    return whole().firstRows(shownRows);
  } catch {
    return [];
  }
}
