import { toAppError } from '../../errors.ts';
import type { Client } from '../../worker/client.ts';
import type { TuningPreview } from '../../worker/protocol.ts';
import { followingRecipe } from '../own-settings.ts';
import type { Remote, StudioStore } from '../store.ts';

/**
 * Keeps the two previews in step with the form. One request of each kind is under way at a time; what changes
 * meanwhile is asked for once, when it returns. What is trained is shown before its cost: a plan takes longer.
 */
export function previewCommands(store: StudioStore, client: Client) {
  const tuning = latest<TuningPreview>(
    async (show) => {
      const { model, config, tuning: before } = store.getState();
      if (model.value === null) return null;
      const preview = await client.request('previewTuning', { config, shown: model.value.head });
      if (preview.trainedParameters === 0) return preview;
      const { step = null, time = null, memory = null } = before.value ?? {};
      if (!show({ value: { ...preview, step, time, memory }, error: null })) return null;
      try {
        const { step, time, memory } = await client.request('estimate', { config });
        return { ...preview, step, time, memory };
      } catch (thrown) {
        // A choice that has no plan has no cost: the figure before it would be wrong.
        show({ value: preview });
        throw thrown;
      }
    },
    (patch) =>
      // The states are those of the parameters of its model: both are shown at once.
      store.setState(({ tuning: before, model }) => ({
        tuning: { ...before, ...patch },
        ...(patch.value?.model ? { model: { ...model, value: patch.value.model } } : {}),
      })),
  );
  const data = latest(
    async () => {
      const { model, data: table } = store.getState();
      if (model.value === null || table.value === null) return null;
      // The settings follow from the rows before these are looked at as the settings say.
      if (await follow()) tuning();
      return client.request('previewData', { config: store.getState().config });
    },
    (patch) => store.setState(({ dataPreview: before }) => ({ dataPreview: { ...before, ...patch } })),
  );

  /** Whether what recipes follow from has changed the form. */
  async function follow(): Promise<boolean> {
    const measured = await client.request('measureRows', { config: store.getState().config }).catch(() => null);
    const facts = measured?.facts ?? null;
    const { config } = store.getState();
    store.setState((state) => ({ facts, config: followingRecipe({ ...state, facts }) }));
    return store.getState().config !== config;
  }

  return {
    refresh: () => {
      tuning();
      data();
    },
  };
}

/**
 * Calls `ask` now, or once more after the call under way; only the last answer is shown. `ask` may show a part of its
 * answer early, and is told whether it is still the last.
 */
export function latest<T>(
  ask: (show: (patch: Partial<Remote<T>>) => boolean) => Promise<T | null>,
  show: (patch: Partial<Remote<T>>) => void,
): () => void {
  let running = false;
  let again = false;
  const showEarly = (patch: Partial<Remote<T>>) => {
    if (!again) show(patch);
    return !again;
  };
  const run = async () => {
    running = true;
    show({ pending: true });
    do {
      again = false;
      try {
        const value = await ask(showEarly);
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
