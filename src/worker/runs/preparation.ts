import type { RecipeFacts } from '../../training/config/recipes.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { type RunPlanner, runPlanner } from '../../training/session/run-planner.ts';
import { rowMeasurer } from '../data/measured-rows.ts';
import { type PreparedRows, rowsPreparer } from '../data/prepared-rows.ts';
import { type FittedModel, taskFitter } from '../models/fitted-model.ts';
import type { Workshop } from '../workshop.ts';

/** The stages that a run is prepared in. Preview, warm-up and start share them, and what each has come to. */
export interface Preparation {
  /** @throws AppError as `plannedHead`, and as opening the model for the task */
  fitTo(config: RunConfig): FittedModel;
  rowsFor(fitted: FittedModel, config: RunConfig): PreparedRows;
  /** What recipes follow from; null while the rows cannot be read. */
  measured(config: RunConfig): RecipeFacts | null;
  readonly planner: RunPlanner;
}

export const createPreparation = (workshop: Workshop): Preparation => ({
  fitTo: taskFitter(workshop),
  rowsFor: rowsPreparer(workshop),
  measured: rowMeasurer(workshop),
  planner: runPlanner(),
});
