import { AppError, toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import type { Events, RunDetail } from '../../worker/protocol.ts';
import { notifyEnd } from '../notify-end.ts';
import { isGoingOn, type LiveRun, runOfResult, type StudioStore } from '../store.ts';

/** Starting, steering and looking at runs. */
export function runCommands(store: StudioStore, client: Client) {
  client.on('phase', (event) => {
    const { run } = store.getState();
    if (run?.id !== event.runId) return;
    const { phase, detail, error } = event;
    store.setState({
      run: {
        ...run,
        phase,
        detail: detail ?? null,
        error: error ? new AppError(error.code, error.params) : null,
        log: phase === run.phase ? run.log : [...run.log, logLine(phase, run)].slice(-longestLog),
      },
    });
    if (isGoingOn(store.getState().run)) return;
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

  client.on('metrics', (event) => {
    const { run } = store.getState();
    if (run?.id === event.runId) store.setState({ run: withMetrics(run, event) });
  });

  client.on('starting', (starting) => {
    if (store.getState().starting) store.setState({ starting });
  });

  const startRun = () => begin(() => client.request('startRun', { config: store.getState().config }));
  const resumeRun = (runId: string) => begin(() => client.request('resumeRun', { runId }));

  /** @returns whether a run has begun; while one is about to, no other does */
  async function begin(ask: () => Promise<RunDetail | null>): Promise<boolean> {
    if (store.getState().starting) return false;
    store.setState({ startError: null, viewed: null, starting: { done: 0, total: 0 } });
    try {
      const detail = await ask();
      if (detail) adopt(detail);
      return detail !== null;
    } catch (thrown) {
      store.setState({ startError: toAppError(thrown) });
      return false;
    } finally {
      store.setState({ starting: null });
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
    if (run === null || !isGoingOn(run)) return;
    await client.request(run.phase === 'paused' ? 'continueRun' : 'pauseRun', {}).catch(showError);
  }

  const stopRun = () => client.request('stopRun', {}).then(() => {}, showError);

  async function listRuns(): Promise<void> {
    try {
      const { runs } = await client.request('listRuns', {});
      store.setState(({ chat }) => ({
        runs: { value: runs, pending: false, error: null },
        chat: { ...chat, runId: chat.runId ?? runs.find((run) => run.step > 0)?.id ?? null },
      }));
    } catch (thrown) {
      store.setState(({ runs }) => ({ runs: { ...runs, pending: false, error: toAppError(thrown) } }));
    }
  }

  async function viewRun(runId: string | null): Promise<void> {
    if (runId === null) return store.setState({ viewed: null });
    await client.request('readRun', { runId }).then((viewed) => store.setState({ viewed }), showError);
  }

  async function deleteRun(runId: string): Promise<void> {
    await client.request('deleteRun', { runId }).catch(showError);
    const { run, viewed, chat, compared, runs } = store.getState();
    const asked = runOfResult(runs.value ?? [], chat.runId)?.id ?? chat.runId;
    store.setState({
      run: run?.id === runId ? null : run,
      viewed: viewed?.id === runId ? null : viewed,
      chat: asked === runId ? { ...chat, runId: null, turns: [] } : chat,
      compared: compared.filter(({ id }) => id !== runId),
    });
    await listRuns();
  }

  const showError = (thrown: unknown) => store.setState({ startError: toAppError(thrown) });

  /** Puts the form back in front; a run that goes on is kept. */
  function setUpNew() {
    const { run } = store.getState();
    store.setState({ viewed: null, startError: null, run: isGoingOn(run) ? run : null });
  }

  return { startRun, resumeRun, pauseOrContinue, stopRun, listRuns, viewRun, deleteRun, setUpNew };
}

function liveRun(detail: RunDetail): LiveRun {
  return {
    id: detail.id,
    config: detail.config,
    phase: detail.phase,
    detail: null,
    error: null,
    metrics: [...detail.metrics],
    version: 0,
    totalSteps: detail.totalSteps,
    tokensPerSecond: null,
    etaSeconds: null,
    elapsedSeconds: null,
    weightError: null,
    scores: detail.scores,
    evaluations: detail.evaluations,
    log: [],
  };
}

/** Lines of the log that are kept. */
const longestLog = 200;

const logLine = (phase: LiveRun['phase'], { metrics }: LiveRun) => ({
  time: Date.now(),
  phase,
  step: metrics.at(-1)?.step ?? 0,
});

/** A resumed run tells steps anew that it had told before the break: the later telling counts. */
function withMetrics(run: LiveRun, event: Events['metrics']): LiveRun {
  const first = event.steps[0]?.step ?? Number.POSITIVE_INFINITY;
  const { metrics } = run;
  while (metrics.length > 0 && metrics[metrics.length - 1]!.step >= first) metrics.pop();
  metrics.push(...event.steps);
  return {
    ...run,
    version: run.version + 1,
    totalSteps: event.totalSteps,
    tokensPerSecond: event.tokensPerSecond,
    etaSeconds: event.etaSeconds,
    elapsedSeconds: event.elapsedSeconds,
  };
}
