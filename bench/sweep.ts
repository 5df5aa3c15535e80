/**
 * What the runs of a sweep share: `studio sweep` of some rates of learning beside `studio train` of one of them, in one
 * process, one after the other, each with an executor of its own. Processor time: what else the machine does is no part.
 *
 * npx tsx bench/sweep.ts [--runs 8] [--steps 60] [--rounds 2]
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sweep } from '../src/cli/sweep.ts';
import { train } from '../src/cli/train.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '8' },
    steps: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '2' },
  },
});
const [runs, steps, rounds] = [values.runs, values.steps, values.rounds].map(Number) as [number, number, number];

const example = fileURLToPath(new URL('../public/example/', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'sweep-'));

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const config = JSON.parse(await readFile(join(example, 'run.json'), 'utf8'));
const one = {
  ...config,
  model: { ...config.model, llm_backbone: join(example, 'model') },
  dataset: { ...config.dataset, train_dataframe: join(example, 'data.csv') },
  training: { ...config.training, max_steps: steps },
  environment: { ...config.environment, seed: 3, executor: 'webgpu' },
};
const run = join(folder, 'run.json');
const file = join(folder, 'sweep.json');
await writeFile(run, JSON.stringify(one));
const rate = { from: 1e-4, to: 1e-2, scale: 'log', count: runs };
await writeFile(file, JSON.stringify({ run: 'run.json', seed: 3, settings: { 'training.learning_rate': rate } }));
// Compiles what the machine's driver keeps on its disk, which neither is to have alone.
await secondsOf(() => train([run, '--out', join(folder, 'first'), '--quiet']));
console.log(`${runs} runs of ${steps} updates, processor time`);
for (let round = 0; round < rounds; round++) {
  const before = await secondsOf(() => train([run, '--out', join(folder, `one-${round}`), '--quiet']));
  const all = await secondsOf(() => sweep([file, '--out', join(folder, `sweep-${round}`), '--quiet']));
  const after = await secondsOf(() => train([run, '--out', join(folder, `again-${round}`), '--quiet']));
  const alone = (runs * (before + after)) / 2;
  console.log(
    `one ${before.toFixed(1)} s and ${after.toFixed(1)} s, the sweep ${all.toFixed(1)} s: ${((100 * all) / alone).toFixed(0)}% of ${alone.toFixed(1)} s`,
  );
}
await rm(folder, { recursive: true });
