import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../../errors.ts';
import { defaultRunConfig, type RunConfig } from '../../training/config/run-config.ts';
import type { Client } from '../../worker/client.ts';
import type { RequestName, Requests } from '../../worker/protocol.ts';
import { startConfig } from '../start-config.ts';
import { createStudio, type Places } from '../studio.ts';
import { noAddress } from './follow-address.ts';
import { type KeptSetup, noSetups, type Setups } from './kept-setup.ts';
import { unasked } from './persistence.ts';

type Answers = { [R in RequestName]?: (params: Requests[R]['params']) => unknown };

const rated = (learning_rate: number): RunConfig => ({
  ...defaultRunConfig,
  training: { ...defaultRunConfig.training, learning_rate },
});

const worker: Answers = {
  environment: () => ({ executor: 'webgpu' }),
  listRuns: () => ({ runs: [], damaged: [] }),
  readConfig: ({ text }) => ({ config: JSON.parse(text), notes: [], format: 'run-config' }),
  openModel: () => ({ name: 'm', reads: { kind: 'text', canWrite: true }, parameters: [], head: 'causal' }),
  openData: ({ source }) => ({
    name: 'name' in source ? source.name : 'data.csv',
    columns: ['q', 'a'],
    recognised: { prompt_column: ['q'], answer_column: 'a', problem_type: 'instruction' },
    guess: {
      problem_type: 'instruction',
      otherwise: 'instruction',
      columns: { instruction: { prompt_column: ['q'], answer_column: 'a', reasons: {} } },
    },
    rowCount: 9,
  }),
  keepTable: () => ({ id: 'copy' }),
  forgetSetup: () => ({}),
  previewTuning: () => ({
    trainedParameters: 0,
    totalParameters: 8,
    states: [],
    warnings: [],
    exports: [],
    model: null,
  }),
  previewData: () => ({ totalSteps: 5, problem: null }),
  cachedModels: () => ({ models: [{ model: 'huggingface.co/a/here', bytes: 1, complete: true }] }),
};

function visit(
  kept: KeptSetup | null,
  { answers = {}, setups = {} }: { answers?: Answers; setups?: Partial<Setups> } = {},
) {
  const asked: [RequestName, unknown][] = [];
  const client: Client = {
    async request(name, params) {
      asked.push([name, params]);
      const answer = { ...worker, ...answers }[name] as ((given: unknown) => unknown) | undefined;
      if (!answer) throw new AppError('internal', { reason: `${name} was not expected` });
      return answer(params) as never;
    },
    on: () => () => {},
  };
  const saved: (KeptSetup | null)[] = [];
  const places: Places = {
    bar: noAddress,
    persistence: unasked,
    setups: { ...noSetups, load: () => kept, save: (setup) => saved.push(setup), ...setups },
  };
  const studio = createStudio(client, () => {}, 'en', undefined, undefined, places);
  return { ...studio, asked, saved };
}

const hub = { kind: 'hub', revision: 'main', endpoint: '' } as const;
const table = { kind: 'kept', id: 'copy', name: 'faq.csv' } as const;
const empty = { model: null, table: null, validation: null, adapterOf: null, own: [], fromExample: false };

