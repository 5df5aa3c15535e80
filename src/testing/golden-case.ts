/** For tests: a case of interop/golden (what PyTorch made of a tiny model) with its weights as float64 arrays. */
import { readdirSync, readFileSync } from 'node:fs';
import { readTable } from '../data/read-table.ts';
import { openSafetensors } from '../files/safetensors.ts';
import { interpret } from '../graph/reference/interpret.ts';
import { elementCount, type Graph } from '../graph/types.ts';
import { constantsOf, requireTextModel, type TextModel } from '../models/model.ts';
import type { PreparedData } from '../tasks/prepared.ts';
import { lossScaleFeed } from '../tasks/texts/inputs.ts';
import { parseRunConfig, type RunConfig } from '../training/config/run-config.ts';
import { batchFeeds, inputSizes } from '../training/programs/feeds.ts';
import { lossShares, weighsTokens } from '../training/programs/loss-share.ts';
import { microStepProgram, updateProgram } from '../training/programs/programs.ts';
import { updateHyper, warmupSteps } from '../training/programs/schedule.ts';
import { openAdapter } from '../training/session/adapter-tuning.ts';
import { openRun } from '../training/session/fit-run.ts';
import { freshAdapterValues } from '../training/session/load.ts';
import { type OpenModel, openModel, openTokenizer } from '../training/session/open-model.ts';
import { startValues } from '../training/session/start-values.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { wholeRangeFeeds } from '../tuning/whole-range.ts';
import { folderFiles } from './golden-run.ts';

const root = new URL('../../interop/golden/', import.meta.url);

const allCases = readdirSync(root).sort();
const problemOf = (name: string): string =>
  JSON.parse(readFileSync(new URL(`${name}/run.json`, root), 'utf8')).dataset.problem_type;
const casesOf = (...problems: readonly string[]) => allCases.filter((name) => problems.includes(problemOf(name)));

/** Cases of models that write text, of those that learn labels, tags of words, masked tokens, and vectors of texts. */
export const classifierCases: readonly string[] = casesOf('classification', 'regression');
export const tagCases: readonly string[] = casesOf('token-classification');
export const maskedCases: readonly string[] = casesOf('masked-language-modeling');
export const sentenceCases: readonly string[] = casesOf('sentence-embeddings', 'sentence-similarity');
export const goldenCases: readonly string[] = allCases.filter(
  (name) => ![...classifierCases, ...tagCases, ...maskedCases, ...sentenceCases].includes(name),
);

/** What PyTorch made of it, one number an update. */
export interface Expected {
  readonly probe_ids: readonly number[];
  /** Of a classifier: the texts that its logits are of, in place of one. */
  readonly probes: readonly (readonly number[])[];
  /** Of pairs of texts: the types of the probes' tokens; null where the model has none. */
  readonly types?: readonly (readonly number[] | null)[];
  /** Of a classifier of tokens: the labels of the probes, the classes, and what seqeval says after training. */
  readonly labels: readonly (readonly number[])[];
  /** Of masked tokens: the rows of the first batch, whose labels are those. */
  readonly masked: readonly (readonly number[])[];
  readonly names: readonly string[];
  readonly scores: Readonly<Record<string, number>>;
  readonly trained: readonly string[];
  readonly losses: readonly number[];
  readonly grad_norms: readonly number[];
  readonly rows: readonly (readonly (readonly number[])[])[];
}

export interface GoldenCase {
  readonly open: OpenModel;
  readonly model: TextModel;
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
  const tokenizer = await openTokenizer(modelFiles);
  const { lesson, open } = openRun(published, config, { tables, tokenizer });
  const model = requireTextModel(open.model);
  const parameters = new Map<string, Float64Array>();
  for (const { name: parameter } of [...model.parameters, ...constantsOf(model)])
    parameters.set(parameter, Float64Array.from(await startValues(open, parameter, config.environment.seed)));
  for (const { name: table, data } of model.tables()) parameters.set(table, Float64Array.from(data));
  if (config.tuning.init_from !== '') {
    const { values } = await openAdapter(open, folderFiles(new URL('adapter-initial/', folder)));
    for (const [parameter, value] of values) parameters.set(parameter, Float64Array.from(value));
  } else {
    const { adapterParameters } = resolveTuning(model, config.tuning, config.training.learning_rate);
    const sources = { open, seed: config.environment.seed, encode: tokenizer.encodeWithSpecial };
    for (const parameter of adapterParameters)
      parameters.set(parameter.name, Float64Array.from(await freshAdapterValues(sources, parameter)));
  }
  const data = lesson.fit(model, null, config).prepare();
  const expected = JSON.parse(await files.text('expected.json')) as Expected;
  const tensors = await openSafetensors(files, 'expected.safetensors');
  return { open, model, config, expected, data, parameters, expectedTensor: (tensor) => tensors.readFloats(tensor) };
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

/** Trains as the run config says and gives each update's loss and gradient norm. */
export function trainReference(golden: GoldenCase): { losses: number[]; gradNorms: number[] } {
  const { open, config, data, parameters } = golden;
  const tuning = resolveTuning(open.model, config.tuning, config.training.learning_rate);
  const { training } = config;
  const update = updateProgram(open.model, tuning, training);
  const { stepsPerEpoch } = data.train;
  const schedule = {
    kind: training.schedule,
    totalSteps: training.max_steps,
    warmupSteps: warmupSteps(training, stepsPerEpoch, training.max_steps),
    minimum: 0,
  };
  const [losses, gradNorms]: [number[], number[]] = [[], []];
  for (let step = 0; step < training.max_steps; step++) {
    const window = data.train.windowAt(Math.floor(step / stepsPerEpoch), step % stepsPerEpoch);
    const shareOf = lossShares(window, training);
    window.batches.forEach((batch, index) => {
      const shape = { ...batch, pairs: data.train.pairs, weighsTokens: weighsTokens(training) };
      const program = microStepProgram(open.model, tuning, open.dtypes, shape);
      const inputs = inputSizes(program);
      const virtual = tuning.adapter?.virtualTokens;
      const lossScale = lossScaleFeed(batch, shareOf(batch), inputs, virtual);
      const feeds = batchFeeds(open.model, batch, inputs, virtual);
      runReference(program, parameters, { ...feeds, lossScale, keep: [index] });
    });
    const outputs = runReference(update, parameters, { hyper: updateHyper(training, schedule, step) });
    losses.push(outputs.loss![0]!);
    gradNorms.push(outputs.gradNorm![0]!);
  }
  return { losses, gradNorms };
}

/** Largest difference over the largest expected value. @throws RangeError where the lengths differ */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new RangeError(`${actual.length} values, and not ${expected.length}`);
  let [error, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    error = Math.max(error, Math.abs(actual[i]! - expected[i]!));
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return error / largest;
}
