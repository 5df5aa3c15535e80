import { AppError } from '../errors.ts';

/**
 * Breaks off what nothing comes of.
 * @param ask is given a signal to end by, and what it calls for every sign of life
 * @param stopped ends it, too
 * @throws AppError 'publish-stalled' after `limitMs` without one; the reason of `stopped`; what `ask` throws
 */
export async function unlessStalled<T>(
  host: string,
  limitMs: number,
  stopped: AbortSignal | null | undefined,
  ask: (signal: AbortSignal, alive: () => void) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const giveUp = () => late.abort(new AppError('publish-stalled', { host, seconds: Math.round(limitMs / 1000) }));
  let timer = setTimeout(giveUp, limitMs);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, limitMs);
  };
  // What is asked may not look at the signal.
  const ended = new Promise<never>((_, reject) => {
    late.signal.addEventListener('abort', () => reject(late.signal.reason));
  });
  try {
    return await Promise.race([ask(stopped ? AbortSignal.any([late.signal, stopped]) : late.signal, alive), ended]);
  } catch (thrown) {
    if (stopped?.aborted) throw stopped.reason;
    throw late.signal.aborted ? late.signal.reason : thrown;
  } finally {
    clearTimeout(timer);
  }
}
