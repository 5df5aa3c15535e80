import { toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import type { Remote, StudioStore } from '../store.ts';

/**
 * Keeps the two previews in step with the form. One request of each kind is under way at a time; what changes
 * meanwhile is asked for once, when it returns.
 */
export function previewCommands(store: StudioStore, client: Client) {
  const tuning = latest(
    async () => {
      const { model, config } = store.getState();
      if (model.value === null) return null;
      return client.request('previewTuning', { config });
    },
    (patch) => store.setState(({ tuning: before }) => ({ tuning: { ...before, ...patch } })),
  );
  const data = latest(
    async () => {
      const { model, data: table, config } = store.getState();
      if (model.value === null || table.value === null) return null;
      return client.request('previewData', { config });
    },
    (patch) => store.setState(({ dataPreview: before }) => ({ dataPreview: { ...before, ...patch } })),
  );
  return {
    refresh: () => {
      tuning();
      data();
    },
  };
}

/** Calls `ask` now, or once more after the call under way; only the last answer is shown. */
export function latest<T>(ask: () => Promise<T | null>, show: (patch: Partial<Remote<T>>) => void): () => void {
  let running = false;
  let again = false;
  const run = async () => {
    running = true;
    show({ pending: true });
    do {
      again = false;
      try {
        const value = await ask();
        if (!again) show(value === null ? { error: null } : { value, error: null });
      } catch (thrown) {
        if (!again) show({ error: toAppError(thrown) });
      }
    } while (again);
    running = false;
    show({ pending: false });
  };
  return () => {
    if (running) again = true;
    else void run();
  };
}
