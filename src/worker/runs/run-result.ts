import { resultOf } from '../../training/results/kept-result.ts';
import { createModelSession } from '../../training/session/model-session.ts';
import type { Workshop } from '../workshop.ts';
import { ActiveRun } from './active-run.ts';
import { splitResultId } from './result-id.ts';
import { openedForRun } from './run-model.ts';
import { readConfig, runFolder } from './run-store.ts';

/**
 * The run, with its weights ready for chat and export.
 * @throws AppError 'run-going-on' where another one trains, and as opening its model does
 */
export async function activeRun(workshop: Workshop, id: string): Promise<ActiveRun> {
  const { active } = workshop;
  const { runId, evaluation } = splitResultId(id);
  if (active?.isOf(id) && active.phase !== 'failed') return active;
  workshop.turn.require();
  const folder = runFolder(await workshop.runs(), runId);
  const config = await readConfig(folder);
  const opened = await openedForRun(workshop, folder, config);
  const { open } = opened;
  const { tuning, values } = await resultOf(open.model, config, folder, evaluation);
  const executor = await workshop.executors.executor(config.environment.executor);
  // A run may have begun meanwhile.
  workshop.turn.require();
  workshop.release();
  const model = createModelSession({
    ...{ executor, open, tuning, values, weights: config.model.weights },
    seed: config.environment.seed,
  });
  workshop.active = new ActiveRun({ id: runId, evaluation, folder, config, opened, model, known: new Map() });
  return workshop.active;
}
