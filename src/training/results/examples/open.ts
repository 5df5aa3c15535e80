/** A run that was kept, opened to look at its rows one by one. */
import { AppError, because } from '../../../errors.ts';
import type { Directory } from '../../../files/directory.ts';
import { readRun } from '../../../files/runs.ts';
import type { Material } from '../../../tasks/material.ts';
import type { PreparedData } from '../../../tasks/prepared.ts';
import { resolveTuning } from '../../../tuning/resolve.ts';
import type { Tuning } from '../../../tuning/tuning.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { openRun } from '../../session/fit-run.ts';
import type { OpenModel } from '../../session/open-model.ts';

export interface KeptRows {
  readonly folder: Directory;
  readonly config: RunConfig;
  readonly open: OpenModel;
  readonly data: PreparedData;
  /** What was trained; nothing drops out. */
  readonly tuning: Tuning;
}

/**
 * The rows of a run as it was trained on them.
 * @throws AppError 'checkpoint-invalid' where the rows are others now; as `openRun`
 */
export async function keptRows(
  folder: Directory,
  config: RunConfig,
  published: OpenModel,
  material: Material,
): Promise<KeptRows> {
  const { open, lesson } = openRun(published, config, material);
  const tuning = resolveTuning(open.model, { ...config.tuning, lora_dropout: 0 }, config.training.learning_rate);
  const data = lesson.fit(open.model, tuning, config).prepare();
  const { info } = await readRun(folder);
  if (data.isFingerprint(info.fingerprint)) return { folder, config, open, data, tuning };
  throw new AppError('checkpoint-invalid', { reason: because`it was made with other training rows or templates` });
}
