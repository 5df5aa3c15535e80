import { AppError } from '../../errors.ts';
import type { Executor } from '../../plan/executor.ts';

/** Losses without a checkpoint between them after which a run stops: whatever costs the device will cost the next one. */
const mostInARow = 3;

/** Milliseconds that a lost device may take to say so, after what failed with it. */
const timeToTell = 500;

/** Counts how often a run has lost its device without getting on. */
export class DeviceLosses {
  private inARow = 0;
  private savedBefore: number;

  /** @param saved step of the newest checkpoint, 0 before the first */
  constructor(private saved: number) {
    this.savedBefore = saved;
  }

  /** A checkpoint was written. */
  savedAt(step: number): void {
    this.saved = step;
  }

  /** The run goes on from a checkpoint, which is an older one than was thought where the newest is damaged. */
  restoredAt(step: number): void {
    this.saved = step;
    this.savedBefore = Math.min(this.savedBefore, step);
  }

  /** The step that the run goes on from. */
  get from(): number {
    return this.saved;
  }

  /** One more. @throws AppError 'device-lost-again' where it is one too many */
  add({ params }: AppError): void {
    if (this.saved > this.savedBefore) this.inARow = 0;
    this.savedBefore = this.saved;
    if (++this.inARow < mostInARow) return;
    throw new AppError('device-lost-again', { times: mostInARow, ...params });
  }
}

/** The loss of the device, where that is why something failed; undefined where it is still there. */
export async function lossOf({ lost, isBroken }: Executor, thrown: unknown): Promise<AppError | undefined> {
  if (thrown instanceof AppError && thrown.code === 'device-lost') return thrown;
  // A device that is whole is not waited for.
  if (isBroken === false) return undefined;
  const silent = new Promise<undefined>((resolve) => setTimeout(resolve, timeToTell, undefined));
  return Promise.race([lost.catch((error: AppError) => error), silent]);
}

/** Does something on a device, once more where that is lost meanwhile. `work` must ask for it anew. */
export async function despiteLoss<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof AppError && thrown.code === 'device-lost') || tries === mostInARow) throw thrown;
    }
  }
}
