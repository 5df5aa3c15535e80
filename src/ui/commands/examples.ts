import { toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import type { ShownRow } from '../../worker/protocol.ts';
import { isGoingOn, noExamples, nothing, runOfResult, type Studio, type StudioStore } from '../store.ts';

/** The rows of a run's result, one by one: one request at a time, the last one counts. */
export function exampleCommands(store: StudioStore, client: Client) {
  let asked = 0;
  let asking: string | null = null;

  client.on('examplesDone', ({ requestId, ...progress }) => {
    if (requestId === asking) set({ progress });
  });
  // A run that goes on comes to other weights.
  store.subscribe(({ run, runs, examples: { runId } }) => {
    const isItsRun = runId !== null && (run?.id === runId || runOfResult(runs.value ?? [], runId)?.id === run?.id);
    if (isItsRun && isGoingOn(run)) store.setState({ examples: noExamples });
  });

  const set = (change: Partial<Studio['examples']>): void =>
    store.setState(({ examples }) => ({ examples: { ...examples, ...change } }));
  const isOf = (runId: string): boolean => store.getState().examples.runId === runId;

  /** What is kept of a result. */
  async function openExamples(runId: string): Promise<void> {
    if (isOf(runId)) return;
    store.setState({ examples: { ...noExamples, runId } });
    // What cannot be read is found anew.
    const { rows } = await client.request('keptExamples', { runId }).catch(() => ({ rows: null }));
    if (isOf(runId) && rows) set({ losses: { ...nothing, value: rows } });
  }

  /** Asks for something that takes a while, of `part`. */
  async function ask<P extends 'losses' | 'teachers'>(
    runId: string,
    part: P,
    request: (requestId: string) => Promise<Studio['examples'][P]['value']>,
    isWanted = () => isOf(runId),
  ): Promise<void> {
    const requestId = `examples-${++asked}`;
    asking = requestId;
    const before = store.getState().examples[part];
    const put = (remote: object) => set({ [part]: remote, progress: null });
    put({ ...nothing, pending: true });
    try {
      const value = await request(requestId);
      // What was stopped leaves what was there.
      if (asking === requestId && isWanted()) put(value ? { ...nothing, value } : { ...before, pending: false });
    } catch (thrown) {
      if (asking === requestId && isWanted()) put({ ...nothing, error: toAppError(thrown) });
    } finally {
      if (asking === requestId) asking = null;
    }
  }

  const lookAtExamples = (runId: string): Promise<void> =>
    ask(runId, 'losses', async (requestId) => (await client.request('lookAtExamples', { requestId, runId })).rows);

  async function lookAtRow(runId: string, { split, row }: ShownRow): Promise<void> {
    const shown = { split, row };
    set({ shown, row: { ...nothing, pending: true }, teachers: nothing });
    const isLast = () => isOf(runId) && store.getState().examples.shown === shown;
    try {
      const value = await client.request('lookAtRow', { runId, split, row });
      if (isLast()) set({ row: { ...nothing, value } });
    } catch (thrown) {
      if (isLast()) set({ row: { ...nothing, error: toAppError(thrown) } });
    }
  }

  async function findTeachers(runId: string): Promise<void> {
    const { shown } = store.getState().examples;
    if (!shown) return;
    await ask(
      runId,
      'teachers',
      (requestId) => client.request('findTeachers', { requestId, runId, ...shown }),
      // Another row may have been chosen meanwhile.
      () => isOf(runId) && store.getState().examples.shown === shown,
    );
  }

  async function stopExamples(): Promise<void> {
    if (asking) await client.request('stopExamples', { requestId: asking });
  }

  return { openExamples, lookAtExamples, lookAtRow, findTeachers, stopExamples };
}
