import { AppError } from '../errors.ts';
import type { EventName, Events, FromWorker, RequestName, Requests, ToWorker } from './protocol.ts';
import { type StepColumns, stepsOf } from './runs/step-columns.ts';

export { packSteps } from './runs/step-columns.ts';

/** The page's side of the protocol. */
export interface Client {
  /** Asks the worker. Rejects with an AppError and with nothing else. */
  request<R extends RequestName>(name: R, params: Requests[R]['params']): Promise<Requests[R]['result']>;
  /** Listens to one kind of event; returns what stops it. */
  on<E extends EventName>(event: E, listener: (data: Events[E]) => void): () => void;
}

/** The part of a Worker that the client needs. */
export interface WorkerPort {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'error' | 'messageerror', listener: (event: { message?: string }) => void): void;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: AppError) => void;
}

/**
 * Speaks the protocol over a worker. Once the worker itself breaks (it could not be loaded, say), every open and every
 * later request fails with 'internal'.
 */
export function createClient(port: WorkerPort): Client {
  const waiting = new Map<number, Waiting>();
  const listeners = new Map<EventName, Set<(data: never) => void>>();
  let nextId = 1;
  let broken: AppError | null = null;

  const breakDown = (reason: string) => {
    broken = new AppError('internal', { reason });
    for (const { reject } of waiting.values()) reject(broken);
    waiting.clear();
  };
  port.addEventListener('error', (event) => breakDown(event.message ?? 'the worker stopped'));
  port.addEventListener('messageerror', () => breakDown('a message of the worker could not be read'));

  port.addEventListener('message', ({ data }) => {
    const message = data as FromWorker;
    if ('event' in message) {
      for (const listener of listeners.get(message.event) ?? []) listener(message.data as never);
      return;
    }
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (!asked) return;
    if ('error' in message) asked.reject(new AppError(message.error.code, message.error.params));
    else asked.resolve(withSteps(message.result) as never);
  });

  return {
    request(name, params) {
      if (broken) return Promise.reject(broken);
      return new Promise((resolve, reject) => {
        const id = nextId++;
        waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
        port.postMessage({ id, request: name, params } as ToWorker);
      });
    },
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set.add(listener));
      return () => set.delete(listener);
    },
  };
}

/** A run's steps as `serve` sent them, as objects again. */
function withSteps(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || !('metrics' in result)) return result;
  return { ...result, metrics: stepsOf(result.metrics as StepColumns) };
}
