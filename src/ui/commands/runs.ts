import { AppError, toAppError } from '../../errors.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { type Client, packSteps } from '../../worker/client.ts';
import type { Events, RunDetail, SettingsPatch } from '../../worker/protocol.ts';
import { notifyEnd } from '../notify-end.ts';
import type { VisitorChanges } from '../place/visitor-changes.ts';
import { isGoingOn, type LiveRun, nothingViewed, runOfResult, type StudioStore } from '../store.ts';
import { withOpenTable } from '../tasks/table-reading.ts';

/** Starting, steering and looking at runs. */
export function runCommands(
  store: StudioStore,
  client: Client,
  changes: VisitorChanges,
  whenLoaded: () => Promise<void>,
) {
  client.on('phase', (event) => {
    const { run } = store.getState();
    if (run?.id !== event.runId) return;
    const { phase, detail, error } = event;
    const step = event.step ?? run.step;
    const next: LiveRun = {
      ...run,
      phase,
      step,
      resets: run.resets + Number(phase === 'recovering'),
      detail: detail ?? null,
      error: error ? new AppError(error.code, error.params) : null,
      log: phase === run.phase ? run.log : [...run.log, { time: Date.now(), phase, step }].slice(-longestLog),
    };
    const isDone = !isGoingOn(next) || (phase === 'paused' && run.wanted === 'pause');
    store.setState({ run: isDone ? { ...next, wanted: null } : next });
    if (isGoingOn(next)) return;
    void listRuns();
    notifyEnd(store.getState(), phase);
  });

  client.on('quantised', ({ runId, error }) => {
    const { run } = store.getState();
    if (run?.id === runId) store.setState({ run: { ...run, weightError: error } });
  });

  client.on('scores', ({ runId, scores }) => {
    const { run } = store.getState();
    if (run?.id === runId) store.setState({ run: { ...run, scores } });
  });

  client.on('answers', ({ runId, ...record }) => {
    const { run } = store.getState();
    if (run?.id !== runId) return;
    const before = run.evaluations.filter(({ step }) => step < record.step);
    store.setState({ run: { ...run, evaluations: [...before, record] } });
  });

  client.on('inside', ({ runId, ...look }) => {
    const { run } = store.getState();
    if (run?.id !== runId) return;
    const others = run.inside.filter(({ step }) => step !== look.step);
    store.setState({ run: { ...run, inside: [...others, look].toSorted((a, b) => a.step - b.step) } });
  });

  client.on('metrics', (event) => {
    const { run } = store.getState();
    if (run?.id === event.runId) store.setState({ run: withMetrics(run, event) });
  });

  client.on('runsChanged', () => {
    void listRuns();
    const { viewed, viewing } = store.getState();
    if (viewed && viewing === null) void viewRun(viewed.id);
  });

  client.on('starting', (starting) => {
    if (store.getState().starting) store.setState({ starting });
  });

  /** With the settings of a file that is still being read; where it cannot be read, no run begins. */
  const startRun = () =>
    begin(async (isGivenUp) => {
      await whenLoaded();
      return isGivenUp() ? null : client.request('startRun', { config: store.getState().config });
    });
  const resumeRun = (runId: string) => begin(() => client.request('resumeRun', { runId }));
  const trainOn = (runId: string, epochs: number) => begin(() => client.request('resumeRun', { runId, epochs }));

  /** A run once more with settings changed; the form shows the config that it got. */
  async function startAgain(runId: string, settings: SettingsPatch): Promise<boolean> {
    const since = changes.count();
    const begun = await begin(() => client.request('startAgain', { runId, settings }));
    const { run, config, own, fromExample } = store.getState();
    // What the form names stays that of the open model and table.
    const form = { config: withOpenNames(run?.config ?? config, config), own, fromExample };
    if (begun) store.setState(changes.over(form, since));
    return begun;
  }

  let givenUp = false;

  /**
   * @param ask makes ready what is missing and starts the run; null where it was given up
   * @returns whether a run has begun; while one is about to, no other does
   */
  async function begin(ask: (isGivenUp: () => boolean) => Promise<RunDetail | null>): Promise<boolean> {
    if (store.getState().starting) return false;
    givenUp = false;
    store.setState({ startError: null, givenUp: null, ...nothingViewed, starting: { done: 0, total: 0 } });
    try {
      const detail = await ask(() => givenUp);
      if (detail) adopt(detail);
      else store.setState(({ config }) => ({ givenUp: config }));
      return detail !== null;
    } catch (thrown) {
      store.setState({ startError: toAppError(thrown) });
      void listRuns();
      return false;
    } finally {
      store.setState({ starting: null, hubWait: null });
    }
  }

  /** The run becomes the live one. Its events come after the answer that began it. */
  function adopt(detail: RunDetail) {
    const { chat } = store.getState();
    store.setState({
      run: liveRun(detail),
      chat: { ...chat, runId: detail.id, turns: [], error: null },
      download: { pending: null, saved: null, error: null },
    });
    void listRuns();
  }

  async function pauseOrContinue(): Promise<void> {
    const { run } = store.getState();
    if (run === null || !isGoingOn(run) || run.wanted) return;
    if (run.phase === 'paused') return client.request('continueRun', {}).then(() => {}, showError);
    await steer('pause', () => client.request('pauseRun', {}));
  }

  /** Stops the run after the step under way, or gives up one that is about to begin. */
  async function stopRun(): Promise<void> {
    const { run, starting } = store.getState();
    givenUp = starting !== null;
    if (starting || !run || !isGoingOn(run)) await client.request('stopRun', {}).catch(showError);
    else if (run.wanted !== 'stop') await steer('stop', () => client.request('stopRun', {}));
  }

  /** The page says at once what was asked; the run does it at the end of its step. */
  async function steer(wanted: 'pause' | 'stop', request: () => Promise<unknown>): Promise<void> {
    const say = (wanted: LiveRun['wanted']) => store.setState(({ run }) => ({ run: run && { ...run, wanted } }));
    say(wanted);
    await request().catch((thrown) => {
      say(null);
      showError(thrown);
    });
  }

  let asked = 0;
  let listed = 0;

  async function listRuns(): Promise<void> {
    const mine = ++asked;
    try {
      const { runs, damaged } = await client.request('listRuns', {});
      // A newer list is shown already.
      if (mine < listed) return;
      listed = mine;
      store.setState(({ chat }) => ({
        runs: { value: runs, pending: false, error: null },
        damagedRuns: damaged,
        chat: { ...chat, runId: chat.runId ?? runs.find((run) => run.step > 0)?.id ?? null },
      }));
    } catch (thrown) {
      store.setState(({ runs }) => ({ runs: { ...runs, pending: false, error: toAppError(thrown) } }));
    }
  }

  async function viewRun(runId: string | null): Promise<void> {
    if (runId === null) return store.setState(nothingViewed);
    store.setState({ viewing: runId });
    // Another run, or the form, was asked for while it was read.
    const isOvertaken = () => store.getState().viewing !== runId;
    try {
      const viewed = await client.request('readRun', { runId });
      // To receive a long run is a task of its own, and so is drawing it.
      await new Promise((resolve) => setTimeout(resolve));
      if (isOvertaken()) return;
      store.setState({ viewed, viewing: null, missingRun: null, shared: null });
      follow(viewed, 0);
    } catch (thrown) {
      if (isOvertaken()) return;
      store.setState({ viewing: null });
      const error = toAppError(thrown);
      if (error.code === 'run-missing') store.setState({ viewed: null, missingRun: runId, shared: null });
      else showError(error);
    }
  }

  let following: ReturnType<typeof setTimeout> | undefined;

  /** A run that another tab trains is read anew while it is looked at. @param took milliseconds, the last time */
  function follow({ id, elsewhere }: RunDetail, took: number): void {
    clearTimeout(following);
    if (!elsewhere) return;
    const isShown = () => store.getState().viewed?.id === id && store.getState().viewing === null;
    following = setTimeout(
      async () => {
        if (!isShown()) return;
        const asked = performance.now();
        const viewed = await client.request('readRun', { runId: id }).catch(() => null);
        if (!viewed || !isShown()) return;
        store.setState({ viewed });
        follow(viewed, performance.now() - asked);
      },
      Math.max(followEvery, 10 * took),
    );
  }

  async function deleteRun(runId: string): Promise<void> {
    try {
      await client.request('deleteRun', { runId });
    } catch (thrown) {
      showError(thrown);
      return listRuns();
    }
    const { run, viewed, viewing, chat, compared, runs } = store.getState();
    const asked = runOfResult(runs.value ?? [], chat.runId)?.id ?? chat.runId;
    store.setState({
      run: run?.id === runId ? null : run,
      viewed: viewed?.id === runId ? null : viewed,
      viewing: viewing === runId ? null : viewing,
      chat: asked === runId ? { ...chat, runId: null, turns: [] } : chat,
      compared: compared.filter(({ id }) => id !== runId),
    });
    await listRuns();
  }

  const showError = (thrown: unknown) => store.setState({ startError: toAppError(thrown) });

  /** Puts the form back in front; a run that goes on is kept. */
  function setUpNew() {
    const { run } = store.getState();
    const goesOn = isGoingOn(run);
    store.setState({ ...nothingViewed, startError: null, run: goesOn ? run : null, drafting: goesOn });
  }

  /** Back to the run of this page, from the form. */
  const showRun = () => store.setState(nothingViewed);

  return {
    ...{ begin, adopt, startRun, startAgain, resumeRun, trainOn, pauseOrContinue },
    ...{ stopRun, listRuns, viewRun, deleteRun, setUpNew, showRun },
  };
}

