import { describe, expect, test, vi } from 'vitest';
import { AppError } from '../errors.ts';
import type { CostSheet } from '../plan/cost-sheet.ts';
import { defaultRunConfig } from '../training/config/run-config.ts';
import type { Client } from '../worker/client.ts';
import type { EventName, Events, ModelSummary, RequestName, Requests, RunDetail } from '../worker/protocol.ts';
import { blocking, preflight } from './checks.ts';
import { hasOwnSetUp } from './store.ts';
import { createStudio } from './studio.ts';

type Answers = { [R in RequestName]?: (params: Requests[R]['params']) => unknown };

/** A worker's side that answers as told and emits on demand. */
function fakeClient(answers: Answers) {
  const asked: RequestName[] = [];
  const listeners = new Map<EventName, (data: never) => void>();
  const client: Client = {
    async request(name, params) {
      asked.push(name);
      const answer = answers[name] as ((given: unknown) => unknown) | undefined;
      if (!answer) throw new AppError('internal', { reason: `${name} was not expected` });
      return answer(params) as never;
    },
    on(event, listener) {
      listeners.set(event, listener as (data: never) => void);
      return () => {};
    },
  };
  const emit = <E extends EventName>(event: E, data: Events[E]) => listeners.get(event)?.(data as never);
  return { client, asked, emit };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));
const parameters = ['a', 'b'].map((name) => ({
  name: `${name}.weight`,
  module: name,
  shape: [2, 2],
  size: 4,
  layer: null,
  role: 'linear' as const,
}));
const model = {
  name: 'm',
  head: 'causal',
  reads: { kind: 'text', canWrite: true },
  parameters,
  totalParameters: 8,
} as unknown as ModelSummary;
const step = { peakBytes: 1000, seconds: 1 } as unknown as CostSheet;
const time = { step: 1, total: 5, measured: false };
const opens: Answers = {
  openModel: () => model,
  openData: () => ({
    name: 't.csv',
    columns: ['q', 'a'],
    recognised: { prompt_column: ['q'], answer_column: 'a', problem_type: 'instruction' },
    guess: {
      problem_type: 'instruction',
      otherwise: 'instruction',
      columns: { instruction: { prompt_column: ['q'], answer_column: 'a', reasons: {} } },
    },
    rowCount: 9,
  }),
  previewTuning: ({ config }) => {
    const lora = config.tuning.lora_target_modules;
    const states = parameters.map(({ module }) => (lora === '' || lora.includes(module) ? 'adapter' : 'frozen'));
    const trained = states.filter((state) => state === 'adapter').length;
    return {
      trainedParameters: trained,
      totalParameters: 8,
      states,
      rates: states.map(() => 1),
      adapter: 'LoRA',
      adapterModules: [],
      step: null,
      time: null,
      memory: null,
      warnings: [],
      exports: [],
      model: null,
    };
  },
  estimate: () => ({ trainedParameters: 4, totalParameters: 8, step, time, recomputesLayers: false }),
  previewData: () => ({ totalSteps: 5, problem: null }),
  listRuns: () => ({ runs: [], damaged: [] }),
};
const detail: RunDetail = {
  problemType: 'instruction',
  textPairs: false,
  id: 'r',
  name: '',
  created: 0,
  model: 'm',
  phase: 'loading',
  step: 0,
  totalSteps: 5,
  lastLoss: null,
  ...{ resumable: false, interrupted: false, elsewhere: false },
  ...{ method: 'lora', learningRate: 1e-4, trainingRows: 8, saved: null, evalLoss: null, cost: null, table: 't.csv' },
  kept: [],
  verdict: null,
  heldOut: null,
  curve: [],
  config: defaultRunConfig,
  metrics: [],
  evaluations: [],
  inside: [],
  scores: null,
  knowsBase: true,
};
const metricsOf = (number: number, loss: number) => ({
  step: number,
  epoch: 0,
  loss,
  learningRate: 0,
  gradNorm: 0,
  tokens: 0,
});

