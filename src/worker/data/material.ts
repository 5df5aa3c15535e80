/** The open tables as a run learns from them. */
import { sampleTable } from '../../data/table-sample.ts';
import { AppError } from '../../errors.ts';
import type { Material, Pictures } from '../../tasks/material.ts';
import type { OpenedModel } from '../models/opened-model.ts';
import type { RunTables } from './opened-table.ts';
import { readOpenedPictures } from './pictures.ts';

/** Without a look into any picture. @throws AppError 'pictures-wanted' for a table and a model that reads no text */
export function materialOf(opened: OpenedModel, { table, validation }: RunTables): Material {
  const named = (from: typeof validation): Pictures | undefined => from?.pictures && { pictures: from.pictures.named };
  const training = named(table);
  if (training) return { pictures: { training, validation: named(validation) } };
  if (opened.tokenizer === null) throw new AppError('pictures-wanted', { modelType: opened.open.model.modelType });
  const tables = { training: table.table, validation: validation?.table };
  return { tokenizer: opened.tokenizer, tables };
}

/**
 * The same with every picture read and cut for the model.
 * @throws AppError 'picture-unreadable', 'pictures-wanted'
 */
export async function readMaterial(
  opened: OpenedModel,
  tables: RunTables,
  onProgress: (done: number, total: number) => void,
): Promise<Material> {
  const { model } = opened.open;
  const { table, validation } = tables;
  if (!table.pictures || model.kind === 'text') return materialOf(opened, tables);
  const read = (from: typeof validation) =>
    from?.pictures && readOpenedPictures(from.pictures, from.name, model.input, onProgress);
  const training = (await read(table))!;
  return { pictures: { training, validation: await read(validation) } };
}

/** What a preview looks at: of large tables a sample; pictures, of which none is read, are few enough. */
export function sampleMaterial(opened: OpenedModel, tables: RunTables, hasParents: boolean) {
  const material: Material = materialOf(opened, tables);
  if (!('tables' in material)) return { material, scale: 1, validationScale: 1 };
  const sample = sampleTable(tables.table.table, hasParents);
  const own = tables.validation && sampleTable(tables.validation.table, hasParents);
  return {
    material: { ...material, tables: { training: sample.table, validation: own?.table } },
    ...{ scale: sample.scale, validationScale: (own ?? sample).scale },
  };
}
