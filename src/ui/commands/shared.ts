import { toAppError } from '../../errors.ts';
import { valueAt, withValues } from '../../training/config/recipes.ts';
import type { Client } from '../../worker/client.ts';
import type { SharedView } from '../../worker/protocol.ts';
import { withOwn } from '../own-settings.ts';
import { keepReplay, keptReplay } from '../replay/kept-replay.ts';
import { requestOrder } from '../request-order.ts';
import { isGoingOn, nothingViewed, type StudioStore } from '../store.ts';

/** Handing runs on, looking at those of others, and doing them again. */
export function sharedCommands(
  store: StudioStore,
  client: Client,
  setUpAs: (shared: SharedView) => Promise<boolean>,
  refresh: () => void,
) {
  const beginOpening = requestOrder();
  const beginIdentifying = requestOrder();

  /** In both forms; the file with prompts and answers if that is asked. @throws AppError */
  const shareRun = (runId: string, names: boolean, answers: boolean) =>
    client.request('shareRun', { runId, names, answers });

  /** Shows a run of someone else. What is set up here stays as it is, whatever the link or the file holds. */
  async function openShared(given: { readonly link: string } | { readonly file: Blob }): Promise<void> {
    const isLast = beginOpening();
    const link = 'link' in given ? given.link : null;
    const asked = { link, value: null, pending: true, error: null };
    store.setState(({ run }) => ({ step: 'train', ...nothingViewed, drafting: run !== null, shared: asked }));
    const isShown = () => isLast() && store.getState().shared === asked;
    try {
      const value = await client.request('openShared', given);
      if (isShown()) store.setState({ shared: { ...asked, value, pending: false } });
    } catch (thrown) {
      if (isShown()) store.setState({ shared: { ...asked, pending: false, error: toAppError(thrown) } });
    }
  }

  /** Sets the page up as the shared run was; what it cannot open by itself is asked for. */
  async function replayShared(): Promise<void> {
    const shared = store.getState().shared?.value;
    if (!shared) return;
    store.setState({ replay: { shared, open: null, runId: null, used: null } });
    await setUpAs(shared);
  }

  const endReplay = () => store.setState({ replay: null });

  /** Puts the settings of the shared run back into the form; what names the open model and table stays. */
  async function takeSharedSettings(): Promise<void> {
    const { differingKeys } = await import('../replay/compared.ts');
    store.setState((state) => {
      if (!state.replay) return {};
      const { config: wanted } = state.replay.shared.detail;
      const keys = differingKeys(state.replay.shared, state.config);
      const config = withValues(state.config, Object.fromEntries(keys.map((key) => [key, valueAt(wanted, key)])));
      return { ...withOwn({ ...state, facts: null }, config, keys), undo: [], redo: [] };
    });
    refresh();
  }

  async function identifyOpen(): Promise<void> {
    const isLast = beginIdentifying();
    store.setState(({ replay }) => ({ replay: replay && { ...replay, open: null } }));
    const identity = await client.request('identify', { runId: null }).catch(() => null);
    if (!identity || !isLast()) return;
    const { rows: _, ...open } = identity;
    store.setState(({ replay }) => ({ replay: replay && { ...replay, open } }));
  }

  async function identifyRun(runId: string): Promise<void> {
    const used = await client.request('identify', { runId }).catch(() => null);
    store.setState(({ replay }) => (replay?.runId === runId ? { replay: { ...replay, used } } : {}));
  }

  store.subscribe((state, before) => {
    const { replay } = state;
    if (replay?.shared !== before.replay?.shared || replay?.runId !== before.replay?.runId) keepReplay(replay);
    if (replay === null) return;
    const opened = ['model', 'data', 'validation'] as const;
    if (replay.shared !== before.replay?.shared || opened.some((part) => state[part].value !== before[part].value))
      void identifyOpen();
    const begins = state.run !== null && state.run.id !== before.run?.id && state.run.begun.metrics.length === 0;
    if (begins && replay.runId === null) store.setState({ replay: { ...replay, runId: state.run!.id } });
    const ended = isGoingOn(before.run) && !isGoingOn(state.run) && state.run?.id === replay.runId;
    if (ended && state.run) void identifyRun(state.run.id);
  });

  const kept = keptReplay();
  if (kept) store.setState({ replay: kept });

  return { shareRun, openShared, replayShared, endReplay, takeSharedSettings };
}
