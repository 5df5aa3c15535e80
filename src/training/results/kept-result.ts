/** What a run came to, as its checkpoints keep it. */
import { AppError, because } from '../../errors.ts';
import type { LoadedCheckpoint } from '../../files/checkpoint-file.ts';
import type { Directory } from '../../files/directory.ts';
import { evaluationName, loadCheckpoint, loadNamed, savedStep } from '../../files/runs.ts';
import type { Model } from '../../models/model.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import type { Tuning } from '../../tuning/tuning.ts';
import type { RunConfig } from '../config/run-config.ts';
import { loadBestSaved } from '../run/best-weights.ts';
import { soundTensor, weightBuffers } from '../run/checkpoint.ts';
import { readOutcome } from '../run/outcome-file.ts';
import type { AdapterValues } from '../session/adapter-tuning.ts';

/**
 * What a run came to: the weights of one evaluation, or of its best where it keeps those, else the newest.
 * @throws AppError 'checkpoint-invalid' where it was not saved
 */
export async function resultOf(model: Model, config: RunConfig, folder: Directory, evaluation: number | null) {
  const best = config.training.save_checkpoint === 'best' ? await loadBestSaved(folder) : undefined;
  const checkpoint =
    evaluation === null ? (best ?? (await newest(folder))) : await loadNamed(folder, evaluationName(evaluation));
  if (!checkpoint) throw new AppError('checkpoint-invalid', { reason: because`the run was not saved` });
  const tuning = resolveTuning(model, config.tuning, config.training.learning_rate);
  return { tuning, values: await checkpointAdapter(model, tuning, checkpoint) };
}

/** Step of the weights that a run came to. */
export const resultStep = async (folder: Directory): Promise<number> =>
  (await readOutcome(folder))?.resultStep ?? (await savedStep(folder)) ?? 0;

/** The newest checkpoint. @throws AppError 'checkpoint-invalid' where only an earlier one than was saved can be read */
async function newest(folder: Directory): Promise<LoadedCheckpoint | undefined> {
  const saved = await savedStep(folder);
  const loaded = await loadCheckpoint(folder);
  if (saved === null || saved === loaded?.step) return loaded;
  const last = loaded ? loaded.step : 0;
  const reason = because`the file of step ${saved} is damaged; resume the run, which is whole up to step ${last}`;
  throw new AppError('checkpoint-invalid', { reason });
}

/**
 * The trained weights of a checkpoint, what its adapter drew once, and running statistics, in the form that a model session starts from.
 * @throws AppError 'checkpoint-invalid' where one of them is missing, or holds what training does not come to
 */
export async function checkpointAdapter(
  model: Model,
  tuning: Tuning,
  { weights }: LoadedCheckpoint,
): Promise<AdapterValues> {
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  for (const buffer of weightBuffers(model, tuning)) {
    const { name } = buffer;
    if (!weights.tensors.has(name))
      throw new AppError('checkpoint-invalid', { reason: because`it has no tensor ${name}` });
    values.set(name, new Float32Array((await soundTensor(weights, buffer)).slice().buffer));
  }
  return values;
}
