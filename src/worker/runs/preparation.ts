import type { RunConfig } from '../../training/config/run-config.ts';
import { type RunPlanner, runPlanner } from '../../training/session/run-planner.ts';
import { type PreparedRows, rowsPreparer } from '../data/prepared-rows.ts';
import { type FittedModel, taskFitter } from '../models/fitted-model.ts';
import type { Workshop } from '../workshop.ts';

/** The stages that a run is prepared in. Preview, warm-up and start share them, and what each has come to. */
export interface Preparation {
  /** @throws AppError as `plannedHead`, and as opening the model for the task */
  fitTo(config: RunConfig): FittedModel;
  rowsFor(fitted: FittedModel, config: RunConfig): PreparedRows;
  readonly planner: RunPlanner;
}

export const createPreparation = (workshop: Workshop): Preparation => ({
  fitTo: taskFitter(workshop),
  rowsFor: rowsPreparer(workshop),
  planner: runPlanner(),
});
