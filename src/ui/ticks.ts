import type { ParameterRow, ParameterState } from '../worker/protocol.ts';
import type { Ticks } from './store.ts';

/** What a click, a key or "apply to matches" asks for. */
export interface TickChange {
  readonly names: ReadonlySet<string>;
  readonly state: ParameterState;
  /** Everything else is frozen first. */
  readonly only?: boolean;
}

/** Adapters go on weight matrices of linear layers, the output head left out, as PEFT's "all-linear". */
export const isAdaptable = ({ role, shape, name }: ParameterRow): boolean =>
  role === 'linear' && shape.length === 2 && name.endsWith('.weight');

/**
 * The states after a change, and the run-config keys that say the same: trained parameters by name, adapters by exact
 * module path. A parameter that cannot carry one keeps its state when one is asked for. `adapterMethod` is what ticked
 * modules get.
 */
export function applyTicks(
  parameters: readonly ParameterRow[],
  states: readonly ParameterState[],
  { names, state, only = false }: TickChange,
  adapterMethod: Ticks['method'] = 'lora',
): { states: ParameterState[]; ticks: Ticks } {
  const next = parameters.map((parameter, index): ParameterState => {
    const before = only ? 'frozen' : (states[index] ?? 'frozen');
    if (!names.has(parameter.name)) return before;
    return state === 'adapter' && !isAdaptable(parameter) ? before : state;
  });
  return { states: next, ticks: ticksFrom(parameters, next, adapterMethod) };
}

function ticksFrom(
  parameters: readonly ParameterRow[],
  states: readonly ParameterState[],
  adapterMethod: Ticks['method'],
): Ticks {
  const inState = (state: ParameterState) => parameters.filter((_, index) => states[index] === state);
  const trained = inState('train').map(({ name }) => name);
  const modules = inState('adapter').map(({ module }) => module);
  // `full` with an empty list would train everything, so no tick at all is an adapter on no module.
  const method = modules.length === 0 && trained.length > 0 ? 'full' : adapterMethod;
  return { method, train_parameters: trained, lora_target_modules: modules, layers_to_transform: [] };
}
