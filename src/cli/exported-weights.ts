import { join, resolve } from 'node:path';
import type { Tuned } from '../exports/target.ts';
import { openedHead } from '../models/opened-for.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { resultOf } from '../training/results/kept-result.ts';
import { type AdapterValues, adapterHead, openAdapter } from '../training/session/adapter-tuning.ts';
import { openRun } from '../training/session/fit-run.ts';
import { type OpenModel, openModel } from '../training/session/open-model.ts';
import { startValues } from '../training/session/start-values.ts';
import type { ReadValues } from '../tuning/method.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { runningBuffer } from '../tuning/tuning.ts';
import { openBaseFiles, runAbove } from './base-files.ts';
import { nodeDirectory } from './node-directory.ts';
import { nodeFiles } from './node-files.ts';
import { requireAdapter } from './result-folder.ts';
import { baseName } from './run-files.ts';
import { readMaterial } from './run-material.ts';

/** What was trained, and the model under it. */
export interface ExportedWeights {
  readonly tuned: Tuned;
  readonly open: OpenModel;
  readonly read: ReadValues;
  /** What `read` gives, all at once. */
  values(): Promise<AdapterValues>;
}

type NamedModel = Pick<RunConfig['model'], 'llm_backbone' | 'revision'>;

/** An adapter and the model that it was trained on; a path of the model is against the folder of `runFile`. */
export async function adapterWeights(runFile: string, base: NamedModel, adapter: string): Promise<ExportedWeights> {
  requireAdapter(adapter);
  const files = nodeFiles(adapter);
  const published = await openBaseFiles(resolve(runFile), base, runAbove(adapter));
  const open = await openModel(published, await adapterHead(files, published));
  const { tuning, values } = await openAdapter(open, files);
  return {
    open,
    tuned: { base: open, baseName: baseName(runFile, base.llm_backbone, published), tuning },
    read: async (name) => values.get(name) ?? startValues(open, name, 0),
    values: async () => values,
  };
}

/** A model that was trained itself, beside the one that it was: what "studio train" wrote tells the values. */
export async function wholeWeights(folder: string, config: RunConfig): Promise<ExportedWeights> {
  const { model, tuning: settings, training } = config;
  const runFile = join(folder, 'run.json');
  const result = await openModel(nodeFiles(join(folder, 'model')));
  const base = await openModel(await openBaseFiles(resolve(runFile), model, folder), openedHead(result.model));
  const tuning = resolveTuning(base.model, settings, training.learning_rate);
  const read: ReadValues = (name) => result.weights.readFloats(result.tensorOf(name.replace(runningBuffer(''), '')));
  return {
    open: base,
    tuned: { base, baseName: baseName(runFile, model.llm_backbone, base.files), tuning },
    read,
    async values() {
      const values = new Map<string, Float32Array<ArrayBuffer>>();
      for (const name of [...tuning.trained.keys(), ...base.fresh]) values.set(name, await read(name));
      return values;
    },
  };
}

/**
 * What a run came to that was broken off before its result was written: that of its checkpoint.
 * @throws AppError 'checkpoint-invalid' where it has none
 */
export async function checkpointWeights(folder: string, config: RunConfig): Promise<ExportedWeights> {
  const runFile = join(folder, 'run.json');
  const { model, environment } = config;
  const published = await openModel(await openBaseFiles(resolve(runFile), model, folder));
  const material = await readMaterial(runFile, config, published.files, published.model);
  const { open } = openRun(published, config, material);
  const { tuning, values } = await resultOf(open.model, config, nodeDirectory(resolve(folder)), null);
  return {
    open,
    tuned: { base: open, baseName: baseName(runFile, model.llm_backbone, open.files), tuning },
    read: async (name) => values.get(name) ?? startValues(open, name, environment.seed),
    values: async () => values,
  };
}
