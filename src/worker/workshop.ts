import { AppError } from '../errors.ts';
import { type Directory, subdirectory } from '../files/directory.ts';
import { jsonFile } from '../files/json-file.ts';
import { memoryDirectory } from '../files/memory-directory.ts';
import { opfsDirectory } from '../files/opfs-directory.ts';
import { noServerKey } from '../generation/chat-server.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { Calibrations } from '../training/run/calibrations.ts';
import type { OpenAdapter } from '../training/session/adapter-tuning.ts';
import type { OpenedTable, RunTables } from './data/opened-table.ts';
import { Executors } from './device/executors.ts';
import { HubLine } from './models/hub-access.ts';
import type { OpenedModel } from './models/opened-model.ts';
import type { ActiveRun } from './runs/active-run.ts';
import { OpenFolders } from './runs/open-folders.ts';
import { RunLocks } from './runs/run-locks.ts';
import { RunTurn } from './runs/run-turn.ts';
import type { Emit } from './serve.ts';

/** What the worker holds between requests. */
export class Workshop {
  readonly executors = new Executors(
    jsonFile(() => this.storage(), 'tiles.json'),
    new Calibrations(jsonFile(() => this.storage(), 'calibrations.json')),
  );
  /** Whether the visitor looks at the page; browsers slow down what nobody sees. */
  isWatched = true;
  model: OpenedModel | null = null;
  /** Breaks off the download under way; what came stays in the cache. */
  download: AbortController | null = null;
  /** Settles when the last model that was opened is there, or has failed. */
  opening: Promise<unknown> = Promise.resolve();
  /** What the run config's `init_from` names. */
  adapter: { readonly name: string; readonly adapter: OpenAdapter } | null = null;
  table: OpenedTable | null = null;
  /** Read where validation_strategy is custom. */
  validation: OpenedTable | null = null;
  /** The run whose weights are on the device: training, paused, or at rest and ready to chat. */
  active: ActiveRun | null = null;
  readonly turn = new RunTurn();
  readonly folders = new OpenFolders();
  /** What the visitor was asked in this visit, and need not be asked again. */
  readonly asked = new Set<string>();
  readonly locks = new RunLocks(() => this.emit('runsChanged', {}));
  /** Runs of which model and data are being hashed. */
  readonly identifying = new Map<string, Promise<void>>();
  /** Never stored. */
  judgeKey = noServerKey;
  /** Of who signed in to a Hub; never stored. */
  signedIn: { readonly endpoint: string; readonly token: string } | null = null;
  private root: Promise<FileSystemDirectoryHandle | null> | null = null;
  private stored: Promise<Directory> | null = null;
  private runsFolder: Directory | null = null;
  private ownRuns: Directory | null = null;

  readonly hub: HubLine;

  constructor(readonly emit: Emit) {
    this.hub = new HubLine(emit);
  }

  /**
   * The browser's own storage. Where it gives none (private windows of some browsers, addresses without https)
   * everything is held in memory, and the page is told.
   */
  storage(): Promise<Directory> {
    this.stored ??= this.storageRoot().then((root) => {
      if (root) return opfsDirectory(root);
      this.emit('nothingKept', {});
      return memoryDirectory();
    });
    return this.stored;
  }

  /** Where the browser's own storage lies; null where it gives none. */
  storageRoot(): Promise<FileSystemDirectoryHandle | null> {
    this.root ??= openStorage();
    return this.root;
  }

  /** Where runs are kept: a folder of the visitor's, or a part of the browser's own storage. */
  async runs(): Promise<Directory> {
    this.ownRuns ??= subdirectory(await this.storage(), 'runs');
    return this.runsFolder ?? this.ownRuns;
  }

  /** From now on runs are kept in that folder, and those that lie there are listed; null: in the browser. */
  keepRunsIn(folder: FileSystemDirectoryHandle | null): void {
    this.release();
    this.runsFolder = folder && opfsDirectory(folder);
  }

  /** Whether the page is looked at, from now on. */
  watch(watched: boolean): void {
    this.isWatched = watched;
    this.active?.watch(watched);
  }

  /** Frees the device of the run before. */
  release(): void {
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

async function openStorage(): Promise<FileSystemDirectoryHandle | null> {
  try {
    return await navigator.storage.getDirectory();
  } catch (cause) {
    console.warn('Nothing is kept after this page: the browser gives it no storage', cause);
    return null;
  }
}
