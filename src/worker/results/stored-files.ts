import type { Directory, Parts } from '../../files/directory.ts';
import { storedFile } from '../../files/opfs-directory.ts';

/** One folder of the browser's own storage, whose files are handed on as they lie there; without storage, from memory. */
export class StoredFiles {
  constructor(
    private readonly storage: () => Promise<Directory>,
    private readonly root: () => Promise<FileSystemDirectoryHandle | null>,
    private readonly place: string,
  ) {}

  /** Writes one and gives it: its bytes are read when they are asked for. @throws AppError 'storage-full' */
  async write(path: string, parts: Parts): Promise<Blob> {
    await (await this.storage()).write(`${this.place}/${path}`, parts);
    return this.file(path);
  }

  /** @throws AppError 'file-missing' */
  async file(path: string): Promise<Blob> {
    const [root, at] = [await this.root(), `${this.place}/${path}`];
    return root ? storedFile(root, at) : new Blob([await (await this.storage()).read(at)]);
  }

  async clear(): Promise<void> {
    await (await this.storage()).remove(this.place);
  }
}
