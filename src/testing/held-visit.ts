/** A page whose worker answers when a test lets it: for what the visitor does meanwhile. */
import { expect, vi } from 'vitest';
import { AppError } from '../errors.ts';
import { defaultRunConfig, type RunConfig } from '../training/config/run-config.ts';
import { noAddress } from '../ui/place/follow-address.ts';
import { type KeptSetup, noSetups } from '../ui/place/kept-setup.ts';
import { unasked } from '../ui/place/persistence.ts';
import { createStudio } from '../ui/studio.ts';
import type { Client } from '../worker/client.ts';
import type { EventName, RequestName, Requests, RunDetail } from '../worker/protocol.ts';

export type Answers = { [R in RequestName]?: (params: Requests[R]['params']) => unknown };

/** Settings with another rate and number of epochs. */
export const rated = (learning_rate: number, epochs = 1): RunConfig => ({
  ...defaultRunConfig,
  training: { ...defaultRunConfig.training, learning_rate, epochs },
});
export const detailOf = (id: string) => ({ id, name: id, config: rated(5e-4), metrics: [] }) as unknown as RunDetail;
const nameOf = (source: { readonly kind: string; readonly name?: string; readonly id?: string }) =>
  source.name ?? source.id ?? source.kind;

export const worker: Answers = {
  environment: () => ({ executor: 'webgpu' }),
  setMemoryBudget: ({ bytes }) => ({ executor: 'webgpu', bytes }),
  listRuns: () => ({ runs: [], damaged: [] }),
  readRun: ({ runId }) => detailOf(runId),
  readConfig: ({ text }) => ({ config: JSON.parse(text), notes: [], format: 'run-config', written: [] }),
  openModel: ({ source }) => ({
    name: nameOf(source),
    reads: { kind: 'text', canWrite: true },
    parameters: [],
    head: 'causal',
  }),
  openData: ({ source }) => ({
    name: nameOf(source),
    columns: ['q', 'a'],
    recognised: { prompt_column: ['q'], answer_column: 'a', problem_type: 'instruction' },
    guess: {
      problem_type: 'instruction',
      otherwise: 'instruction',
      columns: { instruction: { prompt_column: ['q'], answer_column: 'a', reasons: {} } },
    },
    rowCount: 9,
  }),
  runSources: ({ runId }) => ({
    model: { kind: 'example' },
    table: { kind: 'run', runId, use: 'table', name: runId },
    validation: null,
  }),
  keepTable: () => ({ id: null }),
  exampleConfig: () => rated(2e-3),
  startRun: ({ config }) => ({ ...detailOf('begun'), config }),
  previewTuning: () => ({
    trainedParameters: 0,
    totalParameters: 8,
    states: [],
    warnings: [],
    exports: [],
    model: null,
  }),
  previewData: () => ({ totalSteps: 5, problem: null }),
};

interface Visit {
  /** The set-up of the visit before. */
  readonly kept?: KeptSetup | null;
  readonly answers?: Answers;
  readonly hash?: string;
}

/** A visit to a page whose worker answers the requests of some kinds only when it is told to. */
export function visit(held: readonly RequestName[], { kept = null, answers = {}, hash = '' }: Visit = {}) {
  const waiting: { name: RequestName; params: unknown; answer: () => void; fail: (error: AppError) => void }[] = [];
  const asked: [RequestName, unknown][] = [];
  const listeners = new Map<EventName, (data: never) => void>();
  const client: Client = {
    async request(name, params) {
      asked.push([name, params]);
      const answer = { ...worker, ...answers }[name] as ((given: unknown) => unknown) | undefined;
      if (!answer) throw new AppError('internal', { reason: `${name} was not expected` });
      if (!held.includes(name)) return answer(params) as never;
      return new Promise<never>((resolve, reject) => {
        waiting.push({ name, params, answer: () => resolve(answer(params) as never), fail: reject });
      });
    },
    on(event, listener) {
      listeners.set(event, listener as (data: never) => void);
      return () => {};
    },
  };
  const saved: (KeptSetup | null)[] = [];
  const places = {
    bar: { ...noAddress, read: () => hash },
    persistence: unasked,
    setups: { ...noSetups, load: () => kept, save: (setup: KeptSetup | null) => void saved.push(setup) },
  };
  const save = vi.fn();
  const studio = createStudio(client, save, 'en', undefined, undefined, places);
  /** Lets requests come as far as they can, and answers those that wait, in the order that is given by what they name. */
  const answer = async (...order: string[]) => {
    for (const named of order) {
      const find = () => waiting.findIndex(({ name, params }) => `${name} ${JSON.stringify(params)}`.includes(named));
      await vi.waitFor(() => expect(find(), named).toBeGreaterThanOrEqual(0));
      waiting.splice(find(), 1)[0]!.answer();
      await settled();
    }
  };
  const emit = (event: EventName, data: unknown) => listeners.get(event)?.(data as never);
  return {
    ...studio,
    ...studio.commands,
    state: () => studio.store.getState(),
    answer,
    waiting,
    asked,
    saved,
    save,
    emit,
  };
}

export const settled = () => new Promise((resolve) => setTimeout(resolve));
export const file = (name: string) => ({ kind: 'file', name, blob: new Blob() }) as const;
export const hub = (id: string) => ({ kind: 'hub', id, revision: 'main', endpoint: '' }) as const;
const empty = { model: null, table: null, validation: null, adapterOf: null, own: [], fromExample: false };
export const keptSetup: KeptSetup = {
  ...empty,
  model: { kind: 'example' },
  table: { kind: 'kept', id: 'copy', name: 'kept.csv' },
  config: rated(7e-4, 3),
  own: ['training.learning_rate', 'training.epochs'],
};
