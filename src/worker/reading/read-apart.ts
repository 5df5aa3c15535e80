import { AppError } from '../../errors.ts';
import { type Given, type Made, type Work, works } from './works.ts';

/** What the worker says: that it begins, how far it is, and at last what it made. */
export type FromReader =
  | { readonly begun: true }
  | { readonly done: number; readonly total: number }
  | { readonly made: unknown }
  | { readonly failed: Pick<AppError, 'code' | 'params'> };

/** Seconds without a sign of life after which a reader is ended: for any file, and more for each byte of it. */
const leastSeconds = 10;
const secondsPerByte = 1 / 5e6;
/** Seconds until it has to have begun: its code may have to come from a server first. */
const secondsToBegin = 60;

interface Reading {
  /** For what is said where it takes too long. */
  readonly file: string;
  /** Of what is read. */
  readonly bytes: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads a stranger's file in a worker of its own. One that hangs there is ended: chat, plans and a run that trains are in
 * this worker, and go on. Where there are no workers in workers it is read here.
 * @throws AppError 'reading-too-long', and those of the reader
 */
export async function readApart<W extends Work>(work: W, given: Given<W>, reading: Reading): Promise<Made<W>> {
  if (typeof Worker === 'undefined') return (await works[work]())(given, reading.onProgress ?? (() => {}));
  const worker = new Worker(new URL('./reading-worker.ts', import.meta.url), { type: 'module', name: 'reading' });
  try {
    return await answerOf<W>(worker, { work, given }, reading);
  } finally {
    worker.terminate();
  }
}

function answerOf<W extends Work>(worker: Worker, request: unknown, { file, bytes, onProgress }: Reading) {
  return new Promise<Made<W>>((resolve, reject) => {
    const patience = leastSeconds + Math.floor(bytes * secondsPerByte);
    // Looks are counted, not time: a computer that sleeps between two has waited for one.
    let [looks, most] = [0, secondsToBegin];
    const timer = setInterval(() => {
      if (++looks >= most) end(() => reject(new AppError('reading-too-long', { file, seconds: most })));
    }, 1000);
    const end = (say: () => void) => {
      clearInterval(timer);
      say();
    };
    worker.onerror = () => end(() => reject(new AppError('code-missing')));
    worker.onmessage = ({ data }: { data: FromReader }) => {
      [looks, most] = [0, patience];
      try {
        if ('done' in data) onProgress?.(data.done, data.total);
      } catch (thrown) {
        // Whoever waits has given it up.
        end(() => reject(thrown));
      }
      if ('made' in data) end(() => resolve(data.made as Made<W>));
      if ('failed' in data) end(() => reject(new AppError(data.failed.code, data.failed.params)));
    };
    worker.postMessage(request);
  });
}
