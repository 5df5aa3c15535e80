import { AppError } from '../errors.ts';

/** How long a server is waited for. */
export interface Patience {
  /** A request that brings fewer than `leastBytes` in so long is given up, and made again. */
  readonly stallMs: number;
  /** Before the second try, doubled for each further one. */
  readonly retryDelayMs: number;
  /** The longest wait that a server may ask for (Retry-After); more is an error. */
  readonly longestWaitMs: number;
  /** Tells the visitor why it goes on later: nobody waits for long without a word. */
  readonly onWait: (wait: Wait) => void;
}

export interface Wait {
  readonly reason: AppError;
  /** Until the next try; 0 where somebody else is waited for. */
  readonly waitMs: number;
}

/** What of a request is about waiting. */
export interface Waiting {
  readonly patience?: Partial<Patience> | undefined;
  /** Breaks off whatever is under way; asked for each request, since the files of an open model are read later, too. */
  readonly signal?: (() => AbortSignal) | undefined;
}

/** A try is said to have failed within half a minute. */
const usual: Patience = { stallMs: 15_000, retryDelayMs: 500, longestWaitMs: 120_000, onWait: () => {} };

export const patienceOf = ({ patience }: Waiting): Patience => ({ ...usual, ...patience });

/** Aborted when any of them is; undefined where there is none. */
export function anySignal(...signals: readonly (AbortSignal | null | undefined)[]): AbortSignal | undefined {
  const some = signals.filter((signal) => signal != null);
  return some.length < 2 ? some[0] : AbortSignal.any(some);
}

/** Whether trying again may help: the line dropped or stalled, or the server is busy or broken for the moment. */
export function isPassing(error: unknown): error is AppError {
  if (!(error instanceof AppError)) return false;
  const status = Number(error.params.status);
  return (
    error.code === 'hub-offline' ||
    error.code === 'hub-stalled' ||
    (error.code === 'hub-failed' && (status >= 500 || status === 429 || status === 408))
  );
}

/**
 * Tries until it works, as often as `attempts` says where a failure may pass.
 * @throws what the last try threw; `hub-busy`; the signal's reason
 */
export async function patiently<T>(
  attempt: () => Promise<T>,
  waiting: Waiting,
  attempts: number,
  signal?: AbortSignal,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (failures >= attempts || !isPassing(error)) throw error;
      await waitToTryAgain(error, failures, waiting, signal);
    }
  }
}

/**
 * Waits after a failure, for as long as the server asks where it does.
 * @throws `hub-busy` where it asks for more than the patience there is; the signal's reason
 */
export async function waitToTryAgain(
  reason: AppError,
  failures: number,
  waiting: Waiting,
  signal?: AbortSignal,
): Promise<void> {
  const { retryDelayMs, longestWaitMs, onWait } = patienceOf(waiting);
  const askedMs = Number(reason.params.retryAfter ?? 0) * 1000;
  if (askedMs > longestWaitMs) {
    const minutes = Math.ceil(askedMs / 60_000);
    throw new AppError('hub-busy', { host: reason.params.host ?? '', minutes }, { cause: reason });
  }
  const waitMs = Math.max(askedMs, retryDelayMs * 2 ** (failures - 1));
  onWait({ reason, waitMs });
  await pause(waitMs, anySignal(signal, waiting.signal?.()));
}

/** @param now milliseconds since 1970 @returns the seconds that a Retry-After asks for; 0 for what asks for none */
export function retryAfterSeconds(header: string | null, now = Date.now()): number {
  if (header === null) return 0;
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
