/**
 * A folder on the visitor's disk to keep runs in, remembered between visits. So far only Chromium lets a page ask for
 * one, and on a later visit it may be used again once the visitor has agreed.
 */
import { del, get, set } from 'idb-keyval';

/** What Chromium's handles have beyond the DOM types. */
interface PickedFolder extends FileSystemDirectoryHandle {
  queryPermission(access: { mode: 'readwrite' }): Promise<PermissionState>;
  requestPermission(access: { mode: 'readwrite' }): Promise<PermissionState>;
}

interface FolderPicker {
  showDirectoryPicker?(options: { id: string; mode: 'readwrite' }): Promise<PickedFolder>;
}

export interface RunsFolder {
  readonly handle: FileSystemDirectoryHandle;
  /** Whether it may be written to without asking again. */
  readonly allowed: boolean;
}

/** How the page comes by the folder; tests have one of their own. */
export interface RunsFolders {
  readonly canPick: boolean;
  /** The folder of the last visit. */
  remembered(): Promise<RunsFolder | null>;
  /** Asks for a folder; null where the visitor thinks better of it. Only in answer to a click. */
  pick(): Promise<RunsFolder | null>;
  /** Asks whether the remembered folder may be used again. Only in answer to a click. */
  allow(): Promise<RunsFolder | null>;
  forget(): Promise<void>;
}

const key = 'runs-folder';
const access = { mode: 'readwrite' } as const;
const picker = globalThis as FolderPicker;

export const runsFolders: RunsFolders = {
  canPick: picker.showDirectoryPicker !== undefined,
  async remembered() {
    const handle = await get<PickedFolder>(key).catch(() => undefined);
    return handle ? { handle, allowed: (await handle.queryPermission(access)) === 'granted' } : null;
  },
  async pick() {
    try {
      const handle = await picker.showDirectoryPicker!({ id: 'runs', ...access });
      await set(key, handle);
      return { handle, allowed: true };
    } catch (thrown) {
      if (thrown instanceof DOMException && thrown.name === 'AbortError') return null;
      throw thrown;
    }
  },
  async allow() {
    const handle = await get<PickedFolder>(key);
    return handle ? { handle, allowed: (await handle.requestPermission(access)) === 'granted' } : null;
  },
  forget: () => del(key),
};
