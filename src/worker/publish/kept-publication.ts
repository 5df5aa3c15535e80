import { AppError } from '../../errors.ts';
import type { StreamedFile } from '../../exports/target.ts';
import { type Directory, subdirectory } from '../../files/directory.ts';
import { jsonFile } from '../../files/json-file.ts';
import { StoredFiles } from '../results/stored-files.ts';
import type { Publication } from './messages.ts';

/** A publication, and whether its repository was made. */
export interface KeptPublication extends Publication {
  readonly isCreated: boolean;
}

const place = 'publishing';

/** The one result that is about to be published, in the browser's storage. */
export class PublicationFolder {
  private readonly description = jsonFile(async () => subdirectory(await this.storage(), place), 'publication.json');

  private readonly stored: StoredFiles;

  constructor(
    private readonly storage: () => Promise<Directory>,
    root: () => Promise<FileSystemDirectoryHandle | null>,
  ) {
    this.stored = new StoredFiles(storage, root, `${place}/files`);
  }

  async clear(): Promise<void> {
    await (await this.storage()).remove(place);
  }

  /** Writes files, one after the other, and gives them as they lie there. @throws AppError 'storage-full' */
  async write(files: readonly StreamedFile[]): Promise<Map<string, Blob>> {
    for (const { path, parts } of files) await this.stored.write(path, parts);
    return this.files(files.map(({ path }) => path));
  }

  /** @throws AppError 'publish-unprepared' */
  async files(paths: readonly string[]): Promise<Map<string, Blob>> {
    const found = paths.map(async (path) => [path, await this.stored.file(path)] as const);
    return new Map(await Promise.all(found).catch(unprepared));
  }

  save(publication: KeptPublication): Promise<void> {
    return this.description.save(publication);
  }

  /** @throws AppError 'publish-unprepared' */
  async load(): Promise<KeptPublication> {
    return (await this.description.load().catch(unprepared)) as KeptPublication;
  }
}

function unprepared(cause: unknown): never {
  throw new AppError('publish-unprepared', {}, { cause });
}
