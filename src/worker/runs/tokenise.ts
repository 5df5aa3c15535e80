import { AppError } from '../../errors.ts';
import type { TokeniseAnswer, TokeniseThread } from '../../training/session/tokenise.ts';

/** A worker of its own to tokenise in. */
export function tokeniseWorker(): TokeniseThread {
  const worker = new Worker(new URL('./tokenise-worker.ts', import.meta.url), { type: 'module', name: 'tokenise' });
  const next = (): Promise<TokeniseAnswer> =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data as TokeniseAnswer);
      worker.onerror = ({ message }) => reject(new AppError('internal', { reason: message || 'tokenising stopped' }));
    });
  return { send: (request) => worker.postMessage(request), answer: next, close: () => worker.terminate() };
}