describe('the studio', () => {
  test('Start asks for nothing while something is missing, and starts once all is there', async () => {
    let isGivenUp = true;
    const { client, asked, emit } = fakeClient({ ...opens, startRun: () => (isGivenUp ? null : detail) });
    const { store, commands } = createStudio(client, () => {});
    expect(await commands.start()).toBe(false);
    expect(blocking(preflight(store.getState())).map(({ id }) => id)).toEqual(['model', 'data']);
    await commands.openModel({ kind: 'example' });
    await commands.openData({ kind: 'example' });
    await settled();
    expect(store.getState().config.dataset).toMatchObject({ prompt_column: ['q'], answer_column: 'a' });
    expect(await commands.start(), 'given up before it began').toBe(false);
    expect(store.getState()).toMatchObject({ starting: null, startError: null, run: null });
    expect(store.getState().givenUp, 'which the page says').toBe(store.getState().config);
    isGivenUp = false;
    const begins = commands.start();
    expect(store.getState()).toMatchObject({ starting: { done: 0, total: 0 }, givenUp: null });
    emit('starting', { done: 3, total: 9 });
    expect(store.getState().starting).toEqual({ done: 3, total: 9 });
    expect(await commands.start(), 'a second one while one is about to begin').toBe(false);
    expect(await begins).toBe(true);
    expect(store.getState().starting).toBeNull();
    expect(asked.filter((name) => name === 'startRun')).toHaveLength(2);
    expect(await commands.start(), 'a second run while one goes on').toBe(false);
  });

  test('Start waits for the settings that are being read, takes the last ones, and does not go without them', async () => {
    const answers: ((read: unknown) => void)[] = [];
    const rates: number[] = [];
    const { client } = fakeClient({
      ...opens,
      readConfig: () => new Promise((resolve) => answers.push(resolve)),
      startRun: ({ config }) => {
        rates.push(config.training.learning_rate);
        return detail;
      },
    });
    const readAs = (learning_rate: number) => {
      const config = { ...defaultRunConfig, training: { ...defaultRunConfig.training, learning_rate } };
      return { config, written: ['training.learning_rate'], notes: [], format: 'run-config' };
    };
    const { store, commands } = createStudio(client, () => {});
    await commands.openModel({ kind: 'example' });
    await commands.openData({ kind: 'example' });
    await settled();
    const load = () => commands.loadConfig(new Blob(), 'run.json').catch(() => null);
    void load();
    const begins = commands.start();
    expect(store.getState().starting).toEqual({ done: 0, total: 0 });
    void load();
    await vi.waitUntil(() => answers.length === 1);
    answers[0]!(readAs(0.5));
    await vi.waitUntil(() => answers.length === 2);
    expect(rates).toEqual([]);
    answers[1]!(readAs(0.25));
    expect(await begins).toBe(true);
    expect(rates).toEqual([0.25]);

    store.setState({ run: null });
    void load();
    const refused = commands.start();
    await vi.waitUntil(() => answers.length === 3);
    answers[2]!(Promise.reject(new AppError('settings-unreadable', { file: 'run.json' })));
    expect(await refused).toBe(false);
    expect(store.getState().startError?.code).toBe('settings-unreadable');
    expect(await commands.start(), 'without another file').toBe(true);
    expect(rates).toEqual([0.25, 0.25]);
  });

  test('Start does not take what is open for what is being opened in its place', async () => {
    let opened: (table: unknown) => void = () => {};
    let waits = false;
    const table = opens.openData!(undefined as never);
    const { client, asked } = fakeClient({
      ...opens,
      openData: () => (waits ? new Promise((resolve) => (opened = resolve)) : table),
      startRun: () => detail,
    });
    const { store, commands } = createStudio(client, () => {});
    await commands.openModel({ kind: 'example' });
    await commands.openData({ kind: 'example' });
    await settled();
    waits = true;
    const opening = commands.openData({ kind: 'file', name: 'large.csv', blob: new Blob() });
    expect(await commands.start()).toBe(false);
    expect(blocking(preflight(store.getState()))).toMatchObject([{ id: 'opening', step: 'data' }]);
    opened(table);
    await opening;
    await settled();
    expect(await commands.start()).toBe(true);
    expect(asked.filter((name) => name === 'startRun')).toHaveLength(1);
  });

  test('Start waits for the table that is read anew as was chosen, and does not go where it cannot be', async () => {
    let reread: (read: unknown) => void = () => {};
    const table = opens.openData!(undefined as never);
    const { client, asked } = fakeClient({
      ...opens,
      readAgain: () => new Promise((resolve) => (reread = resolve)),
      startRun: () => detail,
    });
    const { store, commands } = createStudio(client, () => {});
    await commands.openModel({ kind: 'example' });
    await commands.openData({ kind: 'example' });
    await settled();
    void commands.chooseReading({ delimiter: ';' });
    const refused = commands.start();
    reread(Promise.reject(new AppError('csv-empty', { file: 't.csv' })));
    expect(await refused).toBe(false);
    expect(store.getState().startError?.code).toBe('csv-empty');
    void commands.chooseReading({ delimiter: '\t' });
    const begins = commands.start();
    await settled();
    expect(asked).not.toContain('startRun');
    reread({ table, validation: null });
    expect(await begins).toBe(true);
    expect(store.getState().config.dataset.delimiter).toBe('\t');
  });

  test('a model that cannot be opened leaves the open one and its ticks', async () => {
    let fail = false;
    const { client } = fakeClient({
      ...opens,
      openModel: () => {
        if (fail) throw new AppError('model-type-unsupported', { modelType: 'x', supported: 'llama' });
        return model;
      },
    });
    const { store, commands } = createStudio(client, () => {});
    await commands.openModel({ kind: 'example' });
    await settled();
    commands.tick({ names: new Set(['a.weight']), state: 'frozen' });
    const ticked = store.getState().config.tuning.lora_target_modules;
    fail = true;
    expect(await commands.openModel({ kind: 'example' })).toBe(false);
    const { model: after, config } = store.getState();
    expect(after.value).toBe(model);
    expect(after.error?.code).toBe('model-type-unsupported');
    expect(config.tuning.lora_target_modules).toBe(ticked);
  });

  test('undo takes ticks back one by one', async () => {
    const { client } = fakeClient(opens);
    const { store, commands } = createStudio(client, () => {});
    await commands.openModel({ kind: 'example' });
    await settled();
    const targets = () => store.getState().config.tuning.lora_target_modules;
    commands.tick({ names: new Set(['a.weight']), state: 'frozen' });
    await settled();
    commands.tick({ names: new Set(['b.weight']), state: 'frozen' });
    expect(targets()).toEqual([]);
    commands.undo();
    expect(targets()).toEqual(['b']);
    commands.undo();
    expect(targets()).toBe('');
    expect(commands.undo()).toBe(false);
    commands.redo();
    expect(targets()).toEqual(['b']);
    commands.tick({ names: new Set(['b.weight']), state: 'frozen' });
    expect(commands.redo(), 'a new tick is a new branch').toBe(false);
  });

  test('what is trained is shown before its cost, and a choice without a plan has none', async () => {
    let answer: (cost: unknown) => void = () => {};
    const { client } = fakeClient({ ...opens, estimate: () => new Promise((resolve) => (answer = resolve)) });
    const { store, commands } = createStudio(client, () => {});
    await commands.openModel({ kind: 'example' });
    await settled();
    expect(store.getState().tuning.value).toMatchObject({ trainedParameters: 2, step: null });
    answer({ step });
    await settled();
    expect(store.getState().tuning.value?.step).toBe(step);
    commands.set('training', 'batch_size', 4);
    await settled();
    answer(Promise.reject(new AppError('gpu-limit', {})));
    await settled();
    expect(store.getState().tuning).toMatchObject({ value: { step: null }, error: { code: 'gpu-limit' } });
  });

  test('a task that gives the model another head shows its parameters with what is trained of them', async () => {
    const head = { ...parameters[0]!, name: 'score.weight', module: 'score' };
    const classifier = { ...model, head: { outputs: 2 }, parameters: [...parameters, head] } as unknown as ModelSummary;
    const states = ['lora', 'lora', 'train'];
    const shown: unknown[] = [];
    const { client } = fakeClient({
      ...opens,
      previewTuning: (params) => {
        shown.push(params.shown);
        const isKnown = params.shown === classifier.head;
        return { ...(opens.previewTuning!(params) as object), states, model: isKnown ? null : classifier };
      },
    });
    const { store, commands } = createStudio(client, () => {});
    const lengths: (readonly [number, number])[] = [];
    store.subscribe(({ model, tuning }) => {
      if (tuning.value) lengths.push([model.value!.parameters.length, tuning.value.states.length]);
    });
    await commands.openModel({ kind: 'example' });
    await settled();
    expect(store.getState().model.value).toBe(classifier);
    commands.set('training', 'batch_size', 4);
    await settled();
    expect(shown).toEqual(['causal', classifier.head]);
    expect(store.getState().model.value).toBe(classifier);
    expect(lengths.filter(([rows, states]) => rows !== states)).toEqual([]);
  });

  test('a token is sent to the worker and kept nowhere on the page', async () => {
    const { client } = fakeClient(opens);
    const { store, commands } = createStudio(client, () => {});
    const source = {
      kind: 'hub',
      id: 'o/m',
      revision: 'main',
      endpoint: 'https://h.example',
      token: 'hf_secret',
    } as const;
    await commands.openModel(source);
    await settled();
    expect(JSON.stringify(store.getState())).not.toContain('hf_secret');
  });

  test('steps told anew after a resumption replace those told before', async () => {
    const { client, emit } = fakeClient({
      ...opens,
      resumeRun: () => ({ ...detail, metrics: [metricsOf(1, 9), metricsOf(2, 8)] }),
    });
    const { store, commands } = createStudio(client, () => {});
    await commands.resumeRun('r');
    const progress = { runId: 'r', totalSteps: 5, tokensPerSecond: 1, etaSeconds: null, elapsedSeconds: 1 };
    emit('metrics', { ...progress, steps: [metricsOf(2, 7), metricsOf(3, 6)] });
    emit('metrics', { ...progress, runId: 'another', steps: [metricsOf(4, 1)] });
    expect(store.getState().run?.metrics.map(({ loss }) => loss)).toEqual([9, 7, 6]);
  });

  test('what a start waits for is said until it has begun', async () => {
    let begin = (_: RunDetail) => {};
    const begun = new Promise<RunDetail>((resolve) => {
      begin = resolve;
    });
    const { client, emit } = fakeClient({ ...opens, resumeRun: () => begun });
    const { store, commands } = createStudio(client, () => {});
    const resuming = commands.resumeRun('r');
    emit('hubWait', { code: 'hub-offline', params: {}, waitMs: 500, purpose: 'model' });
    expect(store.getState()).toMatchObject({ starting: { done: 0 }, hubWait: { code: 'hub-offline' } });
    begin(detail);
    await resuming;
    expect(store.getState()).toMatchObject({ starting: null, hubWait: null });
  });

  test('a run that another tab trains goes on before the eyes of who looks at it, until it is not looked at', async () => {
    vi.useFakeTimers();
    try {
      let read = 0;
      const readRun = () => ({ ...detail, elsewhere: read < 2, metrics: [metricsOf(++read, 9)] });
      const { client } = fakeClient({ ...opens, readRun });
      const { store, commands } = createStudio(client, () => {});
      const seen = () => store.getState().viewed?.metrics.at(-1)?.step;
      const looking = commands.viewRun('r');
      await vi.advanceTimersByTimeAsync(10);
      await looking;
      expect(seen()).toBe(1);
      await vi.advanceTimersByTimeAsync(1500);
      expect(seen()).toBe(2);
      // Its last reading says that it has ended.
      await vi.advanceTimersByTimeAsync(5000);
      expect([seen(), read]).toEqual([3, 3]);
      read = 0;
      const again = commands.viewRun('r');
      await vi.advanceTimersByTimeAsync(10);
      await again;
      await commands.viewRun(null);
      await vi.advanceTimersByTimeAsync(5000);
      expect(read).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a run that breaks keeps its curve and says why', async () => {
    const { client, emit } = fakeClient({ ...opens, resumeRun: () => ({ ...detail, metrics: [metricsOf(1, 9)] }) });
    const { store, commands } = createStudio(client, () => {});
    await commands.resumeRun('r');
    emit('phase', { runId: 'r', phase: 'failed', error: { code: 'device-lost', params: { reason: 'reset' } } });
    expect(store.getState().run).toMatchObject({ phase: 'failed', error: { code: 'device-lost' } });
    expect(store.getState().run?.metrics).toHaveLength(1);
  });

  test('Pause and Stop are answered at once, and once', async () => {
    const { client, asked, emit } = fakeClient({
      ...opens,
      resumeRun: () => detail,
      pauseRun: () => ({}),
      continueRun: () => ({}),
      stopRun: () => ({}),
    });
    const { store, commands } = createStudio(client, () => {});
    await commands.resumeRun('r');
    const run = () => store.getState().run!;
    emit('phase', { runId: 'r', phase: 'training', step: 1 });
    void commands.pauseOrContinue();
    expect(run()).toMatchObject({ phase: 'training', wanted: 'pause' });
    void commands.pauseOrContinue();
    emit('phase', { runId: 'r', phase: 'saving', step: 2 });
    expect(run().wanted).toBe('pause');
    emit('phase', { runId: 'r', phase: 'paused', step: 2 });
    expect(run().wanted).toBeNull();
    await commands.pauseOrContinue();
    expect(run().wanted).toBeNull();
    void commands.stopRun();
    void commands.stopRun();
    expect(run().wanted).toBe('stop');
    emit('phase', { runId: 'r', phase: 'stopped', step: 2 });
    expect(run()).toMatchObject({ phase: 'stopped', wanted: null });
    const steered = asked.filter((name) => /^(pause|continue|stop)Run$/.test(name));
    expect(steered).toEqual(['pauseRun', 'continueRun', 'stopRun']);
  });

  test('an evaluation counts the step that it belongs to, in the head and in the log', async () => {
    const { client, emit } = fakeClient({ ...opens, resumeRun: () => detail });
    const { store, commands } = createStudio(client, () => {});
    await commands.resumeRun('r');
    const progress = { runId: 'r', totalSteps: 5, tokensPerSecond: 1, etaSeconds: null, elapsedSeconds: 1 };
    emit('metrics', { ...progress, steps: [metricsOf(1, 9)] });
    // The metrics of step 2 come with the evaluation that follows it.
    emit('phase', { runId: 'r', phase: 'evaluating', step: 2 });
    const { step, log } = store.getState().run!;
    expect(step).toBe(2);
    expect(log.at(-1)).toMatchObject({ phase: 'evaluating', step: 2 });
    emit('metrics', { ...progress, steps: [metricsOf(2, 8)] });
    expect(store.getState().run?.step).toBe(2);
  });

  test('the example shows that a run begins from the click on, and no empty form; it can be given up', async () => {
    let opened: (model: ModelSummary) => void = () => {};
    const { client, asked } = fakeClient({
      ...opens,
      openModel: () => new Promise((resolve) => (opened = resolve)),
      exampleConfig: () => defaultRunConfig,
      startRun: () => detail,
      stopRun: () => ({}),
    });
    const { store, commands } = createStudio(client, () => {});
    const isFormShown = () => store.getState().starting === null && store.getState().run === null;
    const shown: boolean[] = [];
    store.subscribe(() => shown.push(isFormShown()));
    const tries = commands.tryExample();
    await commands.stopRun();
    opened(model);
    await tries;
    expect(asked, 'given up').not.toContain('startRun');
    shown.length = 0;
    const again = commands.tryExample();
    opened(model);
    await again;
    expect(store.getState()).toMatchObject({ step: 'train', run: { id: 'r' } });
    // The first change is the step itself, in the same task.
    expect(shown.slice(1)).not.toContain(true);
  });

  test('a set-up counts as one of the visitor where a model or a table of theirs is open', async () => {
    const { client } = fakeClient(opens);
    const { store, commands } = createStudio(client, () => {});
    await commands.openModel({ kind: 'example' });
    await commands.openData({ kind: 'example' });
    expect(hasOwnSetUp(store.getState())).toBe(false);
    await commands.openData({ kind: 'file', name: 't.csv', blob: new Blob() });
    expect(hasOwnSetUp(store.getState())).toBe(true);
    await commands.openData({ kind: 'example' });
    await commands.openModel({ kind: 'files', files: [] });
    expect(hasOwnSetUp(store.getState())).toBe(true);
  });

  test('the model that loaded settings name is opened with the settings kept', async () => {
    const { client } = fakeClient(opens);
    const { store, commands } = createStudio(client, () => {});
    const { model: section, tuning } = defaultRunConfig;
    store.setState({
      config: {
        ...defaultRunConfig,
        model: { ...section, llm_backbone: 'o/m', revision: 'v2' },
        tuning: { ...tuning, lora_target_modules: ['b'], lora_r: 3 },
      },
    });
    const source = { kind: 'hub', id: 'o/m', revision: 'v2', endpoint: 'https://h.example' } as const;
    expect(await commands.openModelOfSettings(source)).toBe(true);
    expect(store.getState().config).toMatchObject({
      model: { llm_backbone: 'o/m', revision: 'v2' },
      tuning: { lora_target_modules: ['b'], lora_r: 3 },
    });
  });

  test('general texts of a file take the place of those in the form; a file that is refused leaves them', async () => {
    const refused = new AppError('csv-empty', { file: 'empty.txt' });
    const answer: Answers['readGeneralTexts'] = ({ file }) => {
      if (file === 'empty.txt') throw refused;
      return { texts: ['春の川', 'cold'], of: 2 };
    };
    const { client } = fakeClient({ ...opens, readGeneralTexts: answer });
    const { store, commands } = createStudio(client, () => {});
    const texts = () => store.getState().config.logging.general_texts;
    commands.set('logging', 'general_texts', ['before']);
    await expect(commands.loadGeneralTexts(new Blob(), 'empty.txt')).rejects.toBe(refused);
    expect(texts()).toEqual(['before']);
    expect(await commands.loadGeneralTexts(new Blob(), 'mine.txt')).toEqual({ texts: ['春の川', 'cold'], of: 2 });
    expect(texts()).toEqual(['春の川', 'cold']);
    expect(store.getState().own).toContain('logging.general_texts');
  });

  test('each message goes to the base and to the tuned model, each with its own history', async () => {
    const heard: string[] = [];
    const { client } = fakeClient({
      ...opens,
      resumeRun: () => detail,
      chat: ({ side, messages }) => {
        heard.push(`${side}: ${messages.map(({ text }) => text).join(' / ')}`);
        return { text: `${side} says`, tokens: 2, seconds: 0.1 };
      },
    });
    const { commands } = createStudio(client, () => {});
    await commands.resumeRun('r');
    await commands.ask('one');
    await commands.ask('two');
    expect(heard).toEqual(['base: one', 'tuned: one', 'base: one / base says / two', 'tuned: one / tuned says / two']);
  });
});
