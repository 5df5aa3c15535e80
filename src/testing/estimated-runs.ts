/** For tests: runs of the example and of settings unlike it, each estimated before it is measured. */
import { existsSync, readFileSync } from 'node:fs';
import { createNodeGpu } from '../cli/node-gpu.ts';
import { readTable } from '../data/read-table.ts';
import { memoryDirectory } from '../files/memory-directory.ts';
import { makeAnsweringWith } from '../generation/answers.ts';
import { askHeldOutWith } from '../generation/held-out.ts';
import type { Executor } from '../plan/executor.ts';
import type { DeviceProfile } from '../plan/profile.ts';
import { parseRunConfig } from '../training/config/run-config.ts';
import { calibrate } from '../training/run/calibrate.ts';
import type { RunTimes } from '../training/run/run-times.ts';
import { createTraining } from '../training/run/trainer.ts';
import { openRun } from '../training/session/fit-run.ts';
import { openModel, openTokenizer } from '../training/session/open-model.ts';
import { median } from '../training/session/run-clock.ts';
import { runPlanner } from '../training/session/run-planner.ts';
import { type RunTime, runTime } from '../training/session/run-time.ts';
import { requestDevice } from '../webgpu/device.ts';
import { createWebGpuExecutor } from '../webgpu/executor.ts';
import { type ConfigChanges, folderFiles, withChanges } from './golden-run.ts';

const example = new URL('../../public/example/', import.meta.url);
const text = readFileSync(new URL('data.csv', example), 'utf8');
const config = parseRunConfig(JSON.parse(readFileSync(new URL('run.json', example), 'utf8')));

/** Milliseconds of the processor: what else the machine does is no part of them, but for what it slows down. */
const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const rows = (await readTable(text, { fileName: 'data.csv' })).rows.map(([question = '', answer = '']) => [
  question,
  answer,
]);
const quoted = (cells: readonly string[]): string => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',');
const csv = (...lines: readonly (readonly string[])[]): string => lines.map(quoted).join('\n');

const long = rows.flatMap((_, index) => {
  const four = rows.slice(index, index + 4);
  return index % 4 === 0 && four.length === 4
    ? [[four.map(([question]) => question).join(' '), four.map(([, answer]) => answer).join(' ')]]
    : [];
});
const languages = rows.map(([question = '']) => [question, /[぀-ヿ一-鿿]/.test(question) ? 'ja' : 'en']);

interface Subject {
  readonly table: string;
  readonly changes: ConfigChanges;
}

const whole = { method: 'full', train_parameters: [{ all: true }], lora_target_modules: '' } as const;
const ofLanguages = {
  problem_type: 'classification',
  prompt_column: ['instruction'],
  answer_column: 'output',
} as const;

/** What the device is calibrated with: the example, cut short. */
export const calibrating: Subject = { table: text, changes: { training: { max_steps: 9, batch_size: 4 } } };

/** Settings unlike it. */
export const unlike = {
  'longer rows': {
    table: csv(['instruction', 'output'], ...long),
    changes: { training: { max_steps: 6, batch_size: 2 }, tokenizer: { max_length: 256 } },
  },
  'a larger batch': { table: text, changes: { training: { max_steps: 5, batch_size: 12 } } },
  'full fine-tuning': { table: text, changes: { training: { max_steps: 6, batch_size: 4 }, tuning: whole } },
  'LoRA everywhere, two epochs': {
    table: csv(['instruction', 'output'], ...rows.slice(0, 24)),
    changes: {
      training: { max_steps: 0, epochs: 2, batch_size: 4 },
      tuning: { lora_r: 16, lora_target_modules: 'all-linear' },
    },
  },
  'a classifier': {
    table: csv(['instruction', 'output'], ...languages),
    changes: { training: { max_steps: 12 }, dataset: ofLanguages },
  },
} satisfies Readonly<Record<string, Subject>>;

/** An executor on the adapter of a Vulkan driver; undefined where the machine has none. */
export async function executorOn(manifest: string): Promise<Executor | undefined> {
  if (!existsSync(manifest)) return undefined;
  process.env.VK_ICD_FILENAMES = manifest;
  const gpu = await createNodeGpu({ backend: 'software' });
  return gpu && createWebGpuExecutor(await requestDevice(gpu));
}

export interface MeasuredRun {
  readonly estimated: RunTime;
  /** Seconds of the processor: the median step, and from the start to the result. */
  readonly step: number;
  readonly total: number;
  readonly times: RunTimes;
}

/** Carries out a run, estimated beforehand by what other runs took. */
export async function measure(
  executor: Executor,
  subject: Subject,
  learned: readonly RunTimes[],
): Promise<MeasuredRun> {
  const changed = withChanges(config, subject.changes);
  const files = folderFiles(new URL('model/', example));
  const material = {
    tokenizer: await openTokenizer(files),
    tables: { training: await readTable(subject.table, { fileName: 'data.csv' }) },
  };
  const { open } = openRun(await openModel(files), changed, material);
  const ends: number[] = [];
  let times: RunTimes | undefined;
  const training = createTraining({
    ...{ executor, open, ...material, config: changed, now: processorTime, run: memoryDirectory() },
    makeAnswering: makeAnsweringWith(null),
    askHeldOut: askHeldOutWith(null),
    onEvent(event) {
      if (event.kind === 'times') times = event.times;
      if (event.kind === 'step') ends.push(processorTime());
    },
  });
  const speed = executor.profile;
  const profile: DeviceProfile = learned.length === 0 ? speed : { ...speed, calibration: calibrate(learned, speed) };
  const { data } = training;
  const plan = runPlanner().plan(changed, open, profile, data.train.largestLength);
  const estimated = runTime(plan, changed, profile, { data }, executor.kernels);
  const began = processorTime();
  await training.start();
  const total = (processorTime() - began) / 1000;
  training.dispose();
  const steps = ends.slice(1).map((end, index) => (end - ends[index]!) / 1000);
  return { estimated, step: median(steps), total, times: times! };
}
