import { toAppError } from '../../errors.ts';
import type { RunConfig, SectionName } from '../../training/run-config.ts';
import type { Client } from '../../worker/client.ts';
import type { Selector } from '../../worker/protocol.ts';
import type { Studio, StudioStore, Ticks } from '../store.ts';
import { applyTicks, type TickChange } from '../ticks.ts';

const undoDepth = 100;

/** Changing the form: settings, and the ticks of the parameter tree with undo. */
export function settingCommands(store: StudioStore, client: Client, refresh: () => void) {
  function set<S extends SectionName, K extends keyof RunConfig[S] & string>(
    section: S,
    key: K,
    value: RunConfig[S][K],
  ) {
    store.setState(({ config, invalidFields }) => ({
      config: { ...config, [section]: { ...config[section], [key]: value } },
      invalidFields: invalidFields.filter((field) => field !== `${section}.${key}`),
      startError: null,
    }));
    refresh();
  }

  /** A field that holds no number blocks Start until it does. */
  function markInvalid(field: string, invalid: boolean) {
    store.setState(({ invalidFields }) => {
      const others = invalidFields.filter((name) => name !== field);
      return { invalidFields: invalid ? [...others, field] : others };
    });
  }

  function tick(change: TickChange) {
    const { model, tuning, config } = store.getState();
    if (!model.value || !tuning.value) return;
    const { method } = store.getState().config.tuning;
    // A learned prompt or prefix goes on no module: a tick means LoRA again.
    const adapterMethod = method === 'ia3' ? method : 'lora';
    const next = applyTicks(model.value.parameters, tuning.value.states, change, adapterMethod);
    store.setState((state) => ({
      config: { ...config, tuning: { ...config.tuning, ...next.ticks } },
      // Shown at once; the worker's answer, with counts and memory, replaces it.
      tuning: { ...state.tuning, value: { ...tuning.value!, states: next.states } },
      undo: [...state.undo, ticksOf(state)].slice(-undoDepth),
    }));
    refresh();
  }

  function undo(): boolean {
    const { undo: stack, config } = store.getState();
    const last = stack.at(-1);
    if (!last) return false;
    store.setState({ config: { ...config, tuning: { ...config.tuning, ...last } }, undo: stack.slice(0, -1) });
    refresh();
    return true;
  }

  /** Names that a rule picks. @throws AppError 'run-config-invalid' for a pattern that is no regular expression. */
  const select = async (selector: Selector) => (await client.request('select', { selector })).names;

  /** Replaces the form by a run config file. Gives the error, or null when it was taken. */
  async function loadConfig(json: string) {
    try {
      const config = await client.request('parseConfig', { json });
      store.setState({ config, undo: [], invalidFields: [], startError: null });
      refresh();
      return null;
    } catch (thrown) {
      return toAppError(thrown);
    }
  }

  return { set, markInvalid, tick, undo, select, loadConfig };
}

function ticksOf({ config: { tuning } }: Studio): Ticks {
  const { method, train_parameters, lora_target_modules, layers_to_transform } = tuning;
  return { method, train_parameters, lora_target_modules, layers_to_transform };
}
