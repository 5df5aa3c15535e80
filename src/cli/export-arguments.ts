import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { type WrittenType, writtenTypes } from '../exports/gguf.ts';
import { type TargetName, targetNames } from '../exports/targets.ts';
import { nearestName } from '../training/config/nearest-name.ts';
import { parseArguments, required } from './arguments.ts';

/** What `studio export` is asked for. */
export interface ExportRequest {
  readonly target: TargetName;
  readonly type: WrittenType | undefined;
  readonly out: string;
  readonly verify: boolean;
  /** The folder of a run; else a model and an adapter. */
  readonly run?: string | undefined;
  readonly model?: string | undefined;
  readonly adapter?: string | undefined;
}

const kinds = {
  run: 'text',
  model: 'text',
  adapter: 'text',
  out: 'text',
  to: 'text',
  type: 'text',
  verify: 'flag',
} as const;

/** Of `gguf`, the target of each type. */
const ggufTargets = { F16: 'gguf-f16', BF16: 'gguf-bf16', Q8_0: 'gguf-q8' } as const;

/**
 * `TARGET` with --run, or --model and --adapter; or the folder of a run or an adapter with --to TARGET.
 * @throws AppError 'usage'
 */
export function exportRequest(argv: readonly string[]): ExportRequest {
  const { positionals, options } = parseArguments(argv, kinds);
  const [first] = positionals;
  const { to, type: typeName, verify = false, ...named } = options;
  const type = typeName === undefined ? undefined : typeNamed(typeName);
  const name = to ?? required(first, 'TARGET');
  const given = to === undefined ? named : { ...named, ...givenFolder(required(first, 'RUN_OR_ADAPTER'), named.model) };
  return { target: targetNamed(name, type), type, verify, ...given, out: required(options.out, '--out DIR') };
}

function targetNamed(name: string, type: WrittenType | undefined): TargetName {
  if (name === 'gguf') return ggufTargets[type ?? 'F16'];
  const target = targetNames.find((each) => each === name);
  if (target) return target;
  throw new AppError('usage', {
    reason: `There is no target "${name}"; did you mean ${nearestName(name, [...targetNames, 'gguf'])}?`,
  });
}

function typeNamed(name: string): WrittenType {
  const found = (Object.keys(writtenTypes) as WrittenType[]).find((type) => writtenTypes[type] === name.toLowerCase());
  if (found) return found;
  throw new AppError('usage', {
    reason: `--type must be one of ${Object.values(writtenTypes).join(', ')}, not "${name}".`,
  });
}

/** A folder that holds a run, or an adapter, whose config may say what it was trained on. */
function givenFolder(folder: string, model: string | undefined): Pick<ExportRequest, 'run' | 'model' | 'adapter'> {
  if (existsSync(join(folder, 'run.json'))) return { run: folder };
  const config = join(folder, 'adapter_config.json');
  if (!existsSync(config))
    throw new AppError('usage', { reason: `${folder} holds neither run.json nor adapter_config.json.` });
  const { base_model_name_or_path: base } = JSON.parse(readFileSync(config, 'utf8')) as Record<string, unknown>;
  return { adapter: folder, model: model ?? (typeof base === 'string' ? base : undefined) };
}
