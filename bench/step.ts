/**
 * One LoRA step of the example on our WebGPU engine and on TensorFlow.js, on the same adapter, in alternation.
 * npm run bench [-- --steps N] [--executors webgpu,tfjs-webgpu]
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createExecutor } from '../src/cli/executors.ts';
import { nodeFiles } from '../src/cli/node-files.ts';
import { parseTable } from '../src/data/csv.ts';
import type { ExecutorName, Feeds } from '../src/plan/executor.ts';
import { batchFeeds, onlyWanted } from '../src/training/feeds.ts';
import { createModelSession, type ModelSession } from '../src/training/model-session.ts';
import { openModel, openTokenizer } from '../src/training/open-model.ts';
import { prepareData } from '../src/training/prepare-data.ts';
import { parseRunConfig } from '../src/training/run-config.ts';
import { microStepName, trainingPrograms, updateName } from '../src/training/training-programs.ts';
import { resolveTuning } from '../src/tuning/resolve.ts';

const example = new URL('../public/example/', import.meta.url);

interface Contender {
  readonly name: ExecutorName;
  readonly description: string;
  readonly model: ModelSession;
  readonly milliseconds: number[];
  readonly losses: number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { steps: { type: 'string', default: '20' }, executors: { type: 'string', default: 'webgpu,tfjs-webgpu' } },
  });
  const names = values.executors.split(',') as ExecutorName[];
  const json = JSON.parse(await readFile(new URL('run.json', example), 'utf8'));
  // Dropout masks come from JavaScript in TensorFlow.js; without them both do the same work on the GPU.
  const config = parseRunConfig({ ...json, tuning: { ...json.tuning, lora_dropout: 0 } });
  const open = await openModel(nodeFiles(new URL('model/', example).pathname));
  const tokenizer = await openTokenizer(open.files);
  const training = await parseTable(await readFile(new URL('data.csv', example), 'utf8'), { fileName: 'data.csv' });
  const data = prepareData({ training }, tokenizer, config, open.model.tablePositions);
  const tuning = resolveTuning(open.model, config.tuning, config.training.learning_rate);
  const batch = data.train.batchAt(0, 0);
  const microStep = microStepName(batch.batchSize, batch.length);
  const all = trainingPrograms(open, tuning, config, data).programs;
  const programs = new Map([microStep, updateName].map((name) => [name, all.get(name)!]));

  const contenders: Contender[] = [];
  for (const name of names) {
    const executor = await createExecutor(name);
    const model = createModelSession({ executor, open, tuning, seed: 1 });
    await model.prepare(programs);
    contenders.push({ name, description: executor.description, model, milliseconds: [], losses: [] });
  }
  const scalars: Feeds = { lossScale: Float32Array.of(1 / batch.scoredTokens), keep: Float32Array.of(0) };
  const wanted = contenders[0]!.model.inputsOf(microStep);
  const feeds = { ...batchFeeds(open.model, batch, wanted), ...onlyWanted(scalars, wanted) };
  for (let step = 1; step <= Number(values.steps); step++) {
    const hyper = Float32Array.of(config.training.learning_rate, 1 - 0.9 ** step, 1 - 0.999 ** step, 1);
    for (const contender of contenders) await timeStep(contender, microStep, feeds, hyper);
  }
  requireSameLosses(contenders);
  print(contenders, `${batch.batchSize} × ${batch.length} tokens`);
}

async function timeStep(
  { model, milliseconds, losses }: Contender,
  microStep: string,
  feeds: Feeds,
  hyper: Float32Array,
): Promise<void> {
  const start = performance.now();
  void model.session.run(microStep, feeds);
  const { loss } = await model.session.run(updateName, { hyper });
  milliseconds.push(performance.now() - start);
  losses.push(loss![0]!);
}

/** A contender that computes something else is not compared; late, tiny losses are held to the scale of the first. */
function requireSameLosses([first, ...others]: readonly Contender[]): void {
  for (const other of others) {
    const worst = Math.max(
      ...other.losses.map((loss, step) => Math.abs(loss - first!.losses[step]!) / first!.losses[0]!),
    );
    if (!(worst < 1e-3))
      throw new Error(`${other.name} is off by ${worst} from ${first!.name}: ${other.losses} against ${first!.losses}`);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function print(contenders: readonly Contender[], shape: string): void {
  console.log(`One LoRA step of the example, ${shape}; median of ${contenders[0]!.milliseconds.length}, alternating`);
  const fastest = median(contenders[0]!.milliseconds);
  for (const { name, description, milliseconds, losses } of contenders) {
    const own = median(milliseconds);
    const ratio = own === fastest ? '' : `  ${(own / fastest).toFixed(1)} × the time of ${contenders[0]!.name}`;
    console.log(
      `${name.padEnd(12)} ${own.toFixed(1).padStart(9)} ms  loss ${losses[0]!.toFixed(4)} → ${losses.at(-1)!.toFixed(4)}  ${description}${ratio}`,
    );
  }
}

await main();
process.exit(0);
