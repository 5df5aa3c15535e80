import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { AppError } from '../errors.ts';
import type { ExportChoices, ExportedRun, StreamedFile, Tuned } from '../exports/target.ts';
import {
  factsOfConfig,
  factsOfTuned,
  requireTarget,
  type TargetName,
  targetNames,
  weightsAlone,
} from '../exports/targets.ts';
import { readConfig } from '../files/peft.ts';
import type { ModelFiles } from '../files/source.ts';
import { openedHead } from '../models/opened-for.ts';
import { taskOf } from '../tasks/registry.ts';
import { nearestName } from '../training/config/nearest-name.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { runStory } from '../training/results/run-story.ts';
import { adapterHead, openAdapter } from '../training/session/adapter-tuning.ts';
import { openModel, openTokenizer } from '../training/session/open-model.ts';
import { startValues } from '../training/session/start-values.ts';
import type { ReadValues } from '../tuning/method.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { runningBuffer } from '../tuning/tuning.ts';
import { exportsEn } from '../ui/text/en-exports.ts';
import { verdictEn } from '../ui/text/en-verdict.ts';
import { parseArguments, required, wholeNumber } from './arguments.ts';
import { nodeDirectory } from './node-directory.ts';
import { nodeFiles } from './node-files.ts';
import { baseName, openModelFiles, readRunConfig } from './run-files.ts';

const targetLines = targetNames.map((name) => `    ${name.padEnd(12)}${exportsEn[name].note ?? exportsEn[name].label}`);

export const exportUsage = `studio export RUN_OR_ADAPTER --to TARGET --out DIR [--model PATH] [--rank N]
studio export TARGET --out DIR (--run DIR | --model PATH --adapter DIR) [--rank N]
  Writes the result of a run in another form: of the folder that "studio train" made (its adapter/, unless --adapter
  names another), or of any adapter and its model (the one that it names, unless --model does). --rank is of the target
  lora (default 16); what share of the change it keeps is printed. TARGET is one of
${targetLines.join('\n')}`;

export const mergeUsage = `studio merge --model PATH --adapter DIR --out DIR
  Writes the whole model with the adapter folded into its weights, in the model's data types.`;

const given = { run: 'text', model: 'text', adapter: 'text', out: 'text', to: 'text', rank: 'text' } as const;

interface Options {
  readonly run?: string;
  readonly model?: string;
  readonly adapter?: string;
  readonly to?: string;
}

export async function exportResult(argv: readonly string[]): Promise<void> {
  const { positionals, options: all } = parseArguments(argv, given);
  const { name, ...options } =
    all.to === undefined ? { ...all, name: positionals[0] } : await named(positionals[0], all);
  const target = targetCalled(required(name, 'TARGET'));
  const out = required(all.out, '--out DIR');
  const choices = choicesOf(target, all.rank);
  if (options.run === undefined) return writeAdapterAs(target, options, out, choices);
  const config = await readRunConfig(join(options.run, 'run.json'));
  const run = runOf(options.run, options.adapter, config);
  const { write } = requireTarget(target, factsOfConfig(config, null, taskOf(config).prompt !== undefined));
  await save(await write(run, choices), out);
}

export async function merge(argv: readonly string[]): Promise<void> {
  const { options } = parseArguments(argv, { model: 'text', adapter: 'text', out: 'text' }, 0);
  await writeAdapterAs('merged', options, required(options.out, '--out DIR'));
}

/** What a folder is that is to be exported: a run, or an adapter with the model that it says it was made for. */
async function named(folder: string | undefined, options: Options): Promise<Options & { readonly name?: string }> {
  const path = required(folder, 'RUN_OR_ADAPTER');
  const name = options.to!;
  if (!existsSync(path)) throw new AppError('path-missing', { path });
  if (existsSync(join(path, 'run.json'))) return { ...options, name, run: path };
  const { base_model_name_or_path: ofPeft, model_name: ofAdapterHub } = await readConfig(nodeFiles(path));
  const model = options.model ?? ofPeft ?? ofAdapterHub;
  return { ...options, name, adapter: path, ...(typeof model === 'string' && { model }) };
}

function targetCalled(name: string): TargetName {
  const target = targetNames.find((each) => each === name);
  if (target) return target;
  const reason = `There is no target "${name}"; did you mean ${nearestName(name, targetNames)}?`;
  throw new AppError('usage', { reason });
}

/** @throws AppError 'usage' for a rank that is none, or of a target that has none */
function choicesOf(target: TargetName, rank: string | undefined): ExportChoices {
  if (rank !== undefined && target !== 'lora')
    throw new AppError('usage', { reason: `--rank is of the target lora, not of ${target}.` });
  return {
    rank: rank === undefined ? undefined : wholeNumber(rank, '--rank', 1),
    onKept: (share) => console.log(`keeps ${(100 * share).toFixed(2)} % of the change (‖ΔW‖_F of all matrices)`),
  };
}

function runOf(folder: string, adapter: string | undefined, config: RunConfig): ExportedRun {
  const runFile = join(folder, 'run.json');
  const directory = nodeDirectory(resolve(folder));
  const whole = adapter === undefined && config.tuning.method === 'full';
  const weights = async () =>
    whole
      ? openWhole(runFile, config, nodeFiles(join(folder, 'model')))
      : openTuned(runFile, { ...config.model, adapter: adapter ?? join(folder, 'adapter') });
  return {
    name: basename(resolve(folder)),
    settings: async () => config,
    folder: () => directory,
    async story() {
      const tokenizer = await openTokenizer((await weights()).tuned.base.files).catch(() => null);
      return runStory({ folder: directory, config, tokenizer, words: verdictEn, isResult: adapter === undefined });
    },
    tuned: async () => (await weights()).tuned,
    values: async () => (await weights()).read,
  };
}

async function writeAdapterAs(target: TargetName, { model, adapter }: Options, out: string, choices?: ExportChoices) {
  const base = { llm_backbone: required(model, '--model PATH'), revision: 'main' };
  // Paths of the command line are against the working folder.
  const { tuned, read } = await openTuned('run.json', { ...base, adapter: required(adapter, '--adapter DIR') });
  const { write } = requireTarget(target, factsOfTuned(tuned));
  await save(await write(weightsAlone(tuned, read), choices), out);
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

/** A model that was trained itself, beside the one that it was: what "studio train" wrote tells the values. */
async function openWhole(runFile: string, { model, tuning, training }: RunConfig, files: ModelFiles): Promise<Weights> {
  const result = await openModel(files);
  const base = await openModel(await openModelFiles(resolve(runFile), model, 'all'), openedHead(result.model));
  return {
    tuned: {
      base,
      baseName: baseName(runFile, model.llm_backbone),
      tuning: resolveTuning(base.model, tuning, training.learning_rate),
    },
    read: (name) => result.weights.readFloats(result.tensorOf(name.replace(runningBuffer(''), ''))),
  };
}

async function save(files: readonly StreamedFile[], folder: string): Promise<void> {
  const out = nodeDirectory(resolve(folder));
  for (const { path, parts } of files) await out.write(path, parts);
}
