import { join, resolve } from 'node:path';
import type { Tuned } from '../exports/target.ts';
import { openWeights } from '../files/model-weights.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { type AdapterValues, adapterHead, openAdapter } from '../training/session/adapter-tuning.ts';
import { type OpenModel, openModel } from '../training/session/open-model.ts';
import { startValues } from '../training/session/start-values.ts';
import type { ReadValues } from '../tuning/method.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { nodeFiles } from './node-files.ts';
import { baseName, openModelFiles } from './run-files.ts';

/** What was trained, and the model under it. */
export interface ExportedWeights {
  readonly tuned: Tuned;
  readonly open: OpenModel;
  readonly values: AdapterValues;
  readonly read: ReadValues;
}

type NamedModel = Pick<RunConfig['model'], 'llm_backbone' | 'revision'>;

/** An adapter and the model that it was trained on; a path of the model is against the folder of `runFile`. */
export async function adapterWeights(runFile: string, base: NamedModel, adapter: string): Promise<ExportedWeights> {
  const files = nodeFiles(adapter);
  const open = await openModel(await openModelFiles(resolve(runFile), base, 'all'), await adapterHead(files));
  const { tuning, values } = await openAdapter(open, files);
  const tuned = { base: open, baseName: baseName(runFile, base.llm_backbone), tuning };
  return { tuned, open, values, read: async (name) => values.get(name) ?? startValues(open, name, 0) };
}

/** Weights of a model that `studio train` changed: those in the folder `model` of a run. */
export async function changedModelWeights(folder: string, config: RunConfig): Promise<ExportedWeights> {
  const runFile = join(folder, 'run.json');
  const open = await openModel(await openModelFiles(resolve(runFile), config.model, 'all'));
  const tuning = resolveTuning(open.model, config.tuning, config.training.learning_rate);
  const changed = await openWeights(nodeFiles(join(folder, 'model')));
  const values = new Map<string, Float32Array<ArrayBuffer>>();
  for (const name of tuning.trained.keys()) {
    const tensor = open.fresh.has(name) || !changed.tensors.has(open.tensorOf(name)) ? name : open.tensorOf(name);
    values.set(name, await changed.readFloats(tensor));
  }
  const tuned = { base: open, baseName: baseName(runFile, config.model.llm_backbone), tuning };
  return { tuned, open, values, read: async (name) => values.get(name) ?? startValues(open, name, 0) };
}
