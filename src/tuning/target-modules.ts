/** Which modules get LoRA: PEFT's `target_modules`, `layers_to_transform`, `layers_pattern`, and its pattern tables. */
import { AppError } from '../errors.ts';
import type { Model, ParameterInfo, ParameterRole } from '../models/model.ts';
import type { TuningSettings } from './method.ts';
import { pythonPattern, UnsaidPattern } from './python-pattern.ts';

export interface TargetSettings {
  /** Names, one regular expression, or "all-linear". */
  readonly targets: string | readonly string[];
  readonly layersToTransform?: readonly number[];
  /** Names of the list that the layer index follows, such as `layers`; any where absent. */
  readonly layersPattern?: readonly string[];
  /** Names or one regular expression of modules that are left out whatever the rest says. */
  readonly exclude?: string | readonly string[];
}

export type DefaultTargets = Readonly<Record<string, readonly string[]>>;

/** PEFT's default targets by architecture (`TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING`). */
export const loraDefaults: DefaultTargets = {
  llama: ['q_proj', 'v_proj'],
  mistral: ['q_proj', 'v_proj'],
  qwen2: ['q_proj', 'v_proj'],
  qwen3: ['q_proj', 'v_proj'],
  gemma: ['q_proj', 'v_proj'],
  gemma2: ['q_proj', 'v_proj'],
  gemma3_text: ['q_proj', 'v_proj'],
  phi: ['q_proj', 'v_proj', 'fc1', 'fc2'],
  gpt2: ['c_attn'],
  gpt_neox: ['query_key_value'],
  opt: ['q_proj', 'v_proj'],
  stablelm: ['q_proj', 'v_proj'],
  bert: ['query', 'value'],
  roberta: ['query', 'value'],
  'xlm-roberta': ['query', 'value'],
};

/** PEFT's defaults for VeRA (`TRANSFORMERS_MODELS_TO_VERA_TARGET_MODULES_MAPPING`). */
export const veraDefaults: DefaultTargets = { ...loraDefaults, phi: ['q_proj', 'v_proj'] };

/** PEFT's defaults for (IA)³ (`TRANSFORMERS_MODELS_TO_IA3_TARGET_MODULES_MAPPING` and `…FEEDFORWARD…`). */
export const ia3Defaults: DefaultTargets = {
  llama: ['k_proj', 'v_proj', 'down_proj'],
  mistral: ['k_proj', 'v_proj', 'down_proj'],
  qwen2: ['q_proj', 'v_proj', 'down_proj'],
  qwen3: ['q_proj', 'v_proj', 'down_proj'],
  gemma: ['q_proj', 'v_proj', 'down_proj'],
  gemma2: ['q_proj', 'v_proj', 'down_proj'],
  gemma3_text: ['q_proj', 'v_proj', 'down_proj'],
  phi: ['q_proj', 'v_proj', 'fc2'],
  gpt2: ['c_attn', 'mlp.c_proj'],
  gpt_neox: ['query_key_value', 'dense_4h_to_h'],
  opt: ['q_proj', 'k_proj', 'fc2'],
  bert: ['key', 'value', 'output.dense'],
  roberta: ['key', 'value', 'output.dense'],
};

export const feedforwardDefaults: DefaultTargets = {
  llama: ['down_proj'],
  mistral: ['down_proj'],
  qwen2: ['down_proj'],
  qwen3: ['down_proj'],
  gemma: ['down_proj'],
  gemma2: ['down_proj'],
  gemma3_text: ['down_proj'],
  phi: ['fc2'],
  gpt2: ['mlp.c_proj'],
  gpt_neox: ['dense_4h_to_h'],
  opt: ['fc2'],
  bert: ['output.dense'],
  roberta: ['output.dense'],
};

/** @throws AppError 'run-config-invalid' for an architecture that has none */
function defaultTargetModules(modelType: string, defaults: DefaultTargets): readonly string[] {
  const targets = defaults[modelType];
  if (targets === undefined)
    throw new AppError('run-config-invalid', {
      key: 'tuning.lora_target_modules',
      reason: `there are no usual targets for ${modelType}; name the modules`,
    });
  return targets;
}

/** Paths of the linear layers, the output embedding left out, in the model's order. */
export function linearModules(model: Model): string[] {
  return model.parameters.filter(({ role }) => role === 'linear').map(({ module }) => module);
}

/** Of embeddings that of the tokens alone: no method answers for positions or token types. */
function fittingModules(model: Model, roles: readonly ParameterRole[]): string[] {
  const table = model.parameters.find(({ role }) => role === 'embedding');
  const fits = (info: ParameterInfo): boolean =>
    roles.includes(info.role) && (info.role === 'linear' || info === table);
  return model.parameters.filter(fits).map(({ module }) => module);
}

/**
 * The modules of these roles that the settings pick, in the model's order. A string is a regular expression for the whole
 * path (without `base_model.model.`); a name in a list is a whole path or its end after a dot. `layersToTransform` narrows
 * what was found by its end only, as in PEFT.
 * @throws AppError 'nothing-matched' where nothing is found; 'setting-unsupported' where a module of another role is
 * picked; 'run-config-invalid' for a malformed expression
 */
