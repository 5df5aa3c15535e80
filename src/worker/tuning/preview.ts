import { toAppError } from '../../errors.ts';
import { factsOfConfig, offersOf, withTuned } from '../../exports/targets.ts';
import { rowFacts } from '../../tasks/registry.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { resolveTuning } from '../../tuning/resolve.ts';
import { type Tuning, trainedShare } from '../../tuning/tuning.ts';
import type { OpenedModel } from '../models/opened-model.ts';
import type { ParameterState, TuningPreview } from './messages.ts';

/** Of the answer, all but the model. */
type Trained = Omit<TuningPreview, 'model'>;

/** What a config trains of a model, parameter by parameter, without its cost. @throws AppError of resolving the tuning */
export function tuningPreview(opened: OpenedModel, config: RunConfig): Trained {
  const { model } = opened.open;
  const facts = factsOfConfig(config, model.modelType, rowFacts(config));
  let tuning: Tuning;
  try {
    tuning = resolveTuning(model, config.tuning, config.training.learning_rate);
  } catch (thrown) {
    const { code, params } = toAppError(thrown);
    if (!['nothing-trained', 'nothing-matched', 'all-excluded'].includes(code)) throw thrown;
    return nothingTrained(opened, { code, params }, offersOf(facts));
  }
  const { trained, total } = trainedShare(model, tuning);
  return {
    trainedParameters: trained,
    totalParameters: total,
    states: statesOf(opened, tuning),
    rates: ratesOf(opened, tuning),
    adapter: tuning.adapter?.title ?? null,
    adapterModules: [...(tuning.adapter?.modules ?? [])],
    step: null,
    time: null,
    memory: null,
    warnings: [],
    exports: offersOf(withTuned(facts, { base: opened.open, tuning })),
  };
}

function nothingTrained(
  { open }: OpenedModel,
  warning: TuningPreview['warnings'][number],
  exports: TuningPreview['exports'],
): Trained {
  const { parameters } = open.model;
  return {
    trainedParameters: 0,
    totalParameters: parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    states: parameters.map(() => 'frozen'),
    rates: parameters.map(() => 1),
    adapter: null,
    adapterModules: [],
    step: null,
    time: null,
    memory: null,
    warnings: [warning],
    exports,
  };
}

/** LoRA+'s own rate for B is no factor of the module: of its matrices the first counts. */
function ratesOf({ open }: OpenedModel, { trained, adapter, adapterParameters }: Tuning): number[] {
  const ofModule = new Map<string, number>();
  for (const { name, learningRateFactor } of adapterParameters) {
    let module = name;
    while (module !== '' && !adapter?.modules.has(module))
      module = module.slice(0, Math.max(0, module.lastIndexOf('.')));
    if (!ofModule.has(module)) ofModule.set(module, learningRateFactor);
  }
  return open.model.parameters.map(
    ({ name, module }) =>
      trained.get(name)?.learningRateFactor ?? (name.endsWith('.weight') ? ofModule.get(module) : undefined) ?? 1,
  );
}

function statesOf({ open }: OpenedModel, tuning: Tuning): ParameterState[] {
  return open.model.parameters.map(({ name, module }) => {
    if (tuning.trained.has(name)) return 'train';
    return tuning.adapter?.modules.has(module) && name.endsWith('.weight') ? 'adapter' : 'frozen';
  });
}
