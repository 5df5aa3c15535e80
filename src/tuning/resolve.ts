import { AppError } from '../errors.ts';
import { type CausalModel, featuresOf } from '../models/model.ts';
import { type RateSettings, rateFactor } from './learning-rates.ts';
import { loraParameters, loraScale } from './lora.ts';
import { selectParameters } from './select.ts';
import { biasesOnly } from './selectors.ts';
import { defaultTargetModules, patternValue, targetModules } from './target-modules.ts';
import type { AdapterParameter, LoraModule, Tuning } from './tuning.ts';

/** The `tuning` section of a run config, as far as it decides what is trained; names of PEFT and H2O LLM Studio. */
export interface TuningSettings extends RateSettings {
  readonly method: string;
  readonly lora_r?: number;
  readonly lora_alpha?: number;
  readonly lora_dropout?: number;
  /** Names, a regular expression or "all-linear"; empty or absent: the usual ones of the architecture. */
  readonly lora_target_modules?: string | readonly string[];
  readonly layers_to_transform?: readonly number[];
  readonly layers_pattern?: readonly string[];
  readonly use_rslora?: boolean;
  readonly use_dora?: boolean;
  readonly rank_pattern?: Readonly<Record<string, number>>;
  readonly alpha_pattern?: Readonly<Record<string, number>>;
  readonly lora_plus_ratio?: number;
  readonly modules_to_save?: readonly string[];
  readonly bias?: 'none' | 'all' | 'lora_only';
  readonly train_parameters?: readonly (string | Readonly<Record<string, unknown>>)[];
}

const methods = ['full', 'lora'];

/**
 * What the settings train of this model. `full` without `train_parameters` trains everything; with them, and beside
 * LoRA, just those. `learningRate` is the run's, needed only where some layers have a rate of their own.
 * @throws AppError 'nothing-matched', 'nothing-trained', 'setting-unsupported', 'run-config-invalid'
 */
export function resolveTuning(model: CausalModel, settings: TuningSettings, learningRate?: number): Tuning {
  if (!methods.includes(settings.method)) throw unsupported('method', settings.method, methods.join(', '));
  if (settings.use_dora) throw unsupported('use_dora', 'true', 'false');
  const factor = rateFactor(model, settings, learningRate);
  const lora = settings.method === 'lora' ? loraModules(model, settings) : undefined;
  const names = trainedNames(model, settings, lora);
  const trained = new Map(
    model.parameters
      .filter(({ name }) => names.has(name))
      .map((parameter) => [parameter.name, { learningRateFactor: factor(parameter.name, parameter.layer) }]),
  );
  if (trained.size === 0 && (lora === undefined || lora.size === 0)) throw new AppError('nothing-trained');
  const adapterParameters = lora === undefined ? [] : adapterOf(model, lora, settings.lora_plus_ratio ?? 1, factor);
  return lora === undefined ? { trained, adapterParameters } : { trained, lora: { modules: lora }, adapterParameters };
}

function trainedNames(
  model: CausalModel,
  settings: TuningSettings,
  lora: ReadonlyMap<string, LoraModule> | undefined,
): Set<string> {
  const entries = settings.train_parameters ?? [];
  if (settings.method === 'full' && entries.length === 0) return new Set(model.parameters.map(({ name }) => name));
  const names = new Set(entries.flatMap((entry) => selectParameters(model.parameters, entry)));
  for (const module of settings.modules_to_save ?? []) for (const name of wholeModule(model, module)) names.add(name);
  const biases = settings.bias === undefined || settings.bias === 'none' ? [] : biasesOnly(model.parameters);
  for (const bias of biases) {
    const module = bias.slice(0, bias.lastIndexOf('.'));
    if (settings.bias === 'all' || lora?.has(module)) names.add(bias);
  }
  return names;
}

/** Parameters of the modules whose path is `module` or ends with `.module`. */
function wholeModule(model: CausalModel, module: string): string[] {
  const names = model.parameters
    .filter((parameter) => `.${parameter.module}`.endsWith(`.${module}`))
    .map(({ name }) => name);
  if (names.length === 0) throw new AppError('nothing-matched', { pattern: module });
  return names;
}

function loraModules(model: CausalModel, settings: TuningSettings): Map<string, LoraModule> {
  const given = settings.lora_target_modules ?? '';
  // An empty list is a choice (every box unticked), an empty text is none.
  if (typeof given !== 'string' && given.length === 0) return new Map();
  const modules = targetModules(model, {
    targets: given === '' ? defaultTargetModules(model.modelType) : given,
    layersToTransform: settings.layers_to_transform ?? [],
    layersPattern: settings.layers_pattern ?? [],
  });
  const infos = new Map(model.parameters.map((info) => [info.name, info]));
  return new Map(
    modules.map((module) => {
      const features = featuresOf(infos.get(`${module}.weight`)!);
      const rank = patternValue(settings.rank_pattern ?? {}, 'tuning.rank_pattern', module, settings.lora_r ?? 8);
      const alpha = patternValue(
        settings.alpha_pattern ?? {},
        'tuning.alpha_pattern',
        module,
        settings.lora_alpha ?? 8,
      );
      requireRank(rank);
      const scale = loraScale(rank, alpha, settings.use_rslora ?? false);
      return [module, { rank, alpha, scale, dropout: settings.lora_dropout ?? 0, ...features }];
    }),
  );
}

function requireRank(rank: number): void {
  if (!Number.isInteger(rank) || rank < 1)
    throw new AppError('run-config-invalid', {
      key: 'tuning.lora_r',
      reason: `rank ${rank} is not a whole number above 0`,
    });
}

function adapterOf(
  model: CausalModel,
  modules: ReadonlyMap<string, LoraModule>,
  loraPlusRatio: number,
  factor: (name: string, layer: number | undefined) => number,
): AdapterParameter[] {
  const layers = new Map(model.parameters.map(({ module, layer }) => [module, layer]));
  return [...modules].flatMap(([module, lora]) => {
    const a = factor(module, layers.get(module));
    return loraParameters(module, lora, { a, b: a * loraPlusRatio });
  });
}

const unsupported = (key: string, value: string, supported: string): AppError =>
  new AppError('setting-unsupported', { key: `tuning.${key}`, value, supported });
