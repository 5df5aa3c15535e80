import { toAppError } from '../errors.ts';
import type { StepMetrics } from '../training/run/events.ts';
import { missingCode } from './missing-code.ts';
import type { EventName, Events, RequestName, Requests, ToWorker } from './protocol.ts';
import { stepColumns } from './runs/step-columns.ts';

/** Answers to requests, by name. */
export type Handlers = {
  readonly [R in RequestName]: (params: Requests[R]['params']) => Promise<Requests[R]['result']>;
};

/** Handlers that are loaded when one of theirs is first asked for, so that the first screen waits for little. */
export type LazyHandlers = { readonly [R in RequestName]: () => Promise<Pick<Handlers, R>> };

/** Tells the page something unasked. */
export type Emit = <E extends EventName>(event: E, data: Events[E]) => void;

/** The part of the worker's global scope that the protocol needs. */
export interface PagePort {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
}

/** What `serve` needs to emit through, made before the handlers exist. */
export function emitterFor(port: PagePort): Emit {
  return (event, data) => port.postMessage({ event, data });
}

/** Answers the page's requests; whatever a handler throws crosses as an AppError's code and parameters. */
export function serve(port: PagePort, handlers: LazyHandlers): void {
  port.addEventListener('message', async ({ data }) => {
    const { id, request, params } = data as ToWorker;
    try {
      const group = (await handlers[request]()) as Readonly<Record<string, (params: unknown) => Promise<unknown>>>;
      port.postMessage({ id, result: withColumns(await group[request]!(params)) });
    } catch (thrown) {
      const error = toAppError(missingCode(thrown) ?? thrown);
      if (error.code === 'internal') console.error(thrown);
      port.postMessage({ id, error: { code: error.code, params: error.params } });
    }
  });
}

/** The steps of a run cross as columns. */
function withColumns(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || !('metrics' in result)) return result;
  return { ...result, metrics: stepColumns(result.metrics as readonly StepMetrics[]) };
}
