import { basename, join, resolve } from 'node:path';
import { AppError } from '../errors.ts';
import type { ExportedRun, StreamedFile, Tuned } from '../exports/target.ts';
import {
  factsOfConfig,
  factsOfTuned,
  requireTarget,
  type TargetName,
  targetNames,
  weightsAlone,
} from '../exports/targets.ts';
import { nearestName } from '../training/config/nearest-name.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { adapterHead, openAdapter } from '../training/session/adapter-tuning.ts';
import { openModel } from '../training/session/open-model.ts';
import { startValues } from '../training/session/start-values.ts';
import type { ReadValues } from '../tuning/method.ts';
import { exportsEn } from '../ui/text/en-exports.ts';
import { parseArguments, required } from './arguments.ts';
import { nodeDirectory } from './node-directory.ts';
import { nodeFiles } from './node-files.ts';
import { baseName, openModelFiles, readRunConfig } from './run-files.ts';

const targetLines = targetNames.map((name) => `    ${name.padEnd(12)}${exportsEn[name].note ?? exportsEn[name].label}`);

export const exportUsage = `studio export TARGET --out DIR (--run DIR | --model PATH --adapter DIR)
  Writes the result of a run in another form: of the folder that "studio train" made (its adapter/, unless --adapter
  names another), or of any adapter and its model. TARGET is one of
${targetLines.join('\n')}`;

export const mergeUsage = `studio merge --model PATH --adapter DIR --out DIR
  Writes the whole model with the adapter folded into its weights, in the model's data types.`;

const given = { run: 'text', model: 'text', adapter: 'text', out: 'text' } as const;

export async function exportResult(argv: readonly string[]): Promise<void> {
  const { positionals, options } = parseArguments(argv, given);
  const name = required(positionals[0], 'TARGET');
  const target = targetNames.find((each) => each === name);
  if (!target) {
    const reason = `There is no target "${name}"; did you mean ${nearestName(name, targetNames)}?`;
    throw new AppError('usage', { reason });
  }
  const out = required(options.out, '--out DIR');
  if (options.run === undefined) return writeAdapterAs(target, options, out);
  const runFile = join(options.run, 'run.json');
  const config = await readRunConfig(runFile);
  const weights = async () =>
    openTuned(runFile, { ...config.model, adapter: options.adapter ?? join(options.run!, 'adapter') });
  const run: ExportedRun = {
    name: basename(resolve(options.run)),
    settings: async () => config,
    folder: () => nodeDirectory(resolve(options.run!)),
    tuned: async () => (await weights()).tuned,
    values: async () => (await weights()).read,
  };
  const { write } = requireTarget(target, factsOfConfig(config, null));
  await save(await write(run), out);
}

export async function merge(argv: readonly string[]): Promise<void> {
  const { options } = parseArguments(argv, { model: 'text', adapter: 'text', out: 'text' }, 0);
  await writeAdapterAs('merged', options, required(options.out, '--out DIR'));
}

type Named = { readonly model?: string; readonly adapter?: string };

async function writeAdapterAs(target: TargetName, { model, adapter }: Named, out: string): Promise<void> {
  const base = { llm_backbone: required(model, '--model PATH'), revision: 'main' };
  // Paths of the command line are against the working folder.
  const { tuned, read } = await openTuned('run.json', { ...base, adapter: required(adapter, '--adapter DIR') });
  const { write } = requireTarget(target, factsOfTuned(tuned));
  await save(await write(weightsAlone(tuned, read)), out);
}

interface Weights {
  readonly tuned: Tuned;
  readonly read: ReadValues;
}

/** An adapter and the model that it was trained on; a path of the model is against the folder of `runFile`. */
async function openTuned(
  runFile: string,
  { adapter, ...base }: Pick<RunConfig['model'], 'llm_backbone' | 'revision'> & { readonly adapter: string },
): Promise<Weights> {
  const files = nodeFiles(adapter);
  const open = await openModel(await openModelFiles(resolve(runFile), base, 'all'), await adapterHead(files));
  const { tuning, values } = await openAdapter(open, files);
  return {
    tuned: { base: open, baseName: baseName(runFile, base.llm_backbone), tuning },
    read: async (name) => values.get(name) ?? startValues(open, name, 0),
  };
}

async function save(files: readonly StreamedFile[], folder: string): Promise<void> {
  const out = nodeDirectory(resolve(folder));
  for (const { path, parts } of files) await out.write(path, parts);
}
