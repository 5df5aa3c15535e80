import { describe, expect, test } from 'vitest';
import { AppError } from '../errors.ts';
import { defaultRunConfig as config } from '../training/config/run-config.ts';
import { createClient, type WorkerPort } from './client.ts';
import type { Environment } from './protocol.ts';
import { emitterFor, type Handlers, type LazyHandlers, type PagePort, serve } from './serve.ts';

/** Handlers as the worker gives them, for the few requests of a test. */
const lazy = (handlers: Partial<Handlers>): LazyHandlers =>
  new Proxy({} as LazyHandlers, { get: () => async () => handlers });

type Listener = (event: { data: unknown }) => void;

/** Two ports that pass structured clones to each other, as a page and its worker do. */
function connected() {
  const listeners = { page: [] as Listener[], worker: [] as Listener[] };
  let onError: (event: { message?: string }) => void = () => {};
  const send = (to: Listener[]) => (message: unknown) => {
    const data = structuredClone(message);
    queueMicrotask(() => {
      for (const listener of to) listener({ data });
    });
  };
  const workerSide: PagePort = {
    postMessage: send(listeners.page),
    addEventListener: (_, listener) => listeners.worker.push(listener),
  };
  const pageSide: WorkerPort = {
    postMessage: send(listeners.worker),
    addEventListener(type: string, listener: never) {
      if (type === 'message') listeners.page.push(listener);
      else if (type === 'error') onError = listener;
    },
  };
  return { workerSide, pageSide, fail: (message: string) => onError({ message }) };
}

describe('page and worker', () => {
  test('a request gets its own answer, also when answers come in another order', async () => {
    const { workerSide, pageSide } = connected();
    const waits: (() => void)[] = [];
    serve(
      workerSide,
      lazy({
        select: async ({ selector }) => {
          await new Promise<void>((resolve) => waits.push(resolve));
          return { names: [selector.kind] };
        },
      }),
    );
    const client = createClient(pageSide);
    const all = client.request('select', { selector: { kind: 'all' }, config });
    const none = client.request('select', { selector: { kind: 'none' }, config });
    await new Promise((resolve) => setTimeout(resolve));
    for (const resume of waits.reverse()) resume();
    expect(await all).toEqual({ names: ['all'] });
    expect(await none).toEqual({ names: ['none'] });
  });

  test('an AppError keeps its code and parameters; anything else becomes "internal"', async () => {
    const { workerSide, pageSide } = connected();
    const handlers: Partial<Handlers> = {
      openData: async () => {
        throw new AppError('csv-empty', { file: 'a.csv' });
      },
    };
    serve(workerSide, lazy(handlers));
    const client = createClient(pageSide);
    await expect(client.request('openData', { source: { kind: 'example' } })).rejects.toMatchObject({
      code: 'csv-empty',
      params: { file: 'a.csv' },
    });
    await expect(client.request('listRuns', {})).rejects.toMatchObject({ code: 'internal' });
  });

  test('events reach their listeners until these are taken off', async () => {
    const { workerSide, pageSide } = connected();
    const client = createClient(pageSide);
    const seen: string[] = [];
    const stop = client.on('chatToken', ({ text }) => seen.push(text));
    const emit = emitterFor(workerSide);
    emit('chatToken', { requestId: '1', text: 'a' });
    await new Promise((resolve) => setTimeout(resolve));
    stop();
    emit('chatToken', { requestId: '1', text: 'b' });
    await new Promise((resolve) => setTimeout(resolve));
    expect(seen).toEqual(['a']);
  });

  test('a worker that breaks fails what is open and what comes after, instead of leaving it waiting', async () => {
    const { pageSide, fail } = connected();
    const client = createClient(pageSide);
    const open: Promise<Environment> = client.request('environment', {});
    fail('could not load');
    await expect(open).rejects.toMatchObject({ code: 'internal', params: { reason: 'could not load' } });
    await expect(client.request('environment', {})).rejects.toMatchObject({ code: 'internal' });
  });
});
