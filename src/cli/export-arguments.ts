import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { type WrittenType, writtenTypes } from '../exports/gguf.ts';
import { type TargetName, targetNames } from '../exports/targets.ts';
import { readConfig } from '../files/peft.ts';
import { nearestName } from '../training/config/nearest-name.ts';
import { parseArguments, required, wholeNumber } from './arguments.ts';
import { nodeFiles } from './node-files.ts';
import { requireAdapter, requireRun } from './result-folder.ts';
import { readRunConfig } from './run-files.ts';

/** What `studio export` is asked for. */
export interface ExportRequest {
  readonly target: TargetName;
  readonly type: WrittenType | undefined;
  readonly rank: number | undefined;
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
  rank: 'text',
  verify: 'flag',
} as const;

/** Of `gguf`, the target of each type. */
const ggufTargets = { F16: 'gguf-f16', BF16: 'gguf-bf16', Q8_0: 'gguf-q8', Q4_K_M: 'gguf-q4' } as const;

/**
 * `TARGET` with --run, or --model and --adapter; or the folder of a run or an adapter with --to TARGET.
 * @throws AppError 'usage', 'path-missing'; those of reading an adapter's config
 */
export async function exportRequest(argv: readonly string[]): Promise<ExportRequest> {
  const { positionals, options } = parseArguments(argv, kinds);
  const [first] = positionals;
  const { to, type: typeName, rank: rankText, verify = false, ...named } = options;
  const type = typeName === undefined ? undefined : typeNamed(typeName);
  const isPath = to === undefined && first !== undefined && !isTarget(first) && existsSync(first);
  const name = to ?? required(isPath ? undefined : first, isPath ? '--to TARGET' : 'TARGET');
  const target = targetNamed(name, type);
  if (type !== undefined && !/^gguf$|^ollama$/.test(name))
    throw new AppError('usage', { reason: `--type is of the targets gguf and ollama, not of ${name}.` });
  if (rankText !== undefined && target !== 'lora')
    throw new AppError('usage', { reason: `--rank is of the target lora, not of ${target}.` });
  const rank = rankText === undefined ? undefined : wholeNumber(rankText, '--rank', 1);
  const out = required(options.out, '--out DIR');
  if (named.run !== undefined) requireRun(named.run);
  const given = to === undefined ? {} : await givenFolder(required(first, 'RUN_OR_ADAPTER'), named.model);
  return { ...named, target, type, rank, verify, ...given, out };
}

const isTarget = (name: string): boolean => name === 'gguf' || targetNames.some((each) => each === name);

function targetNamed(name: string, type: WrittenType | undefined): TargetName {
  if (name === 'gguf') return ggufTargets[type ?? 'F16'];
  const target = targetNames.find((each) => each === name);
  if (target) return target;
  throw new AppError('usage', {
    reason: `There is no target "${name}"; did you mean ${nearestName(name.toLowerCase(), ['gguf', ...targetNames])}?`,
  });
}

function typeNamed(name: string): WrittenType {
  const found = (Object.keys(writtenTypes) as WrittenType[]).find((type) => writtenTypes[type] === name.toLowerCase());
  if (found) return found;
  throw new AppError('usage', {
    reason: `--type must be one of ${Object.values(writtenTypes).join(', ')}, not "${name}".`,
  });
}

/** What a folder is that is to be exported: a run, or an adapter with the model that it says it was made for. */
async function givenFolder(
  folder: string,
  named: string | undefined,
): Promise<Pick<ExportRequest, 'run' | 'model' | 'adapter'>> {
  if (!existsSync(folder)) throw new AppError('path-missing', { path: folder });
  if (existsSync(join(folder, 'run.json'))) return { run: folder };
  const isAdapter = existsSync(join(folder, 'adapter_config.json'));
  if (!isAdapter && existsSync(join(folder, 'config.json'))) return { run: await runOfModel(folder) };
  requireAdapter(folder);
  const made = baseOfAdapter(await readConfig(nodeFiles(folder)));
  if (named !== undefined || made === undefined || !made.startsWith('./'))
    return { adapter: folder, ...((named ?? made) !== undefined && { model: named ?? made }) };
  // The name of a folder says not where it lies: the run does, where the adapter still lies in it.
  const run = resolve(folder, '..');
  if (existsSync(join(run, 'run.json')))
    return { run, ...(basename(resolve(folder)) !== 'adapter' && { adapter: folder }) };
  throw new AppError('usage', {
    reason: `The adapter was made for the folder ${made.slice(2)}: say where it lies with --model PATH.`,
  });
}

/** The run whose result a whole model is. @throws AppError 'usage' of any other model */
async function runOfModel(folder: string): Promise<string> {
  const run = resolve(folder, '..');
  const runFile = join(run, 'run.json');
  const isOfRun = existsSync(runFile) && (await readRunConfig(runFile)).tuning.method === 'full';
  if (isOfRun && basename(resolve(folder)) === 'model') return run;
  throw new AppError('usage', {
    reason: `${folder} is a whole model, and forms are written of a run or of an adapter: give ${isOfRun ? run : 'the folder of the run that made it'}.`,
  });
}

/** The model that an adapter says it was made for; undefined where it names none. */
export function baseOfAdapter({ base_model_name_or_path: peft, model_name: adapterHub }: Record<string, unknown>) {
  return [peft, adapterHub].find((name): name is string => typeof name === 'string' && name !== '');
}

/**
 * Whether two names of a model cannot be of the same one: their last parts differ. A copy may be called otherwise, so this
 * is told and not refused.
 */
export function isOtherName(made: string, given: string): boolean {
  const last = (name: string) => basename(resolve(name)).toLowerCase();
  return last(made) !== last(given);
}
