import type { ModelFiles } from '../files/source.ts';
import { type Model, requireImageModel } from '../models/model.ts';
import type { PictureMaterial } from '../tasks/material.ts';
import { taskOf } from '../tasks/registry.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { openTokenizer } from '../training/session/open-model.ts';
import { problemLines, tableProblems, templateInWords } from './data-words.ts';
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

/** What in its tables is not as it should be, and the template that their rows are written in. */
export function materialInWords(material: NamedTexts | PictureMaterial, config: RunConfig): string[] {
  if (!('tables' in material)) return [];
  const template = taskOf(config).template(config);
  const problems = problemLines(tableProblems(material.tables, config));
  return template ? [...problems, templateInWords(template, material.tokenizer)] : problems;
}
