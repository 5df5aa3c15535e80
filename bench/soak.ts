/**
 * A long run of the example through the real trainer, checkpoints and evaluations included: are the last steps as quick
 * as the first, and does it hold on to no more? npm run soak [-- --steps N] [--executor NAME] [--packing]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createExecutor } from '../src/cli/executors.ts';
import { nodeDirectory } from '../src/cli/node-directory.ts';
import { nodeFiles } from '../src/cli/node-files.ts';
import { readTable } from '../src/data/read-table.ts';
import type { ExecutorName } from '../src/plan/executor.ts';
import { type Holdings, holdingsOf } from '../src/testing/holdings.ts';
import { parseRunConfig } from '../src/training/config/run-config.ts';
import { createTraining, type Training } from '../src/training/run/trainer.ts';
import { openModel, openTokenizer } from '../src/training/session/open-model.ts';

const example = new URL('../public/example/', import.meta.url);

/** Steps before the first look, by which every program has run; and steps whose times make a median. */
const warm = 100;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      steps: { type: 'string', default: '1000' },
      executor: { type: 'string', default: 'webgpu' },
      packing: { type: 'boolean', default: false },
    },
  });
  const total = warm + Number(values.steps);
  const json = JSON.parse(await readFile(new URL('run.json', example), 'utf8'));
  const config = parseRunConfig({
    ...json,
    tokenizer: { ...json.tokenizer, packing: values.packing },
    training: { ...json.training, max_steps: total },
  });
  const open = await openModel(nodeFiles(fileURLToPath(new URL('model/', example))));
  const executor = await createExecutor(values.executor as ExecutorName);
  const folder = await mkdtemp(join(tmpdir(), 'atelier-soak-'));
  const held = new Map<number, Holdings>();
  const times: number[] = [];
  const training: Training = createTraining({
    executor,
    open,
    tokenizer: await openTokenizer(open.files),
    config,
    tables: {
      training: await readTable(await readFile(new URL('data.csv', example), 'utf8'), { fileName: 'data.csv' }),
    },
    run: nodeDirectory(folder),
    onEvent(event) {
      if (event.kind !== 'step') return;
      const { step } = event.metrics;
      times.push(performance.now());
      if (step === warm || step === total) held.set(step, holdingsOf(training.model.session));
    },
  });
  try {
    await training.start();
  } finally {
    await rm(folder, { recursive: true });
  }
  console.log(`${total} steps of the example${values.packing ? ', packed' : ''}, ${executor.description}`);
  const milliseconds = times.slice(1).map((time, index) => time - times[index]!);
  const [first, last] = [milliseconds.slice(warm, 2 * warm), milliseconds.slice(-warm - 1, -1)].map(median);
  console.log(`a step, median of ${warm}: ${first!.toFixed(1)} ms at first, ${last!.toFixed(1)} ms at the end`);
  report(held.get(warm)!, held.get(total)!, Number(values.steps));
}

function report(before: Holdings, after: Holdings, steps: number): void {
  const row = (what: string, of: keyof Holdings) =>
    console.log(`${what}: ${before[of]} at first, ${after[of]} at the end`);
  row('bytes of GPU buffers', 'bufferBytes');
  row('buffers made, those of checkpoints included', 'buffers');
  row('bind groups made', 'bindGroups');
  row('pipelines made', 'pipelines');
  row('JavaScript heap, bytes', 'heapBytes');
  console.log(`heap growth: ${after.heapBytes - before.heapBytes} bytes in ${steps} steps`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

await main();
process.exit(0);
