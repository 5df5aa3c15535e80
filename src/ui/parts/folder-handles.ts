/** The folder that some files were read from, where the browser gave one that it can go back to. */
const handles = new WeakMap<object, Promise<FileSystemDirectoryHandle | null>>();

export function comeFrom(files: object, handle: Promise<FileSystemDirectoryHandle | null>): void {
  handles.set(files, handle);
}

export const handleOf = (files: object): Promise<FileSystemDirectoryHandle | null> =>
  handles.get(files) ?? Promise.resolve(null);
