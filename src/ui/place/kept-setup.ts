import type { RunConfig } from '../../training/config/run-config.ts';
import type { DataSource, ModelSource } from '../../worker/protocol.ts';
import type { Folder } from './folder.ts';

type Hub = Extract<ModelSource, { kind: 'hub' }>;

/** Where the model comes from, as far as that can be kept: no token, and of a folder on disk its name. */
export type KeptModel =
  | { readonly kind: 'example' }
  | Omit<Hub, 'token'>
  | { readonly kind: 'folder'; readonly name: string };

/** A table: where it comes from, or the name of one that the visitor must choose again. */
export type KeptTable =
  | Extract<DataSource, { kind: 'example' | 'hub' | 'kept' | 'run' | 'choices' }>
  | { readonly kind: 'named'; readonly name: string };

/** What the page is set up with, from one visit to the next. */
export interface KeptSetup {
  readonly model: KeptModel | null;
  readonly table: KeptTable | null;
  readonly validation: KeptTable | null;
  /** A run whose adapter is trained on. */
  readonly adapterOf: string | null;
  readonly config: RunConfig;
  /** What of it the visitor set, and whether the example's settings are in it. */
  readonly own: readonly string[];
  readonly fromExample: boolean;
}

/** The parts of the set-up that are opened. */
export type Parts = Omit<KeptSetup, 'config' | 'own' | 'fromExample'>;

/** Where the set-up is kept; tests have a place of their own. */
export interface Setups {
  load(): KeptSetup | null;
  save(setup: KeptSetup | null): void;
  /** The folder that the kept model was opened from, where the browser can go back to it. */
  folder(): Promise<Folder | null>;
  keepFolder(files: readonly { readonly path: string; readonly blob: Blob }[]): Promise<void>;
}

export const noSetups: Setups = {
  load: () => null,
  save: () => {},
  folder: async () => null,
  keepFolder: async () => {},
};

const key = 'atelier-setup';

/** Each tab comes back to its own set-up; a new one to the last of all. */
export const setups: Setups = {
  load() {
    try {
      const text = sessionStorage.getItem(key) ?? localStorage.getItem(key);
      return text === null ? null : (JSON.parse(text) as KeptSetup);
    } catch {
      return null;
    }
  },
  save(setup) {
    try {
      for (const storage of [sessionStorage, localStorage]) {
        if (setup === null) storage.removeItem(key);
        else storage.setItem(key, JSON.stringify(setup));
      }
    } catch {
      // Storage may be switched off or full: the set-up then ends with the visit.
    }
  },
  async folder() {
    return (await import('./model-folder.ts')).rememberedFolder();
  },
  async keepFolder(files) {
    await (await import('./model-folder.ts')).rememberFolder(files);
  },
};
