import { AppError, because, type Reason } from '../errors.ts';
import { tiedTogether, virtualTokensSpoil } from '../models/heads.ts';
import { headModule, type Model, tiedHeadModule } from '../models/model.ts';
import { rateFactor } from './learning-rates.ts';
import type { Adapter, TuningSettings } from './method.ts';
import { methods, methodsFor } from './methods.ts';
import { selectParameters } from './select.ts';
import { biasesOnly } from './selectors.ts';
import { headModules, ownHead, requireExclusions } from './target-modules.ts';
import type { Tuning } from './tuning.ts';

export type { TuningSettings } from './method.ts';

/**
 * What the settings train of this model. `full` without `train_parameters` trains everything; with them, and beside
 * an adapter, just those. `learningRate` is the run's, needed only where some layers have a rate of their own.
 * @throws AppError 'nothing-matched', 'nothing-excluded', 'nothing-trained', 'setting-unsupported', 'run-config-invalid'
 */
export function resolveTuning(model: Model, settings: TuningSettings, learningRate?: number): Tuning {
  requireMethod(model, settings.method);
  const factor = rateFactor(model, settings, learningRate);
  const made = methods[settings.method]?.create(model, settings, factor);
  if (made && made.modules.size > 0) requireExclusions(model, settings);
  const adapter = made && made.parameters.length > 0 ? made : undefined;
  const spoilt = adapter?.virtualTokens && virtualTokensSpoil(model);
  if (spoilt)
    throw unsupported('method', because`${settings.method} (of ${spoilt.of})`, because`methods without virtual tokens`);
  if (adapter?.modules.has(headModule(model)) && !adapter.isInLoss)
    throw unsupported(
      'lora_target_modules',
      headModule(model),
      because`the head with LoRA, and other modules with ${adapter.title}`,
    );
  const names = trainedNames(model, settings, adapter);
  // PEFT keeps the output at the published table, and transformers unties its bias as well where the two differ.
  const [output] = tiedTogether(model);
  const table = output?.slice(0, -'.weight'.length) ?? '';
  if (output && (adapter?.modules.has(table) || (adapter && names.has(output))))
    throw unsupported(
      names.has(output) ? 'train_parameters' : 'lora_target_modules',
      table,
      because`other modules (the output that masked tokens are told by is tied to it; full fine-tuning trains both)`,
    );
  const trained = new Map(
    model.parameters
      .filter(({ name }) => names.has(name))
      .map((parameter) => [parameter.name, { learningRateFactor: factor(parameter.name, parameter.layer) }]),
  );
  if (trained.size === 0 && adapter === undefined) throw new AppError('nothing-trained');
  const beside = adapter?.standsAlone && [...trained.keys()].find((name) => !isOfHead(name));
  if (beside) throw unsupported('train_parameters', beside, because`nothing beside ${settings.method}`);
  const loose = adapter && [...trained.keys()].find((name) => liesAround(name, adapter.modules));
  if (loose) throw unsupported('train_parameters', loose, because`parameters whose module has no adapted ones inside`);
  // PEFT saves an adapted embedding or head beside its adapter as it was published.
  const twice = model.parameters.find(
    ({ name, module, role }) =>
      trained.has(name) && adapter?.modules.has(module) && (role === 'embedding' || role === 'head'),
  );
  if (twice)
    throw unsupported('lora_target_modules', twice.module, because`modules that are not trained whole as well`);
  // It would lie unread beside what is left of it.
  const residual = [...(adapter?.residuals?.keys() ?? [])].find((name) => trained.has(name));
  if (residual)
    throw unsupported(
      'train_parameters',
      residual,
      because`weights without LoRA (init_lora_weights takes the fresh matrices out of this one)`,
    );
  const { keep_frozen_statistics: keepsFrozenStatistics = false } = settings;
  return adapter === undefined
    ? { trained, adapterParameters: [], keepsFrozenStatistics }
    : { trained, adapter, adapterParameters: adapter.parameters };
}

/** @throws AppError 'setting-unsupported' where the method is none of this model's */
function requireMethod(model: Model, method: string): void {
  const its = ['full', ...methodsFor(model)];
  if (!its.includes(method)) throw unsupported('method', method, its.join(', '));
}

function trainedNames(model: Model, settings: TuningSettings, adapter: Adapter | undefined): Set<string> {
  const entries = settings.train_parameters ?? [];
  if (settings.method === 'full' && entries.length === 0) return new Set(model.parameters.map(({ name }) => name));
  const names = new Set(entries.flatMap((entry) => selectParameters(model.parameters, entry)));
  for (const module of settings.modules_to_save ?? [])
    for (const name of requiredModule(model, module)) names.add(name);
  // PEFT trains a classifier's head beside every adapter.
  if (adapter) for (const module of ownHead(model)) for (const name of wholeModule(model, module)) names.add(name);
  const biases = settings.bias === undefined || settings.bias === 'none' ? [] : biasesOnly(model.parameters);
  for (const bias of biases) {
    const module = bias.slice(0, bias.lastIndexOf('.'));
    if (settings.bias === 'all' || adapter?.modules.has(module)) names.add(bias);
  }
  return names;
}

/**
 * Whether a parameter is one of a module that holds adapted ones, as A_log of a gated delta net may be: PEFT saves beside an
 * adapter only whole modules, in which it adapts nothing.
 */
export function liesAround(name: string, adapted: Adapter['modules']): boolean {
  const module = name.slice(0, name.lastIndexOf('.') + 1);
  return module !== '' && [...adapted].some((path) => path.startsWith(module));
}

const isOfHead = (name: string): boolean =>
  headModules.some((head) => isInside(name.slice(0, name.lastIndexOf('.')), head));

function requiredModule(model: Model, module: string): string[] {
  const names = wholeModule(model, module);
  const tied = tiedHeadModule(model);
  // PEFT would train a copy for the head alone, and the two would no longer be tied.
  if (names.length === 0 && tied?.endsWith(module)) {
    const table = model.headParameter.slice(0, -'.weight'.length);
    throw unsupported(
      'modules_to_save',
      module,
      because`${table}, which this model's head is tied to (both are then trained)`,
    );
  }
  if (names.length === 0) throw new AppError('nothing-matched', { pattern: module });
  return names;
}

/**
 * Parameters of the modules whose path ends with `module`, and of those inside them. It need not begin at a dot: "norm" is
 * every norm (PEFT).
 */
function wholeModule(model: Model, module: string): string[] {
  return model.parameters.filter((parameter) => isInside(parameter.module, module)).map(({ name }) => name);
}

/** Whether a path, or one that holds it, ends with `end`. */
export function isInside(path: string, end: string): boolean {
  if (path.endsWith(end)) return true;
  const dot = path.lastIndexOf('.');
  return dot >= 0 && isInside(path.slice(0, dot), end);
}

const unsupported = (key: string, value: string | Reason, supported: string | Reason): AppError =>
  new AppError('setting-unsupported', { key: `tuning.${key}`, value, supported });
