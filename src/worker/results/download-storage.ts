import type { Directory, Parts } from '../../files/directory.ts';
import { randomId } from '../../files/random-id.ts';
import { StoredFiles } from './stored-files.ts';

const place = 'downloads';

/** Milliseconds that a download has to be read by the browser, which tells nobody when it has been. */
const kept = 10 * 60_000;

export interface StoredDownload {
  readonly blob: Blob;
  remove(): Promise<void>;
  /** From now on the browser saves it, and then it is of no more use. */
  handOver(): void;
}

/**
 * Files that are about to be saved, for some minutes each: in the browser's own storage, so that a model lies in no
 * process's memory. What a closed tab left is removed by the next.
 */
export class DownloadStorage {
  private readonly tab = randomId(16);
  private ready: Promise<void> | null = null;
  private count = 0;

  constructor(
    private readonly storage: () => Promise<Directory>,
    private readonly root: () => Promise<FileSystemDirectoryHandle | null>,
  ) {}

  /** Whether there is storage at all: some browsers have none in private windows. */
  async isThere(): Promise<boolean> {
    return 'locks' in navigator && (await this.root()) !== null;
  }

  /** @throws AppError 'storage-full', and whatever the parts throw */
  async write(name: string, parts: Parts): Promise<StoredDownload> {
    this.ready ??= this.begin();
    await this.ready;
    const folder = `${place}/${this.tab}/${this.count++}`;
    const files = new StoredFiles(this.storage, this.root, folder);
    const remove = () => files.clear().catch(() => {});
    try {
      const blob = await files.write(name, parts);
      return { blob, remove, handOver: () => void setTimeout(remove, kept) };
    } catch (thrown) {
      await remove();
      throw thrown;
    }
  }

  /** Removes what tabs left that are no more. */
  async sweep(): Promise<void> {
    if (!(await this.isThere())) return;
    const storage = await this.storage();
    for (const { name } of await storage.list(place))
      await navigator.locks.request(lockOf(name), { ifAvailable: true }, async (lock) => {
        if (lock) await storage.remove(`${place}/${name}`);
      });
  }

  /** Holds this tab's lock for as long as the tab is there. */
  private begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      const held = navigator.locks.request(lockOf(this.tab), () => {
        resolve();
        return new Promise(() => {});
      });
      held.catch(reject);
    });
  }
}

const lockOf = (tab: string) => `atelier-download-${tab}`;
