import { AppError, because } from '../../errors.ts';
import { type Directory, subdirectory } from '../../files/directory.ts';
import { loadCheckpoint, loadNamed, saveCheckpoint } from '../../files/runs.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import type { AdapterValues, OpenAdapter } from '../../training/session/adapter-tuning.ts';
import { openRun } from '../../training/session/fit-run.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { materialOf } from '../data/material.ts';
import type { RunTables } from '../data/opened-table.ts';
import type { OpenedModel } from '../models/opened-model.ts';

/** The values that a run's adapter begins at lie beside it, so that it can begin again before its first checkpoint. */
const startFolder = (run: Directory) => subdirectory(run, 'start');
const name = 'adapter';

export function saveStart(run: Directory, values: AdapterValues): Promise<void> {
  const tensors = [...values].map(([name, data]) => ({ name, shape: [data.length], data }));
  return saveCheckpoint(startFolder(run), 0, tensors, null, { name });
}

/**
 * What a run that is resumed began at; undefined where that is a fresh adapter, or a checkpoint has taken its place.
 * @throws AppError 'adapter-invalid' where it was not kept
 */
export async function startOf(
  run: Directory,
  config: RunConfig,
  opened: OpenedModel,
  tables: RunTables,
): Promise<OpenAdapter | undefined> {
  const { init_from: from } = config.tuning;
  if (from === '' || (await loadCheckpoint(run))) return undefined;
  const start = await loadNamed(startFolder(run), name);
  if (!start) throw new AppError('adapter-invalid', { reason: because`${from} was not kept beside the run` });
  const { model } = openRun(opened.open, config, materialOf(opened, tables)).open;
  const { adapter, ...tuning } = resolveTuning(model, config.tuning, config.training.learning_rate);
  if (!adapter) throw new AppError('adapter-invalid', { reason: because`the run trains no adapter` });
  const names = [...start.weights.tensors.keys()];
  const read = async (each: string) => [each, await start.weights.readFloats(each)] as const;
  const values = new Map(await Promise.all(names.map(read))) as AdapterValues;
  return { tuning: { ...tuning, adapter }, values, baseModel: null };
}
