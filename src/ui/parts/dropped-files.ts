import { comeFrom } from './folder-handles.ts';

/** Of an archive, for the file dialog. */
export const zipEnding = '.zip,application/zip';

export interface NamedFile {
  /** With the folder's name where one was dropped: `my-model/config.json`. */
  readonly path: string;
  readonly blob: File;
}

/** The files of a drop, folders opened. Must be called in the drop event itself: its data is gone afterwards. */
export async function droppedFiles(transfer: DataTransfer): Promise<NamedFile[]> {
  const handle = droppedFolder(transfer);
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return chosenFiles(transfer.files);
  const files = (await Promise.all(entries.map((entry) => filesOf(entry)))).flat();
  comeFrom(files, handle);
  return files;
}

/** What Chromium's drops have beyond the DOM types. */
interface HandleItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/** A single folder that was dropped, as something that a later visit can go back to. */
async function droppedFolder({ items }: DataTransfer): Promise<FileSystemDirectoryHandle | null> {
  const [item, ...more] = [...items] as HandleItem[];
  if (more.length > 0) return null;
  const handle = (await item?.getAsFileSystemHandle?.().catch(() => null)) ?? null;
  return handle?.kind === 'directory' ? (handle as FileSystemDirectoryHandle) : null;
}

/** The files of a file dialog, with their path where a folder was chosen. */
export function chosenFiles(list: FileList | readonly File[]): NamedFile[] {
  return [...list].map((blob) => ({ path: blob.webkitRelativePath || blob.name, blob }));
}

async function filesOf(entry: FileSystemEntry): Promise<NamedFile[]> {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    const blob = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path, blob }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: NamedFile[] = [];
  // A reader gives at most a hundred entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return files;
    for (const each of some) files.push(...(await filesOf(each)));
  }
}
