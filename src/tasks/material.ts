/** What a run learns from, as it was opened. A task takes one kind of it. */
import type { RowList } from '../data/built-rows.ts';
import type { TableRows } from '../data/columns.ts';
import type { BuiltExample } from '../data/examples.ts';
import type { PictureFile } from '../data/pictures.ts';
import { longestRows, sampleTable } from '../data/table-sample.ts';
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
  readonly training: RowList<BuiltExample>;
  readonly validation: RowList<BuiltExample>;
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

/** Training rows that stand for all of them. */
export interface MaterialSample {
  readonly sample: Material;
  /** Rows of the whole for each of the sample. */
  readonly scale: number;
  /** The longest rows, where the sample may lack them. */
  readonly longest: Material | null;
}

/** Rows of longest ones that are looked at beside a sample. */
const longestCount = 16;

/** Of a large table a sample; pictures, of which none is read for that, are few enough. */
export function sampleOf(material: Material, hasParents: boolean, characters: number): MaterialSample {
  if (!('tables' in material)) return { sample: material, scale: 1, longest: null };
  const { tokenizer, tables } = material;
  const { table, scale } = sampleTable(tables.training, hasParents, characters);
  const only = (training: TableRows): Material => ({ tokenizer, tables: { training } });
  const lacks = scale > 1 && !hasParents;
  return { sample: only(table), scale, longest: lacks ? only(longestRows(tables.training, longestCount)) : null };
}

/** @throws AppError 'table-wanted' where pictures are open */
export function requireTexts(material: Material, { modelType }: TextModel): TextMaterial {
  if (!('tables' in material)) throw new AppError('table-wanted', { modelType });
  return material;
}

/** @throws AppError 'pictures-wanted' where a table is open */
export function requirePictures(material: Material, { modelType }: ImageModel): PictureMaterial {
  if ('pictures' in material) return material;
  throw new AppError('pictures-wanted', { modelType });
}
