/**
 * The folder on disk that a model was opened from, remembered so that a later visit opens it with one click. So far
 * Chromium alone gives a page something to remember.
 */
import { get, set } from 'idb-keyval';
import { filesOfHandle } from '../parts/folder-files.ts';
import { handleOf } from '../parts/folder-handles.ts';
import type { Folder } from './folder.ts';

/** What Chromium's handles have beyond the DOM types. */
interface AskableFolder extends FileSystemDirectoryHandle {
  queryPermission?(access: { mode: 'read' }): Promise<PermissionState>;
  requestPermission?(access: { mode: 'read' }): Promise<PermissionState>;
}

const key = 'model-folder';
const access = { mode: 'read' } as const;

export async function rememberFolder(files: readonly object[]): Promise<void> {
  const handle = await handleOf(files);
  await set(key, handle).catch(() => {});
}

export async function rememberedFolder(): Promise<Folder | null> {
  const handle = await get<AskableFolder | null>(key).catch(() => null);
  if (!handle) return null;
  return {
    name: handle.name,
    async files(ask) {
      const state = ask ? await handle.requestPermission?.(access) : await handle.queryPermission?.(access);
      return state === 'granted' ? filesOfHandle(handle) : null;
    },
  };
}
