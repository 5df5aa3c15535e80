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
 * @throws AppError 'task-unsupported' for pictures and a model that reads text, and what reading the files throws
 */
export async function readMaterial(
  runFile: string,
  config: RunConfig,
  files: ModelFiles,
  model: Model,
): Promise<NamedTexts | PictureMaterial> {
  if (taskOf(config).reads === 'pictures')
    return { pictures: await readPictureTables(runFile, config, requireImageModel(model).input) };
  return { tokenizer: await openTokenizer(files), tables: await readRunTables(runFile, config) };
}
