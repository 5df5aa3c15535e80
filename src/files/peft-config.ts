import { AppError } from '../errors.ts';

/** The part of PEFT's `adapter_config.json` that decides what a LoRA adapter means. */
export interface LoraConfig {
  readonly r: number;
  readonly alpha: number;
  readonly dropout: number;
  readonly useRslora: boolean;
  readonly useDora: boolean;
  readonly fanInFanOut: boolean;
  readonly taskType: string;
  readonly baseModel: string | null;
  readonly revision: string | null;
  readonly rankOf: (path: string) => number;
  readonly alphaOf: (path: string) => number;
  /** Whether PEFT would put LoRA on the module of this path. */
  readonly targets: (path: string) => boolean;
}

type Raw = Record<string, unknown>;

/** Keys whose use changes what the tensors mean, in a way this program does not compute. */
const refused = [
  'lora_bias',
  'use_qalora',
  'use_bdlora',
  'layer_replication',
  'target_parameters',
  'trainable_token_indices',
  'alora_invocation_tokens',
  'arrow_config',
  'kasa_config',
  'velora_config',
  'monteclora_config',
];

const invalid = (reason: string, cause?: unknown) =>
  new AppError('adapter-invalid', { reason }, cause === undefined ? undefined : { cause });

/** @throws AppError `adapter-invalid` with the reason. */
export function parseLoraConfig(text: string): LoraConfig {
  let raw: Raw | null;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    throw invalid('adapter_config.json is not JSON', cause);
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw invalid('adapter_config.json is no object');
  if (raw.peft_type !== 'LORA') throw invalid(`it is of type ${String(raw.peft_type)}, not LORA`);
  for (const key of refused) {
    const value = raw[key];
    if (value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0)) {
      throw invalid(`it uses ${key}, which is not supported`);
    }
  }
  const r = raw.r ?? 8;
  const alpha = raw.lora_alpha ?? 8;
  if (!isRank(r)) throw invalid('r in adapter_config.json is not a whole number above 0');
  if (typeof alpha !== 'number' || !Number.isFinite(alpha)) throw invalid('lora_alpha is not a number');
  return {
    r,
    alpha,
    dropout: typeof raw.lora_dropout === 'number' ? raw.lora_dropout : 0,
    useRslora: raw.use_rslora === true,
    useDora: raw.use_dora === true,
    fanInFanOut: raw.fan_in_fan_out === true,
    taskType: typeof raw.task_type === 'string' ? raw.task_type : 'CAUSAL_LM',
    baseModel: typeof raw.base_model_name_or_path === 'string' ? raw.base_model_name_or_path : null,
    revision: typeof raw.revision === 'string' ? raw.revision : null,
    rankOf: patternLookup(raw.rank_pattern, r, 'rank_pattern'),
    alphaOf: patternLookup(raw.alpha_pattern, alpha, 'alpha_pattern'),
    targets: targetTest(raw),
  };
}

const isRank = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

function wholeMatch(source: string, key: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`, 'u');
  } catch (cause) {
    throw invalid(`${key} holds "${source}", which is not a regular expression`, cause);
  }
}

/** PEFT's `get_pattern_key`: the first key that the path ends with, the key being a regular expression. */
function patternLookup(raw: unknown, usual: number, key: string): (path: string) => number {
  const patterns = Object.entries((raw ?? {}) as Raw).map(([pattern, value]) => {
    if (typeof value !== 'number') throw invalid(`${key} gives no number for ${pattern}`);
    return [wholeMatch(`(?:.*\\.)?(?:${pattern})`, key), value] as const;
  });
  return (path) => patterns.find(([pattern]) => pattern.test(path))?.[1] ?? usual;
}

/** A string is a regular expression for the whole path; a list holds whole paths or their ends (`check_target_module_exists`). */
function nameTest(raw: unknown, key: string): (path: string) => boolean {
  if (typeof raw === 'string') {
    const pattern = wholeMatch(raw, key);
    return (path) => pattern.test(path);
  }
  if (!Array.isArray(raw)) throw invalid(`${key} is neither a text nor a list`);
  const names = raw.map(String);
  return (path) => names.some((name) => path === name || path.endsWith(`.${name}`));
}

function targetTest(raw: Raw): (path: string) => boolean {
  const target = raw.target_modules;
  if (target === undefined || target === null) return () => true;
  if (target === 'all-linear') return (path) => !/(^|\.)(lm_head|embed_out|score|classifier)$/.test(path);
  const chosen = nameTest(target, 'target_modules');
  const exclude = raw.exclude_modules ?? [];
  const excluded = Array.isArray(exclude) && exclude.length === 0 ? () => false : nameTest(exclude, 'exclude_modules');
  const inLayers = typeof target === 'string' ? () => true : layerTest(raw);
  const whole = new Set(Array.isArray(target) ? target.map(String) : []);
  return (path) => !excluded(path) && (whole.has(path) || (chosen(path) && inLayers(path)));
}

/** `layers_to_transform` and `layers_pattern`, which filter matches by suffix only. */
function layerTest(raw: Raw): (path: string) => boolean {
  const layers = raw.layers_to_transform;
  if (layers === undefined || layers === null) return () => true;
  const indices = new Set((Array.isArray(layers) ? layers : [layers]).map(Number));
  const given = [raw.layers_pattern ?? []].flat().map(String);
  const patterns = given.length === 0 ? ['[^.]*'] : given;
  return (path) => {
    const match = patterns
      .map((pattern) => new RegExp(`^.*\\.${pattern}\\.(\\d+)\\.`).exec(path))
      .find((m) => m !== null);
    return match !== undefined && indices.has(Number(match[1]));
  };
}
