/** Which modules get LoRA: PEFT's `target_modules`, `layers_to_transform`, `layers_pattern`, and its pattern tables. */
import { AppError, because } from '../errors.ts';
import { headModule, type Model, type ParameterInfo, type ParameterRole, tiedHeadModule } from '../models/model.ts';
import { type Expression, RiskyExpression } from './expression.ts';
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
  /** Modules that are trained whole, which PEFT therefore never adapts: `modules_to_save`. */
  readonly saved?: readonly string[];
}

/** Names, or one regular expression. */
export type DefaultTargets = Readonly<Record<string, string | readonly string[]>>;

/** PEFT's default targets by architecture (`TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING`). */
export const loraDefaults: DefaultTargets = {
  llama: ['q_proj', 'v_proj'],
  mistral: ['q_proj', 'v_proj'],
  qwen2: ['q_proj', 'v_proj'],
  qwen3: ['q_proj', 'v_proj'],
  gemma: ['q_proj', 'v_proj'],
  gemma2: ['q_proj', 'v_proj'],
  gemma3_text: ['q_proj', 'v_proj'],
  gemma4: '.*language_model\\..*\\.(q_proj|v_proj)',
  phi: ['q_proj', 'v_proj', 'fc1', 'fc2'],
  gpt2: ['c_attn'],
  gpt_neox: ['query_key_value'],
  opt: ['q_proj', 'v_proj'],
  stablelm: ['q_proj', 'v_proj'],
  bert: ['query', 'value'],
  'deberta-v2': ['query_proj', 'value_proj'],
  roberta: ['query', 'value'],
  'xlm-roberta': ['query', 'value'],
  electra: ['query', 'value'],
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
  'deberta-v2': ['key_proj', 'value_proj', 'output.dense'],
  roberta: ['key', 'value', 'output.dense'],
};

export const feedforwardDefaults: Readonly<Record<string, readonly string[]>> = {
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
  'deberta-v2': ['output.dense'],
  roberta: ['output.dense'],
};

/** @throws AppError 'run-config-invalid' for an architecture that has none */
function defaultTargetModules(modelType: string, defaults: DefaultTargets): string | readonly string[] {
  const targets = defaults[modelType];
  if (targets === undefined)
    throw new AppError('run-config-invalid', {
      key: 'tuning.lora_target_modules',
      reason: because`there are no usual targets for ${modelType}; name the modules`,
    });
  return targets;
}

/** Paths of the linear layers, the output embedding left out, in the model's order. */
export function linearModules(model: Model): string[] {
  return model.parameters.filter(({ role }) => role === 'linear').map(({ module }) => module);
}

/** What heads of sequence classification are called; PEFT's `modules_to_save` of task type SEQ_CLS. */
export const headModules = ['classifier', 'score'];

/** What a model may have of these, and what else is its head; none where it predicts tokens. */
export const ownHead = ({ classifier }: Model): readonly string[] =>
  classifier ? [...headModules, ...(classifier.saved ?? [])] : [];

/**
 * The weight of each module, by its path. The head of a language model is a linear layer like others, a tied one too:
 * what is added to it leaves the token embedding alone. Not that of masked tokens, whose bias is tied, too.
 */
function moduleWeights(model: Model): Map<string, ParameterInfo> {
  const weights = new Map(model.parameters.map((info) => [info.module, info]));
  for (const info of model.parameters) if (info.name.endsWith('.weight')) weights.set(info.module, info);
  if (model.classifier || model.masked || model.sentence) return weights;
  const [module, head] = [headModule(model), model.parameters.find(({ name }) => name === model.headParameter)!];
  return weights.set(module, { ...head, module, name: `${module}.weight`, role: 'linear' });
}

/** Of embeddings that of the tokens alone: no method answers for positions or token types. */
function isFitting(model: Model, { role, module }: ParameterInfo, roles: readonly ParameterRole[]): boolean {
  const table = model.parameters.find((info) => info.role === 'embedding');
  return roles.includes(role) && (role === 'linear' || module === table?.module);
}

/**
 * The modules of these roles that the settings pick, in the model's order. A string is a regular expression for the whole
 * path (without `base_model.model.`); a name in a list is a whole path or its end after a dot. `layersToTransform` narrows
 * what was found by its end only, as in PEFT.
 * @throws AppError 'nothing-matched' and 'all-excluded' where nothing is found; 'setting-unsupported' where a module of another role is
 * picked; 'run-config-invalid' for a malformed expression
 */
export function targetModules(
  model: Model,
  settings: TargetSettings,
  roles: readonly ParameterRole[] = ['linear'],
): string[] {
  const { targets } = settings;
  const weights = moduleWeights(model);
  const excluded = excludedBy(model, settings);
  const allLinear = typeof targets === 'string' && targets.toLowerCase() === 'all-linear';
  const matches = typeof targets === 'string' ? wholePath(targets, targetsKey) : byName(targets, settings);
  const candidates = allLinear ? linearModules(model) : [...weights.keys()].filter(matches);
  const found = candidates.filter((module) => !excluded(module));
  const words = typeof targets === 'string' ? targets : targets.join(', ');
  if (candidates.length === 0) throw new AppError('nothing-matched', { pattern: words });
  if (found.length === 0) throw new AppError('all-excluded', { pattern: words });
  const other = found.find((module) => !isFitting(model, weights.get(module)!, roles));
  if (other !== undefined) {
    const fitting = [...weights.values()].filter((info) => isFitting(model, info, roles));
    throw new AppError('setting-unsupported', {
      key: targetsKey,
      value: other,
      supported: [...new Set(fitting.map(({ module }) => kindOf(module)))].join(', '),
    });
  }
  return found;
}

const targetsKey = 'tuning.lora_target_modules';

