import { resultOf } from '../../training/results/kept-result.ts';
import { createModelSession } from '../../training/session/model-session.ts';
import type { Workshop } from '../workshop.ts';
import { ActiveRun } from './active-run.ts';
import { despiteLoss } from './device-losses.ts';
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
  if (active?.isOf(id) && active.isUsable) return active;
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

/**
 * Does something with a run on the device. Where that is lost, the run is loaded onto the next one, and it is done again.
 * @throws AppError as `activeRun`
 */
export const withRun = <T>(workshop: Workshop, id: string, work: (run: ActiveRun) => Promise<T>): Promise<T> =>
  despiteLoss(async () => {
    const run = await activeRun(workshop, id);
    // A device that is lost may leave a read hanging; `lost` always rejects.
    return Promise.race([work(run), run.parts.model.executor.lost]);
  });