describe('the set-up of the last visit', () => {
  it('is kept as it changes: where model and table come from, the settings, and no token', async () => {
    const { commands, saved, asked } = visit(null);
    await commands.openModel({ ...hub, id: 'a/here', token: 'secret' });
    await commands.openData({ kind: 'file', name: 'faq.csv', blob: new Blob(['q,a']) });
    commands.set('training', 'learning_rate', 3e-4);
    await vi.waitFor(() => expect(saved.at(-1)?.table).toEqual(table));
    expect(saved.at(-1)).toMatchObject({
      model: { kind: 'hub', id: 'a/here' },
      config: { training: { learning_rate: 3e-4 } },
    });
    expect(JSON.stringify(saved)).not.toContain('secret');
    expect(asked.map(([name]) => name)).toContain('keepTable');
  });

  it('is nothing of a visit that set nothing up', async () => {
    const { begin, saved, store, asked } = visit(null);
    await begin();
    await new Promise((done) => setTimeout(done, 500));
    expect(saved).toEqual([]);
    expect(store.getState().restored).toBeNull();
    expect(asked.map(([name]) => name).sort()).toEqual(['environment', 'listRuns']);
  });

  it('comes back whole, with the settings that were changed', async () => {
    const { begin, store, asked } = visit({ ...empty, model: { ...hub, id: 'a/here' }, table, config: rated(7e-4) });
    await begin();
    const { model, data, config, restored } = store.getState();
    expect([model.value?.name, data.value?.name]).toEqual(['m', 'faq.csv']);
    expect(config.training.learning_rate).toBe(7e-4);
    expect(restored).toEqual({ of: null, pending: false, names: ['a/here', 'faq.csv'], missing: [] });
    expect(asked).toContainEqual(['openData', { source: table, reading: { encoding: '', delimiter: '' } }]);
  });

  it('comes back with the delimiter that was chosen, which the table is read with', async () => {
    const dataset = { ...defaultRunConfig.dataset, train_dataframe: 'faq.csv', delimiter: ';' };
    const reading = { encoding: '', delimiter: ';' };
    const { begin, store, asked, commands } = visit({ ...empty, table, config: { ...defaultRunConfig, dataset } });
    await begin();
    expect(asked).toContainEqual(['openData', { source: table, reading }]);
    expect(store.getState().config.dataset.delimiter).toBe(';');
    // Another table is another file.
    await commands.openData({ kind: 'file', name: 'other.csv', blob: new Blob(['q,a']) });
    const opened = asked.filter(([name]) => name === 'openData').at(-1)![1];
    expect(opened).toMatchObject({ reading: { encoding: '', delimiter: '' } });
    expect(store.getState().config.dataset).toMatchObject({ train_dataframe: 'other.csv', delimiter: '' });
  });

  it('names what the visitor must bring, and takes the settings with it', async () => {
    const kept = { ...empty, model: { kind: 'folder', name: 'm' } as const, table, config: rated(7e-4) };
    const { begin, store, commands } = visit(kept);
    await begin();
    const missing = { what: 'model', name: 'm', known: null } as const;
    expect(store.getState().restored?.missing).toEqual([missing]);
    await commands.bringBack(missing, [{ path: 'm/config.json', blob: new Blob([]) }]);
    expect(store.getState().restored?.missing).toEqual([]);
    expect(store.getState().config.training.learning_rate).toBe(7e-4);
  });

  it('downloads nothing unasked, and opens a folder again once that is allowed', async () => {
    const gone = visit({ ...empty, model: { ...hub, id: 'a/gone' }, config: rated(1e-4) });
    await gone.begin();
    expect(gone.store.getState().restored?.missing).toEqual([{ what: 'model', name: 'a/gone', known: 'hub' }]);
    expect(gone.asked.map(([name]) => name)).not.toContain('openModel');
    await gone.commands.bringBack(gone.store.getState().restored!.missing[0]!);
    expect(gone.asked).toContainEqual(['openModel', { source: { ...hub, id: 'a/gone' } }]);

    const files = [{ path: 'm/config.json', blob: new Blob([]) }];
    const folder = async () => ({ name: 'm', files: async (ask: boolean) => (ask ? files : null) });
    const known = visit(
      { ...empty, model: { kind: 'folder', name: 'm' }, config: rated(1e-4) },
      { setups: { folder } },
    );
    await known.begin();
    expect(known.store.getState().restored?.missing).toEqual([{ what: 'model', name: 'm', known: 'folder' }]);
    await known.commands.bringBack(known.store.getState().restored!.missing[0]!);
    expect(known.store.getState()).toMatchObject({ model: { value: { name: 'm' } }, restored: { missing: [] } });
  });

  it('can be declined while it comes back, and gives way to what the visitor opens', async () => {
    let opened = () => {};
    const slow = new Promise<void>((done) => {
      opened = done;
    });
    const answers: Answers = {
      openModel: async (given) => slow.then(() => worker.openModel!(given)),
      stopDownload: () => ({}),
    };
    const kept = { ...empty, model: { kind: 'example' } as const, table, config: rated(7e-4) };
    const declined = visit(kept, { answers });
    const begun = declined.begin();
    await vi.waitFor(() => expect(declined.store.getState().restored?.pending).toBe(true));
    const over = declined.commands.startOver();
    await vi.waitFor(() => expect(declined.store.getState().restored).toBeNull());
    opened();
    await Promise.all([begun, over]);
    expect(declined.store.getState()).toMatchObject({
      restored: null,
      data: { value: null },
      config: startConfig,
    });
    expect(declined.saved.at(-1)).toBeNull();
    expect(declined.store.getState().model.value, 'what was on its way').toBeNull();
  });

  it('that means nothing to this version is let go of', async () => {
    const refuses = () => {
      throw new AppError('run-config-strange-key', { key: 'x' });
    };
    const { begin, store, saved } = visit({ ...empty, config: rated(1) }, { answers: { readConfig: refuses } });
    await begin();
    expect(store.getState().restored).toBeNull();
    expect(saved).toEqual([null]);
  });
});
