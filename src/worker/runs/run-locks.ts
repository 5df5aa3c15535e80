import { AppError } from '../../errors.ts';

const prefix = 'atelier-run ';

/** The part of `navigator.locks` that is used. */
export type Locks = Pick<LockManager, 'request' | 'query'>;

/** What tells the other tabs that a run has begun, has ended or is gone. */
export interface Neighbours {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: () => void): void;
}

/** A run that this tab has, and how many here still need it: it may be renamed while it begins to train. */
interface Held {
  readonly free: () => void;
  users: number;
}

/**
 * Of all tabs one writes into a run (Web Locks, which go with a tab that is closed or crashes). Where the browser has no
 * Web Locks every tab may.
 */
export class RunLocks {
  private readonly held = new Map<string, Held>();
  private readonly watched = new Set<string>();

  /** @param changed is called when another tab took up or let go of a run */
  constructor(
    private readonly changed: () => void,
    private readonly locks: Locks | undefined = globalThis.navigator?.locks,
    private readonly neighbours: Neighbours | null = locks ? new BroadcastChannel('atelier-runs') : null,
  ) {
    neighbours?.addEventListener('message', changed);
  }

  /** Keeps a run to this tab until as many have let it go as took it. @throws AppError 'run-elsewhere' where another tab has it */
  async take(id: string): Promise<void> {
    const held = this.held.get(id);
    if (held) {
      held.users++;
      return;
    }
    if (!(await this.hold(id))) throw new AppError('run-elsewhere');
    this.tell();
  }

  release(id: string): void {
    const held = this.held.get(id);
    if (!held || --held.users > 0) return;
    held.free();
    this.held.delete(id);
    this.tell();
  }

  /** Whether other tabs keep to them. */
  get areKept(): boolean {
    return this.locks !== undefined;
  }

  /** Whether this tab has a run. */
  has(id: string): boolean {
    return this.held.has(id);
  }

  /** Changes a run while no other tab writes into it. @throws AppError 'run-elsewhere' */
  async during<T>(id: string, change: () => Promise<T>): Promise<T> {
    await this.take(id);
    try {
      return await change();
    } finally {
      this.release(id);
    }
  }

  /** Ids of the runs that other tabs have; when one is let go of, `changed` is called. */
  async elsewhere(): Promise<ReadonlySet<string>> {
    const found = (await this.locks?.query().catch(() => undefined))?.held ?? [];
    const ids = found.flatMap(({ name }) => (name?.startsWith(prefix) ? [name.slice(prefix.length)] : []));
    const others = ids.filter((id) => !this.held.has(id));
    for (const id of others) this.watch(id);
    return new Set(others);
  }

  /** Whether the lock is had; true, too, where the browser refuses to lock anything. */
  private hold(id: string): Promise<boolean> {
    const { locks } = this;
    if (!locks) {
      this.held.set(id, { free: () => {}, users: 1 });
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const whenHad = (lock: Lock | null) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise<void>((free) => this.held.set(id, { free, users: 1 }));
      };
      locks.request(prefix + id, { ifAvailable: true }, whenHad).catch(() => resolve(true));
    });
  }

  /** A tab that crashed tells nobody: its lock is waited for, and given back at once. */
  private watch(id: string): void {
    if (this.watched.has(id)) return;
    this.watched.add(id);
    const given = () => {
      this.watched.delete(id);
    };
    this.locks?.request(prefix + id, { mode: 'shared' }, given).then(this.changed, () => {});
  }

  private tell(): void {
    this.neighbours?.postMessage('changed');
  }
}
