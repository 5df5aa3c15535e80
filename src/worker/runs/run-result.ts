import { AppError, because } from '../../errors.ts';
import type { LoadedCheckpoint } from '../../files/checkpoint-file.ts';
import type { Directory } from '../../files/directory.ts';
import { bestName, evaluationName, loadCheckpoint, loadNamed, savedStep } from '../../files/runs.ts';
import type { Model } from '../../models/model.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { createModelSession } from '../../training/session/model-session.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { Workshop } from '../workshop.ts';
import { ActiveRun } from './active-run.ts';
import { checkpointAdapter } from './checkpoint-adapter.ts';
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

/**
 * What a run came to: the weights of one evaluation, or of its best where it keeps those, else the newest.
 * @throws AppError 'checkpoint-invalid' where it was not saved
 */
export async function resultOf(model: Model, config: RunConfig, folder: Directory, evaluation: number | null) {
  const best = config.training.save_checkpoint === 'best' ? await loadNamed(folder, bestName) : undefined;
  const checkpoint =
    evaluation === null ? (best ?? (await newest(folder))) : await loadNamed(folder, evaluationName(evaluation));
  if (!checkpoint) throw new AppError('checkpoint-invalid', { reason: because`the run was not saved` });
  const tuning = resolveTuning(model, config.tuning, config.training.learning_rate);
  return { tuning, values: await checkpointAdapter(model, tuning, checkpoint) };
}

/** The newest checkpoint. @throws AppError 'checkpoint-invalid' where only an earlier one than was saved can be read */
async function newest(folder: Directory): Promise<LoadedCheckpoint | undefined> {
  const saved = await savedStep(folder);
  const loaded = await loadCheckpoint(folder);
  if (saved === null || saved === loaded?.step) return loaded;
  const last = loaded ? loaded.step : 0;
  const reason = because`the file of step ${saved} is damaged; resume the run, which is whole up to step ${last}`;
  throw new AppError('checkpoint-invalid', { reason });
}
