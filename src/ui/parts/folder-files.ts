import type { NamedFile } from './dropped-files.ts';
import { comeFrom } from './folder-handles.ts';

interface FolderPicker {
  showDirectoryPicker(options: { mode: 'read' }): Promise<FileSystemDirectoryHandle>;
}

/** Asks for a folder: its files, null where the visitor thinks better of it, undefined where the browser refuses to ask. */
export async function pickFolder(): Promise<readonly NamedFile[] | null | undefined> {
  let handle: FileSystemDirectoryHandle;
  try {
    handle = await (globalThis as unknown as FolderPicker).showDirectoryPicker({ mode: 'read' });
  } catch (thrown) {
    return thrown instanceof DOMException && thrown.name === 'AbortError' ? null : undefined;
  }
  const files = await filesOfHandle(handle);
  comeFrom(files, Promise.resolve(handle));
  return files;
}

/** All files of a folder and of those inside it, with the folder's name in front as a drop gives them. */
export async function filesOfHandle(folder: FileSystemDirectoryHandle, path = folder.name): Promise<NamedFile[]> {
  const found: NamedFile[] = [];
  for await (const [name, handle] of folder.entries()) {
    const inside = `${path}/${name}`;
    if (handle.kind === 'file') found.push({ path: inside, blob: await (handle as FileSystemFileHandle).getFile() });
    else found.push(...(await filesOfHandle(handle as FileSystemDirectoryHandle, inside)));
  }
  return found;
}
