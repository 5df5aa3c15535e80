import type { Table } from '../data/table.ts';
import { AppError } from '../errors.ts';
import { type Directory, subdirectory } from '../files/directory.ts';
import { jsonFile } from '../files/json-file.ts';
import { opfsDirectory } from '../files/opfs-directory.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { OpenAdapter } from '../training/adapter-tuning.ts';
import type { OpenModel } from '../training/open-model.ts';
import type { RunConfig } from '../training/run-config.ts';
import type { ActiveRun } from './active-run.ts';
import { Executors } from './executors.ts';
import type { OpenedPictures } from './pictures.ts';
import type { ModelSource } from './protocol.ts';
import type { RunTables } from './run-tables.ts';
import { RunTurn } from './run-turn.ts';
import type { Emit } from './serve.ts';

export interface OpenedModel {
  readonly source: ModelSource;
  readonly name: string;
  readonly open: OpenModel;
  /** Null of a model that reads no text. */
  readonly tokenizer: Tokenizer | null;
}

/** @throws AppError 'task-unsupported' for a model that reads no text */
export function tokenizerOf({ tokenizer, open }: OpenedModel): Tokenizer {
  if (tokenizer) return tokenizer;
  throw new AppError('task-unsupported', { modelType: open.model.modelType, task: 'text' });
}

/** The same files with the model for another task. */
export const reopened = (opened: OpenedModel, open: OpenModel): OpenedModel => ({ ...opened, open });

export interface OpenedTable {
  readonly name: string;
  /** The files as they were given: a run keeps a copy, so that it can be resumed after the page was closed. */
  readonly blobs: readonly Blob[];
  readonly table: Table;
  /** Where it stands for pictures. */
  readonly pictures?: OpenedPictures;
}

/** What the worker holds between requests. */
export class Workshop {
  readonly executors = new Executors(jsonFile(() => this.storage(), 'tiles.json'));
  model: OpenedModel | null = null;
  /** Breaks off the download under way; what came stays in the cache. */
  download: AbortController | null = null;
  /** What the run config's `init_from` names. */
  adapter: { readonly name: string; readonly adapter: OpenAdapter } | null = null;
  table: OpenedTable | null = null;
  /** Read where validation_strategy is custom. */
  validation: OpenedTable | null = null;
  /** The run whose weights are on the device: training, paused, or at rest and ready to chat. */
  active: ActiveRun | null = null;
  readonly turn = new RunTurn(() => this.active?.goingOn === true);
  /** Of the judge's endpoint; never stored. */
  judgeKey = '';
  private root: Promise<Directory> | null = null;
  private runsFolder: Directory | null = null;

  constructor(readonly emit: Emit) {}

  /** The browser's own storage. */
  storage(): Promise<Directory> {
    this.root ??= navigator.storage.getDirectory().then(opfsDirectory);
    return this.root;
  }

  /** Where runs are kept: a folder of the visitor's, or a part of the browser's own storage. */
  async runs(): Promise<Directory> {
    return this.runsFolder ?? subdirectory(await this.storage(), 'runs');
  }

  /** From now on runs are kept in that folder, and those that lie there are listed; null: in the browser. */
  keepRunsIn(folder: FileSystemDirectoryHandle | null): void {
    this.release();
    this.runsFolder = folder && opfsDirectory(folder);
  }

  /** Frees the device of the run before. */
  release(): void {
    this.active?.stop();
    this.active?.dispose();
    this.active = null;
  }

  requireModel(): OpenedModel {
    if (!this.model) throw new AppError('internal', { reason: 'no model is open' });
    return this.model;
  }

  /** What a run reads: the validation file only where the config asks for it. */
  tablesFor({ dataset }: RunConfig): RunTables {
    const own = dataset.validation_strategy === 'custom';
    return { table: this.requireTable(), validation: own ? this.validation : null };
  }

  requireTable(): OpenedTable {
    if (!this.table) throw new AppError('internal', { reason: 'no table is open' });
    return this.table;
  }
}
