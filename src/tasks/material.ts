/** What a run learns from, as it was opened. A task takes one kind of it. */
import type { TableRows } from '../data/columns.ts';
import type { BuiltExample } from '../data/examples.ts';
import type { PictureFile } from '../data/pictures.ts';
import { AppError } from '../errors.ts';
import type { ImageModel, TextModel } from '../models/model.ts';
import type { Tokenizer } from '../text/tokenizer.ts';

export interface Tables {
  readonly training: TableRows;
  /** Read where validation_strategy is custom. */
  readonly validation?: TableRows | undefined;
}

/** What became of the rows, in their order. */
export interface EncodedRows {
  readonly training: readonly BuiltExample[];
  readonly validation: readonly BuiltExample[];
}

export interface TextMaterial {
  readonly tables: Tables;
  readonly tokenizer: Tokenizer;
  /** Where the rows were encoded ahead. */
  readonly encoded?: EncodedRows | undefined;
}

/** Pictures; those that are only counted were not read. */
export interface Pictures {
  readonly pictures: readonly (PictureFile & { readonly pixels?: Uint8Array })[];
}

export interface PictureTables {
  readonly training: Pictures;
  /** Read where validation_strategy is custom. */
  readonly validation?: Pictures | undefined;
}

export interface PictureMaterial {
  readonly pictures: PictureTables;
}

export type Material = TextMaterial | PictureMaterial;

/** @throws AppError 'task-unsupported' where pictures are open */
export function requireTexts(material: Material, { modelType }: TextModel): TextMaterial {
  if (!('tables' in material)) throw new AppError('task-unsupported', { modelType, task: 'text' });
  return material;
}

/** @throws AppError 'task-unsupported' where a table is open */
export function requirePictures(material: Material, { modelType }: ImageModel): PictureMaterial {
  if ('pictures' in material) return material;
  throw new AppError('task-unsupported', { modelType, task: 'text' });
}
