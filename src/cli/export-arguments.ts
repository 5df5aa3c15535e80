import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { type WrittenType, writtenTypes } from '../exports/gguf.ts';
import { type TargetName, targetNames } from '../exports/targets.ts';
import { readConfig } from '../files/peft.ts';
import { nearestName } from '../training/config/nearest-name.ts';
import { parseArguments, required, wholeNumber } from './arguments.ts';
import { nodeFiles } from './node-files.ts';

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
const ggufTargets = { F16: 'gguf-f16', BF16: 'gguf-bf16', Q8_0: 'gguf-q8' } as const;

/**
 * `TARGET` with --run, or --model and --adapter; or the folder of a run or an adapter with --to TARGET.
 * @throws AppError 'usage', 'path-missing'; those of reading an adapter's config
 */
export async function exportRequest(argv: readonly string[]): Promise<ExportRequest> {
  const { positionals, options } = parseArguments(argv, kinds);
  const [first] = positionals;
  const { to, type: typeName, rank: rankText, verify = false, ...named } = options;
  const type = typeName === undefined ? undefined : typeNamed(typeName);
  const name = to ?? required(first, 'TARGET');
  const target = targetNamed(name, type);
  if (type !== undefined && !/^gguf$|^ollama$/.test(name))
    throw new AppError('usage', { reason: `--type is of the targets gguf and ollama, not of ${name}.` });
  if (rankText !== undefined && target !== 'lora')
    throw new AppError('usage', { reason: `--rank is of the target lora, not of ${target}.` });
  const rank = rankText === undefined ? undefined : wholeNumber(rankText, '--rank', 1);
  const out = required(options.out, '--out DIR');
  const given = to === undefined ? {} : await givenFolder(required(first, 'RUN_OR_ADAPTER'), named.model);
  return { ...named, target, type, rank, verify, ...given, out };
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

/** What a folder is that is to be exported: a run, or an adapter with the model that it says it was made for. */
async function givenFolder(
  folder: string,
  named: string | undefined,
): Promise<Pick<ExportRequest, 'run' | 'model' | 'adapter'>> {
  if (!existsSync(folder)) throw new AppError('path-missing', { path: folder });
  if (existsSync(join(folder, 'run.json'))) return { run: folder };
  const { base_model_name_or_path: ofPeft, model_name: ofAdapterHub } = await readConfig(nodeFiles(folder));
  const model = named ?? ofPeft ?? ofAdapterHub;
  return { adapter: folder, ...(typeof model === 'string' && { model }) };
}