/**
 * A mistyped name excludes nothing. PEFT warns, and adapts what was to be left out.
 * @throws AppError 'nothing-excluded'
 */
export function requireExclusions(model: Model, { exclude_modules: excluded = '' }: TuningSettings): void {
  if (excluded.length === 0) return;
  const excludes = excludedByName(excluded);
  if (![...moduleWeights(model).keys()].some(excludes))
    throw new AppError('nothing-excluded', {
      pattern: typeof excluded === 'string' ? excluded : excluded.join(', '),
    });
}

/** By `exclude_modules`, and by `modules_to_save`, to which PEFT adds the head of a classifier. */
function excludedBy(model: Model, { exclude = [], saved = [] }: TargetSettings): (module: string) => boolean {
  const excluded = excludedByName(exclude);
  const whole = [...saved, ...ownHead(model)];
  const expressions = whole.map((name) => compile(name, 'tuning.modules_to_save', '(?:|.*\\.)', '(?:|\\..*)'));
  return (module) => excluded(module) || expressions.some((expression) => expression.test(module));
}

const excludedByName = (exclude: string | readonly string[]): ((module: string) => boolean) =>
  typeof exclude === 'string' ? wholePath(exclude, 'tuning.exclude_modules') : byName(exclude, {});

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
  requireNamesForLayers(given, settings);
  const modules = targetModules(
    model,
    {
      targets: given === '' ? defaultTargetModules(model.modelType, defaults) : given,
      layersToTransform: settings.layers_to_transform ?? [],
      layersPattern: settings.layers_pattern ?? [],
      exclude: settings.exclude_modules || [],
      saved: settings.modules_to_save ?? [],
    },
    roles,
  );
  const weights = moduleWeights(model);
  return [...new Set([...modules, ...tiedWith(model, modules, settings)])].map((module) => weights.get(module)!);
}

/** The head that PEFT adapts together with the token embedding it is tied to: its matrices are the same, the other way round. */
function tiedWith(model: Model, modules: readonly string[], settings: TuningSettings): string[] {
  const tied = settings.ensure_weight_tying ? tiedHeadModule(model) : undefined;
  return tied && modules.some((module) => model.headParameter === `${module}.weight`) ? [tied] : [];
}

/**
 * PEFT narrows names to some layers, and refuses to narrow an expression.
 * @throws AppError 'run-config-invalid'
 */
function requireNamesForLayers(targets: string | readonly string[], settings: TuningSettings): void {
  const { layers_to_transform: layers = [], layers_pattern: pattern = [] } = settings;
  const named = typeof targets !== 'string' || targets === '';
  const wrong = layers.length > 0 ? !named : pattern.length > 0;
  if (!wrong) return;
  const reason = named
    ? because`it needs layers_to_transform, the numbers of the layers`
    : because`${targets} says by itself which layers are meant; name the modules in a list, or put the layers into the expression`;
  const key = named ? 'tuning.layers_pattern' : 'tuning.layers_to_transform';
  throw new AppError('run-config-invalid', { key, reason });
}

/**
 * Those of the modules that an expression means, or whose path ends with a name, at a dot or not (PEFT's
 * `feedforward_modules`); with neither given, those that `usual` names.
 */
export function namedModules(
  modules: readonly string[],
  names: string | readonly string[],
  usual: readonly string[],
): ReadonlySet<string> {
  const ends = names.length === 0 || typeof names === 'string' ? usual : names;
  const matches =
    typeof names === 'string' && names !== ''
      ? wholePath(names, 'tuning.feedforward_modules')
      : (module: string) => ends.some((end) => module.endsWith(end));
  return new Set(modules.filter(matches));
}

/** The last name in a path, with the number behind it where it is one of a list: `layers.0` would end in the same. */
const kindOf = (path: string): string => /[^.]*(?:\.\d+)*$/.exec(path)![0];

/**
 * `target_modules` for modules that were picked: a kind ("q_proj") where all of that kind are, otherwise each module by
 * its whole path (PEFT: `endswith('.' + name)`).
 */
export function targetNames(model: Model, chosen: ReadonlySet<string>): string[] {
  // The head too: PEFT would adapt whatever has the name.
  const others = model.parameters.filter(({ module }) => !chosen.has(module));
  // transformers' bare encoders have a pooler that is no part of the model.
  const unread = model.sentence ? ['dense'] : [];
  const partial = new Set([...others.map(({ module }) => kindOf(module)), ...unread]);
  // The other parts of a larger model have modules of the same names.
  if (model.kind === 'text' && model.wrapper) return [...chosen].sort();
  return [...new Set([...chosen].map((path) => (partial.has(kindOf(path)) ? path : kindOf(path))))].sort();
}

/** @throws AppError 'run-config-invalid' where the rank is no whole number above 0 */
export function requireRank(rank: number): number {
  if (Number.isInteger(rank) && rank > 0) return rank;
  throw new AppError('run-config-invalid', {
    key: 'tuning.lora_r',
    reason: because`rank ${rank} is not a whole number above 0`,
  });
}

export function mostCommon(values: readonly number[]): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function wholePath(pattern: string, key: string): (module: string) => boolean {
  const expression = compile(pattern, key);
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
function compile(pattern: string, key: string, before = '', after = ''): Expression {
  try {
    return pythonPattern(pattern, before, after);
  } catch (cause) {
    if (cause instanceof UnsaidPattern)
      throw new AppError('pattern-unsaid', { pattern, syntax: cause.message }, { cause });
    const reason =
      cause instanceof RiskyExpression
        ? because`${pattern} repeats repetitions, and might never end`
        : because`${pattern} is not a regular expression`;
    throw new AppError('run-config-invalid', { key, reason }, { cause });
  }
}