export function targetModules(
  model: Model,
  settings: TargetSettings,
  roles: readonly ParameterRole[] = ['linear'],
): string[] {
  const { targets } = settings;
  const { exclude = [] } = settings;
  const excluded = typeof exclude === 'string' ? wholePath(exclude) : byName(exclude, {});
  if (typeof targets === 'string' && targets.toLowerCase() === 'all-linear')
    return linearModules(model).filter((module) => !excluded(module));
  const fitting = new Set(fittingModules(model, roles));
  const matches = typeof targets === 'string' ? wholePath(targets) : byName(targets, settings);
  const modules = [...new Set(model.parameters.map(({ module }) => module))];
  const found = modules.filter((module) => matches(module) && !excluded(module));
  const words = typeof targets === 'string' ? targets : targets.join(', ');
  if (found.length === 0) throw new AppError('nothing-matched', { pattern: words });
  const other = found.find((module) => !fitting.has(module));
  if (other !== undefined)
    throw new AppError('setting-unsupported', {
      key: 'tuning.lora_target_modules',
      value: other,
      supported: [...new Set([...fitting].map((module) => module.slice(module.lastIndexOf('.') + 1)))].join(', '),
    });
  return found;
}

/** The weights of the modules that a run's settings or an adapter's config pick. @throws as `targetModules` */
export function chosenModules(
  model: Model,
  settings: TuningSettings,
  defaults: DefaultTargets = loraDefaults,
  roles: readonly ParameterRole[] = ['linear'],
): ParameterInfo[] {
  const given = settings.lora_target_modules ?? '';
  // An empty list is a choice (every box unticked), an empty text is none.
  if (typeof given !== 'string' && given.length === 0) return [];
  const modules = targetModules(
    model,
    {
      targets: given === '' ? defaultTargetModules(model.modelType, defaults) : given,
      layersToTransform: settings.layers_to_transform ?? [],
      layersPattern: settings.layers_pattern ?? [],
      exclude: settings.exclude_modules ?? [],
    },
    roles,
  );
  const infos = new Map(model.parameters.map((info) => [info.name, info]));
  return modules.map((module) => infos.get(`${module}.weight`)!);
}

/** Those of the modules that names or an expression mean; with neither given, those that `usual` names. */
export function namedModules(
  modules: readonly string[],
  names: string | readonly string[],
  usual: readonly string[],
): ReadonlySet<string> {
  const matches =
    typeof names === 'string' && names !== ''
      ? wholePath(names)
      : byName(names.length === 0 ? usual : (names as readonly string[]), {});
  return new Set(modules.filter(matches));
}

/**
 * `target_modules` for modules that were picked: a kind ("q_proj") where all of that kind are, otherwise each module by
 * its whole path (PEFT: `endswith('.' + name)`).
 */
export function targetNames(model: Model, chosen: ReadonlySet<string>): string[] {
  const leafOf = (path: string): string => path.slice(path.lastIndexOf('.') + 1);
  // The head too: PEFT would adapt whatever has the name.
  const others = model.parameters.filter(({ module }) => !chosen.has(module));
  const partial = new Set(others.map(({ module }) => leafOf(module)));
  return [...new Set([...chosen].map((path) => (partial.has(leafOf(path)) ? path : leafOf(path))))].sort();
}

/** @throws AppError 'run-config-invalid' where the rank is no whole number above 0 */
export function requireRank(rank: number): number {
  if (Number.isInteger(rank) && rank > 0) return rank;
  throw new AppError('run-config-invalid', {
    key: 'tuning.lora_r',
    reason: `rank ${rank} is not a whole number above 0`,
  });
}

export function mostCommon(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function wholePath(pattern: string): (module: string) => boolean {
  const expression = compile(pattern, 'tuning.lora_target_modules');
  return (module) => expression.test(module);
}

function byName(targets: readonly string[], settings: Omit<TargetSettings, 'targets'>): (module: string) => boolean {
  const { layersToTransform = [], layersPattern = [] } = settings;
  return (module) => {
    if (targets.includes(module)) return true;
    if (!targets.some((target) => module.endsWith(`.${target}`))) return false;
    if (layersToTransform.length === 0) return true;
    const layer = layerIndex(module, layersPattern);
    return layer !== undefined && layersToTransform.includes(layer);
  };
}

function layerIndex(module: string, layersPattern: readonly string[]): number | undefined {
  const expressions =
    layersPattern.length === 0
      ? [/^.*?\.[^.]*\.(\d+)\./]
      : layersPattern.map((pattern) => compile(pattern, 'tuning.layers_pattern', '(?:|.*?\\.)', '\\.(\\d+)\\..*'));
  for (const expression of expressions) {
    const match = expression.exec(module);
    // The index is the last group: a pattern of the user's may bring groups of its own.
    if (match !== null) return Number(match.at(-1));
  }
  return undefined;
}

/** `rank_pattern` and `alpha_pattern`: the value of the first key that matches the path's end, else the default. */
export function patternValue(
  patterns: Readonly<Record<string, number>>,
  key: string,
  module: string,
  fallback: number,
): number {
  for (const [pattern, value] of Object.entries(patterns))
    if (compile(pattern, key, '(?:.*\\.)?').test(module)) return value;
  return fallback;
}

/** Python's `re.fullmatch`. @throws AppError 'pattern-unsaid', 'run-config-invalid' */
function compile(pattern: string, key: string, before = '', after = ''): RegExp {
  try {
    return pythonPattern(pattern, before, after);
  } catch (cause) {
    if (cause instanceof UnsaidPattern)
      throw new AppError('pattern-unsaid', { pattern, syntax: cause.message }, { cause });
    throw new AppError('run-config-invalid', { key, reason: `${pattern} is not a regular expression` }, { cause });
  }
}
