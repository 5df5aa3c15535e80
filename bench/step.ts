/**
 * One optimizer step on our WebGPU engine and on TensorFlow.js, on the same adapter, in alternation.
 * npm run bench [-- --model example|1m|18m] [--method lora|full] [--steps N] [--executors webgpu,tfjs-webgpu]
 */
import { parseArgs } from 'node:util';
import { createExecutor } from '../src/cli/executors.ts';
import type { ExecutorName, Feeds } from '../src/plan/executor.ts';
import { batchFeeds, onlyWanted } from '../src/training/feeds.ts';
import { createModelSession, type ModelSession } from '../src/training/model-session.ts';
import { microStepProgram, updateProgram } from '../src/training/programs.ts';
import { adamwConstants, recomputedBy } from '../src/training/training-programs.ts';
import { resolveTuning } from '../src/tuning/resolve.ts';
import { loadWorkload, type WorkloadName, workloadNames } from './workloads.ts';

interface Contender {
  readonly name: ExecutorName;
  readonly description: string;
  readonly model: ModelSession;
  readonly milliseconds: number[];
  readonly losses: number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: 'example' },
      method: { type: 'string', default: 'lora' },
      steps: { type: 'string', default: '20' },
      executors: { type: 'string', default: 'webgpu,tfjs-webgpu' },
    },
  });
  const name = values.model as WorkloadName;
  if (!workloadNames.includes(name)) throw new Error(`--model is one of ${workloadNames.join(', ')}`);
  const method = values.method === 'full' ? 'full' : 'lora';
  const { open, config, batch } = await loadWorkload(name, method);
  const { model, dtypes } = open;
  const tuning = resolveTuning(model, config.tuning, config.training.learning_rate);
  const programs = new Map([
    ['micro-step', () => microStepProgram(model, tuning, dtypes, batch, recomputedBy(config))],
    ['update', () => updateProgram(model, tuning, { ...adamwConstants, weightDecay: 0 })],
  ]);

  const contenders: Contender[] = [];
  for (const executorName of values.executors.split(',') as ExecutorName[]) {
    const executor = await createExecutor(executorName);
    const session = createModelSession({ executor, open, tuning, seed: 1 });
    await session.prepare(programs);
    const { description } = executor;
    contenders.push({ name: executorName, description, model: session, milliseconds: [], losses: [] });
  }
  const scalars: Feeds = { lossScale: Float32Array.of(1 / batch.scoredTokens), keep: Float32Array.of(0) };
  const wanted = contenders[0]!.model.inputsOf('micro-step');
  const feeds = { ...batchFeeds(model, batch, wanted), ...onlyWanted(scalars, wanted) };
  for (let step = 1; step <= Number(values.steps); step++) {
    const hyper = Float32Array.of(config.training.learning_rate, 1 - 0.9 ** step, 1 - 0.999 ** step, 1);
    for (const contender of contenders) await timeStep(contender, feeds, hyper);
  }
  requireSameLosses(contenders);
  print(contenders, `${name}, ${method}, ${batch.batchSize} × ${batch.length} tokens`);
}

async function timeStep({ model, milliseconds, losses }: Contender, feeds: Feeds, hyper: Float32Array): Promise<void> {
  const start = performance.now();
  void model.session.run('micro-step', feeds);
  const { loss } = await model.session.run('update', { hyper });
  milliseconds.push(performance.now() - start);
  losses.push(loss![0]!);
}

/** A contender that computes something else is not compared; late, tiny losses are held to the scale of the first. */
function requireSameLosses([first, ...others]: readonly Contender[]): void {
  for (const other of others) {
    const distances = other.losses.map((loss, step) => Math.abs(loss - first!.losses[step]!) / first!.losses[0]!);
    const worst = Math.max(...distances);
    if (!(worst < 1e-3)) throw new Error(`${other.name} is off by ${worst} from ${first!.name}`);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function print(contenders: readonly Contender[], what: string): void {
  console.log(`One optimizer step of ${what}; median of ${contenders[0]!.milliseconds.length}, alternating`);
  const first = contenders[0]!;
  for (const contender of contenders) {
    const { name, description, milliseconds, losses } = contender;
    const own = median(milliseconds);
    const ratio =
      contender === first ? '' : `  ${(own / median(first.milliseconds)).toFixed(1)} × the time of ${first.name}`;
    const curve = `loss ${losses[0]!.toFixed(4)} → ${losses.at(-1)!.toFixed(4)}`;
    console.log(`${name.padEnd(12)} ${own.toFixed(1).padStart(9)} ms  ${curve}  ${description}${ratio}`);
  }
}

await main();
process.exit(0);