/** Milliseconds: a run writes down its steps once a second. */
const followEvery = 1000;

function liveRun(detail: RunDetail): LiveRun {
  return {
    id: detail.id,
    config: detail.config,
    phase: detail.phase,
    detail: null,
    error: null,
    step: detail.metrics.at(-1)?.step ?? 0,
    wanted: null,
    resets: 0,
    metrics: [...detail.metrics],
    version: 0,
    begun: detail,
    totalSteps: detail.totalSteps,
    tokensPerSecond: null,
    etaSeconds: null,
    elapsedSeconds: null,
    weightError: null,
    scores: detail.scores,
    evaluations: detail.evaluations,
    inside: detail.inside,
    log: [],
  };
}

const withOpenNames = (config: RunConfig, { model, dataset }: RunConfig): RunConfig => ({
  ...config,
  model: { ...config.model, llm_backbone: model.llm_backbone, revision: model.revision },
  dataset: withOpenTable(config.dataset, dataset),
});

/** Lines of the log that are kept. */
const longestLog = 200;

/** A resumed run tells steps anew that it had told before the break: the later telling counts. */
function withMetrics(run: LiveRun, event: Events['metrics']): LiveRun {
  const first = event.steps[0]?.step ?? Number.POSITIVE_INFINITY;
  const { metrics } = run;
  while (metrics.length > 0 && metrics[metrics.length - 1]!.step >= first) metrics.pop();
  metrics.push(...event.steps);
  packSteps(metrics);
  return {
    ...run,
    version: run.version + 1,
    step: metrics.at(-1)?.step ?? run.step,
    totalSteps: event.totalSteps,
    tokensPerSecond: event.tokensPerSecond,
    etaSeconds: event.etaSeconds,
    elapsedSeconds: event.elapsedSeconds,
  };
}
