import type { PictureFile } from '../../data/pictures.ts';
import type { Table } from '../../data/table.ts';
import type { ModelFiles } from '../../files/source.ts';

/** What stands in a table's place where pictures are learned from: files, and which class each shows. */
export interface OpenedPictures {
  readonly files: ModelFiles;
  /** The same as they were given, which cross threads. */
  readonly blobs: ReadonlyMap<string, Blob>;
  readonly named: readonly PictureFile[];
}

export interface OpenedTable {
  readonly name: string;
  /** The files as they were given: a run keeps a copy, so that it can be resumed after the page was closed. */
  readonly blobs: readonly Blob[];
  readonly table: Table;
  /** Where it stands for pictures. */
  readonly pictures?: OpenedPictures;
}

/** The tables of a run. */
export interface RunTables {
  readonly table: OpenedTable;
  readonly validation: OpenedTable | null;
}
