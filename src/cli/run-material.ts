import type { ModelFiles } from '../files/source.ts';
import { type Model, requireImageModel } from '../models/model.ts';
import type { PictureMaterial } from '../tasks/material.ts';
import { taskOf } from '../tasks/registry.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { openTokenizer } from '../training/session/open-model.ts';
import { readPictureTables } from './node-pictures.ts';
import { type NamedTables, readRunTables } from './run-tables.ts';

export interface NamedTexts {
  readonly tables: NamedTables;
  readonly tokenizer: Tokenizer;
}

/**
 * What a run config names, read: its tables, or its pictures cut to what the model sees.
 * @throws AppError 'task-unsupported' where the model is not made for the task, and what reading the files throws
 */
export async function readMaterial(
  runFile: string,
  config: RunConfig,
  files: ModelFiles,
  model: Model,
): Promise<NamedTexts | PictureMaterial> {
  const task = taskOf(config);
  // Says that the model does not fit before anything is asked of its files or of the data.
  task.plannedHead(config, model);
  if (task.reads === 'pictures')
    return { pictures: await readPictureTables(runFile, config, requireImageModel(model).input) };
  return { tokenizer: await openTokenizer(files), tables: await readRunTables(runFile, config) };
}
