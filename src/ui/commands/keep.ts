import { type AppError, toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import type { Download, TargetName } from '../../worker/protocol.ts';
import { requestOrder } from '../request-order.ts';
import type { Saved, StudioStore } from '../store.ts';

/** What is done with runs that are over: taken away, brought here, renamed, compared, asked. */
export function keepCommands(
  store: StudioStore,
  client: Client,
  save: (download: Download) => void,
  listRuns: () => Promise<void>,
) {
  const showError = (thrown: unknown) => store.setState({ startError: toAppError(thrown) });
  let asking: string | null = null;
  let asked = 0;
  const beginNotify = requestOrder();

  client.on('answered', ({ requestId, ...progress }) => {
    if (requestId === asking) store.setState(({ table }) => ({ table: { ...table, progress } }));
  });

  const exportOffers = async (runId: string) => (await client.request('exportOffers', { runId })).offers;

  async function download(runId: string, target: TargetName, rank?: number): Promise<void> {
    const asked = { pending: target, saved: null, error: null };
    store.setState({ download: asked });
    // The page may show another run, or another form, meanwhile: the file is saved all the same.
    const tell = (saved: Saved | null, error: AppError | null) => {
      if (store.getState().download === asked) store.setState({ download: { pending: null, saved, error } });
    };
    try {
      const file = await client.request('download', { runId, target, ...(rank !== undefined && { rank }) });
      save(file);
      const { blob: _, ...saved } = file;
      tell(saved, null);
    } catch (thrown) {
      tell(null, toAppError(thrown));
    }
  }

  /** Takes a run away in the first form that it can be had in: its own. */
  async function downloadFirst(runId: string): Promise<void> {
    try {
      const offer = (await exportOffers(runId)).find(({ refusal }) => refusal === null);
      if (offer) await download(runId, offer.target);
    } catch (thrown) {
      store.setState({ download: { pending: null, saved: null, error: toAppError(thrown) } });
    }
  }

  async function renameRun(runId: string, name: string): Promise<void> {
    await client.request('renameRun', { runId, name }).catch(showError);
    await listRuns();
  }

  async function importRun(archive: Blob): Promise<void> {
    store.setState({ startError: null });
    await client.request('importRun', { archive }).catch(showError);
    await listRuns();
  }

  const readRun = (runId: string) => client.request('readRun', { runId });

  /** Runs that are being read, to be compared. */
  const comparing = new Set<string>();

  /** Adds a run to those that are compared, or takes it out. */
  async function compareRun(runId: string): Promise<void> {
    const { compared } = store.getState();
    if (comparing.delete(runId)) return;
    if (compared.some(({ id }) => id === runId)) {
      return store.setState({ compared: compared.filter(({ id }) => id !== runId) });
    }
    comparing.add(runId);
    try {
      const detail = await readRun(runId);
      if (!comparing.delete(runId)) return;
      store.setState((state) => ({ compared: [...state.compared.filter(({ id }) => id !== runId), detail] }));
    } catch (thrown) {
      if (comparing.delete(runId)) showError(thrown);
    }
  }

  /** Answers the validation rows with both sides, under the chat's settings. */
  async function answerTable(runId: string): Promise<void> {
    const requestId = `table-${++asked}`;
    asking = requestId;
    store.setState({ table: { value: null, pending: true, error: null, runId, progress: null } });
    try {
      const { settings } = store.getState().chat;
      const value = await client.request('answerValidation', { requestId, runId, settings });
      if (asking === requestId) store.setState(({ table }) => ({ table: { ...table, value, pending: false } }));
    } catch (thrown) {
      if (asking === requestId)
        store.setState(({ table }) => ({ table: { ...table, pending: false, error: toAppError(thrown) } }));
    } finally {
      if (asking === requestId) asking = null;
    }
  }

  async function stopTable(): Promise<void> {
    if (asking) await client.request('stopChat', { requestId: asking });
  }

  const setJudgeKey = (endpoint: string, key: string) =>
    client.request('setJudgeKey', { endpoint, key }).then(() => {}, showError);

  /** Asks the browser for leave to notify; only ever called by a click. */
  async function setNotify(wanted: boolean): Promise<void> {
    const isLast = beginNotify();
    const granted = wanted && (await Notification.requestPermission()) === 'granted';
    if (isLast()) store.setState({ notify: granted });
  }

  return {
    exportOffers,
    download,
    downloadFirst,
    renameRun,
    importRun,
    readRun,
    compareRun,
    answerTable,
    stopTable,
    setJudgeKey,
    setNotify,
  };
}
