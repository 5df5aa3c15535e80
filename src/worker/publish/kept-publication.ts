import { AppError } from '../../errors.ts';
import type { StreamedFile } from '../../exports/target.ts';
import { type Directory, subdirectory } from '../../files/directory.ts';
import { jsonFile } from '../../files/json-file.ts';
import { storedFile } from '../../files/opfs-directory.ts';
import type { Publication } from './messages.ts';

/** A publication, and whether its repository was made. */
export interface KeptPublication extends Publication {
  readonly isCreated: boolean;
}

const place = 'publishing';

/** The one result that is about to be published, in the browser's storage. */
export class PublicationFolder {
  private readonly description = jsonFile(async () => this.folder(), 'publication.json');

  constructor(
    private readonly storage: () => Promise<Directory>,
    private readonly root: () => Promise<FileSystemDirectoryHandle | null>,
  ) {}

  private folder = async (): Promise<Directory> => subdirectory(await this.storage(), place);

  async clear(): Promise<void> {
    await (await this.storage()).remove(place);
  }

  /** Writes files, one after the other, and gives them as they lie there. @throws AppError 'storage-full' */
  async write(files: readonly StreamedFile[]): Promise<Map<string, Blob>> {
    const folder = await this.folder();
    for (const { path, parts } of files) await folder.write(`files/${path}`, parts);
    return this.files(files.map(({ path }) => path));
  }

  /** @throws AppError 'publish-unprepared' */
  async files(paths: readonly string[]): Promise<Map<string, Blob>> {
    const [root, folder] = [await this.root(), await this.folder()];
    const fileAt = async (path: string) =>
      root ? storedFile(root, `${place}/${path}`) : new Blob([await folder.read(path)]);
    const found = paths.map(async (path) => [path, await fileAt(`files/${path}`)] as const);
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
