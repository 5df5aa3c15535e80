/** For tests: a case of interop/golden (what PyTorch made of a tiny model) with its weights as float64 arrays. */
import { readdirSync, readFileSync } from 'node:fs';
import { readTable } from '../data/read-table.ts';
import { blobFiles } from '../files/blob-files.ts';
import { openSafetensors } from '../files/safetensors.ts';
import type { ModelFiles } from '../files/source.ts';
import { interpret } from '../graph/reference/interpret.ts';
import { elementCount, type Graph } from '../graph/types.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { wholeRangeFeeds } from '../tuning/whole-range.ts';
import { openAdapter } from './adapter-tuning.ts';
import { inputSizes } from './feeds.ts';
import { openForRun, readingOf, runLabels } from './labelled-data.ts';
import { freshAdapterValues } from './load.ts';
import { type OpenModel, openModel, openTokenizer } from './open-model.ts';
import { type PreparedData, prepareData } from './prepare-data.ts';
import { parseRunConfig, type RunConfig } from './run-config.ts';
import { startValues } from './start-values.ts';

const root = new URL('../../interop/golden/', import.meta.url);

export const goldenCases: readonly string[] = readdirSync(root).sort();

function folderFiles(folder: URL): ModelFiles {
  const blobs = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => [entry.name, new Blob([readFileSync(new URL(entry.name, folder))])] as const);
  return blobFiles(new Map(blobs));
}

/** What PyTorch made of it, one number an update. */
export interface Expected {
  readonly probe_ids: readonly number[];
  readonly trained: readonly string[];
  readonly losses: readonly number[];
  readonly grad_norms: readonly number[];
  readonly rows: readonly (readonly (readonly number[])[])[];
}

export interface GoldenCase {
  readonly open: OpenModel;
  readonly config: RunConfig;
  readonly expected: Expected;
  readonly data: PreparedData;
  /** `logits_base`, `logits_start`, `logits_after`, and each trained tensor afterwards. */
  expectedTensor(name: string): Promise<Float32Array>;
  /** Weights, tables and the initial adapter; programs add their gradients, moments and caches. */
  readonly parameters: Map<string, Float64Array>;
}

export async function goldenCase(name: string): Promise<GoldenCase> {
  const folder = new URL(`${name}/`, root);
  const files = folderFiles(folder);
  const config = parseRunConfig(JSON.parse(await files.text('run.json')));
  const modelFiles = folderFiles(new URL(config.model.llm_backbone, folder));
  const tables = { training: await readTable(await files.text('data.csv'), { fileName: 'data.csv' }) };
  const published = await openModel(modelFiles);
  const labels = runLabels(config, tables, published.model.config);
  const open = openForRun(published, labels);
  const parameters = new Map<string, Float64Array>();
  for (const { name: parameter } of open.model.parameters)
    parameters.set(parameter, Float64Array.from(await startValues(open, parameter, config.environment.seed)));
  for (const { name: table, data } of open.model.tables()) parameters.set(table, Float64Array.from(data));
  const tokenizer = await openTokenizer(modelFiles);
  if (config.tuning.init_from !== '') {
    const { values } = await openAdapter(open.model, folderFiles(new URL('adapter-initial/', folder)));
    for (const [parameter, value] of values) parameters.set(parameter, Float64Array.from(value));
  } else {
    const { adapterParameters } = resolveTuning(open.model, config.tuning, config.training.learning_rate);
    const sources = { open, seed: config.environment.seed, encode: tokenizer.encodeWithSpecial };
    for (const parameter of adapterParameters)
      parameters.set(parameter.name, Float64Array.from(await freshAdapterValues(sources, parameter)));
  }
  const data = prepareData(tables, tokenizer, config, open.model.maxPositions, readingOf(open.model, labels));
  const expected = JSON.parse(await files.text('expected.json')) as Expected;
  const tensors = await openSafetensors(files, 'expected.safetensors');
  return { open, config, expected, data, parameters, expectedTensor: (tensor) => tensors.readFloats(tensor) };
}

/** Runs a program in float64; persistent buffers that are not there yet start as zeros, as in a session. */
export function runReference(
  graph: Graph,
  parameters: Map<string, Float64Array>,
  inputs: Readonly<Record<string, ArrayLike<number>>>,
): Record<string, Float64Array> {
  for (const node of graph.nodes)
    if (node.op === 'parameter' && !['weight', 'trained', 'table'].includes(node.attributes.kind))
      if (!parameters.has(node.attributes.name))
        parameters.set(node.attributes.name, new Float64Array(elementCount(node.outputs[0]!.shape)));
  return interpret(graph, { parameters, inputs: { ...wholeRangeFeeds(inputSizes(graph)), ...inputs } }).outputs;
}
