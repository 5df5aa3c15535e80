import { headModule, type Model } from '../models/model.ts';
import type { Adapter, AdapterParameter } from './method.ts';

/** What is trained. Everything that is not named here is frozen. */
export interface Tuning {
  /** Parameters of the base model, by name, in the model's order. */
  readonly trained: ReadonlyMap<string, { readonly learningRateFactor: number }>;
  /** What a method adds; absent where nothing but the model's own parameters is trained. */
  readonly adapter?: Adapter;
  readonly adapterParameters: readonly AdapterParameter[];
  /**
   * Of an adapter that was read for a model with a tied head, where the head does not read the table as it is tuned: it
   * stays with the published one, or has a matrix of its own.
   */
  readonly tiedHead?: 'published' | 'own';
  /** Whether batch norms with frozen weights take and keep their published statistics; absent: as in PyTorch, they move. */
  readonly keepsFrozenStatistics?: boolean;
}

/** What of a model is other than published beside an adapter: parameters, and a tied head that has a matrix of its own. */
export const besideAdapter = (model: Model, { trained, tiedHead }: Tuning): readonly string[] => [
  ...trained.keys(),
  ...(tiedHead === 'own' ? [`${headModule(model)}.weight`] : []),
];

export interface TrainableParameter {
  /** The model's own name or the adapter's, such as `<module>.lora_A.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly learningRateFactor: number;
  /** Whether weight decay applies to it. */
  readonly decay: boolean;
}

/** transformers' `Trainer.get_decay_parameter_names`, in lower case. */
const notDecayed = /bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)/;

/** Everything the optimizer updates: trained base parameters in the model's order, then those of the adapter. */
export function trainableParameters(model: Model, tuning: Tuning): TrainableParameter[] {
  const base = model.parameters.flatMap(({ name, shape, role }) => {
    const trained = tuning.trained.get(name);
    if (trained === undefined) return [];
    // Norms by their type too: GPT-2's ln_1 matches no pattern.
    const decay = role !== 'norm' && !notDecayed.test(name.toLowerCase());
    return [{ name, shape, learningRateFactor: trained.learningRateFactor, decay }];
  });
  const learned = tuning.adapterParameters.filter(({ frozen }) => !frozen);
  const adapter = learned.map(({ name, shape, learningRateFactor }) => ({
    name,
    shape,
    learningRateFactor,
    decay: !notDecayed.test(name.toLowerCase()),
  }));
  return [...base, ...adapter];
}

/** Counts as PEFT's `print_trainable_parameters`: the adapter is part of the total. `percent` is 0 to 100. */
export function trainedShare(
  model: Model,
  tuning: Tuning,
): { readonly trained: number; readonly total: number; readonly percent: number } {
  const count = (list: readonly { readonly shape: readonly number[] }[]): number =>
    list.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
  const trained = count(trainableParameters(model, tuning));
  const total = count(model.parameters) + count(tuning.adapterParameters);
  return { trained, total, percent: (100 * trained) / total };
}

/** The session's buffer that a run's running statistics lie in: apart from the weights, which one update goes through. */
export const runningBuffer = (name: string): string => `buffer/${name}`;
