import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { AppError, toAppError } from '../errors.ts';
import { writeText } from '../files/directory.ts';
import { removeLeftovers } from '../files/leftovers.ts';
import { readBase, requireBase, saveBase } from '../files/run-base.ts';
import { readMetrics, readSamples } from '../files/runs.ts';
import { makeAnsweringWith } from '../generation/answers.ts';
import { askHeldOutWith } from '../generation/held-out.ts';
import type { Executor } from '../plan/executor.ts';
import { type DeviceProfile, profiles } from '../plan/profile.ts';
import { trialConfig } from '../sweeps/configs.ts';
import { courseOf, type Leg } from '../sweeps/halving.ts';
import {
  longSeconds,
  priceOf,
  requireComparable,
  requireFit,
  type SweepPrice,
  type TrialCost,
  trialCost,
} from '../sweeps/price.ts';
import { readSweep, type SweepRecord, saveSweep, sweepFile } from '../sweeps/record.ts';
import { runSweep, type Trained } from '../sweeps/run-sweep.ts';
import { scoreOfRun } from '../sweeps/score.ts';
import type { Sweep, Trial } from '../sweeps/sweep.ts';
import { parseSweepFile, type ReadSweepFile } from '../sweeps/sweep-file.ts';
import { changesScore } from '../sweeps/swept-keys.ts';
import { sweepCsv, sweepTable } from '../sweeps/table.ts';
import { timeLeft } from '../sweeps/time-left.ts';
import { trialsOf } from '../sweeps/trials.ts';
import { requireSound } from '../tasks/findings.ts';
import type { EncodedRows } from '../tasks/material.ts';
import { parseRunConfig, type RunConfig, valueInWords } from '../training/config/run-config.ts';
import { createStage } from '../training/config/stage.ts';
import type { TrainingEvent } from '../training/run/events.ts';
import { createTraining } from '../training/run/trainer.ts';
import { requireSameParameters } from '../training/session/adapter-tuning.ts';
import { openRun, rowSettings } from '../training/session/fit-run.ts';
import { type OpenModel, openModel } from '../training/session/open-model.ts';
import { runPlanner } from '../training/session/run-planner.ts';
import { SharedBase } from '../training/session/shared-base.ts';
import { encodeAhead } from '../training/session/tokenise.ts';
import { resolveTuning } from '../tuning/resolve.ts';
import { parseArguments, required } from './arguments.ts';
import { calibrations, deviceOf, measuredHere } from './cache-folder.ts';
import { createExecutor } from './executors.ts';
import { withGuessedColumns } from './guess-columns.ts';
import { judgeOf } from './judge.ts';
import { nodeDirectory } from './node-directory.ts';
import { bytesInWords, secondsInWords } from './print.ts';
import { carryOut } from './recipe.ts';
import {
  baseName,
  moveConfig,
  openModelFiles,
  type RunSettings,
  readRunSettings,
  readText,
  resolvePath,
} from './run-files.ts';
import { lockRun } from './run-lock.ts';
import { materialInWords, readMaterial } from './run-material.ts';
import { writeResults } from './run-results.ts';
import { tokeniseProcess } from './tokenise.ts';
import { initialAdapter, stopOnSignal } from './train.ts';

export const sweepUsage = `studio sweep FILE --out DIR [--resume] [--plan] [--executor NAME] [--quiet]
  Trains one run config with several settings, one run after the other, and says which came out best. FILE is YAML or
  JSON (docs/sweeps.md); DIR gets sweep.json, sweep.csv and a folder for each run, as studio train makes it.
  --plan      say what it would cost, and train nothing; needs no --out
  --resume    go on with the sweep in DIR where it was broken off
  --executor  auto, webgpu, tfjs-webgpu, tfjs-wasm or tfjs-cpu, instead of the run config's
  Ctrl+C stops after the step under way and saves.`;

type Say = (line: string) => void;

export async function sweep(argv: readonly string[]): Promise<void> {
  const { positionals, options } = parseArguments(argv, {
    out: 'text',
    resume: 'flag',
    plan: 'flag',
    executor: 'text',
    quiet: 'flag',
  });
  const file = required(positionals[0], 'FILE');
  const say: Say = options.quiet ? () => {} : (line) => console.log(line);
  const read = await parseSweepFile(await readText(file), file);
  const base = await baseOf(file, read, options.executor);
  if (options.plan) return planSweep(base, read, say);
  const out = resolve(required(options.out, '--out DIR'));
  const isThere = existsSync(join(out, sweepFile));
  if (options.resume && !isThere) throw new AppError('sweep-missing', { folder: out });
  if (!options.resume && isThere)
    throw new AppError('usage', {
      reason: `${out} holds a sweep already. Resume it with --resume, or name another folder with --out.`,
    });
  if (!isThere && existsSync(join(out, 'metrics.jsonl')))
    throw new AppError('usage', { reason: `${out} holds a run of its own. Name another folder with --out.` });
  const release = lockRun(out);
  try {
    await sweepIn(out, file, base, read, say);
  } finally {
    release();
  }
}

/** What the runs are made of, and the file that its paths are against. */
interface Base extends RunSettings {
  readonly runFile: string;
}

async function baseOf(file: string, { run, config }: ReadSweepFile, executor: string | undefined): Promise<Base> {
  if (run === null && config === null)
    throw new AppError('usage', { reason: `${file} names no run config: give it "run" (a path) or "config".` });
  const runFile = run === null ? file : resolvePath(file, run);
  const read = run === null ? fromFile(config!) : await readRunSettings(runFile);
  const { environment } = read.config;
  const chosen = executor === undefined ? {} : { executor };
  return { ...read, config: parseRunConfig({ ...read.config, environment: { ...environment, ...chosen } }), runFile };
}

function fromFile(config: Readonly<Record<string, unknown>>): RunSettings {
  const written = Object.entries(config).flatMap(([section, keys]) =>
    Object.keys(keys as object).map((key) => `${section}.${key}`),
  );
  return { config: parseRunConfig(config), written: new Set(written) };
}

/** Model and data, opened once for all runs. */
type Workbench = Awaited<ReturnType<typeof openWorkbench>>;

async function openWorkbench({ runFile, ...settings }: Base, say: Say) {
  const published = await openModel(await openModelFiles(runFile, settings.config.model, 'all'));
  const { guessed, ...whole } = await withGuessedColumns(runFile, settings, published.model.config);
  guessed.forEach(say);
  const material = await readMaterial(runFile, whole.config, published.files, published.model);
  materialInWords(material, whole.config).forEach(say);
  const planner = runPlanner();
  // Runs whose rows are the same share them.
  const encodedFor = createStage(rowSettings, (_, _open: OpenModel, _taken: number) => ({
    rows: undefined as Promise<EncodedRows | undefined> | undefined,
  }));
  return {
    ...whole,
    runFile,
    published,
    planner,
    base: new SharedBase(),
    /** The config of a run, what its recipe came to included. */
    configOf(sweep: Sweep, values: Trial): RunConfig {
      const written = new Set([...whole.written, ...Object.keys(values)]);
      return carryOut({ config: trialConfig(whole.config, sweep, values), written }, material, published.model).config;
    },
    async materialFor(config: RunConfig) {
      const { open } = openRun(published, config, material);
      const { adapter } = resolveTuning(open.model, config.tuning, config.training.learning_rate);
      const shared = encodedFor(config, published, adapter?.virtualTokens?.count ?? 0);
      shared.rows ??= encodeAhead({ ...material, config, open }, tokeniseProcess);
      return { ...material, encoded: await shared.rows };
    },
  };
}

/** What each run would cost. @throws AppError of whatever keeps one of them from beginning */
async function costsOf(bench: Workbench, configs: readonly RunConfig[], profile: DeviceProfile): Promise<TrialCost[]> {
  const compiled = new Set<string>();
  const costs: TrialCost[] = [];
  for (const config of configs) {
    const material = await bench.materialFor(config);
    const { lesson, open } = openRun(bench.published, config, material);
    const tuning = resolveTuning(open.model, config.tuning, config.training.learning_rate);
    const adapter = await initialAdapter(bench.runFile, config, open);
    if (adapter) requireSameParameters(tuning, adapter);
    const data = lesson.fit(open.model, tuning, config).prepare();
    requireSound(data.findings);
    const plan = bench.planner.plan(config, open, profile, data.train.largestLength);
    costs.push(trialCost(config, plan, { data }, profile, compiled));
    for (const kernel of plan.kernels) compiled.add(kernel);
  }
  return costs;
}

async function planSweep(base: Base, read: ReadSweepFile, say: Say): Promise<void> {
  const bench = await openWorkbench(base, say);
  const sweep = { ...read.sweep, seed: read.sweep.seed ?? 0 };
  const configs = trialsOf(sweep).map((values) => bench.configOf(sweep, values));
  const here = await measuredHere(bench.config.environment.executor);
  const profile = { ...profiles.desktop, ...(here ? { calibration: here.calibration } : {}) };
  const costs = await costsOf(bench, configs, profile);
  requireComparable(sweep, configs, costs);
  // Asked for by itself: said to who asks for quiet, too.
  for (const line of priceInWords(sweep, priceOf(sweep, costs, profile))) console.log(line);
}

function priceInWords(sweep: Sweep, price: SweepPrice): string[] {
  const { runs, steps, seconds, measured, peakBytes, largest, budget, unfit } = price;
  const basis = measured ? 'from runs on this computer' : 'the speed is assumed: a first run measures it';
  const room = budget === null ? '' : ` of ${bytesInWords(budget)}`;
  const unlike = Object.keys(sweep.settings).filter(changesScore);
  return [
    `${runs} runs, ${steps} updates in all, about ${secondsInWords(seconds)} (${basis})`,
    `Memory of the largest (run ${largest + 1}): ${bytesInWords(peakBytes)}${room}`,
    ...(unfit.length > 0
      ? [`! ${unfit.length} of them do not fit: ${unfit.map((index) => index + 1).join(', ')}`]
      : []),
    ...(seconds > longSeconds ? ['! That is longer than a day. Try fewer values, or halving.'] : []),
    ...unlike.map(
      (key) => `! Runs that differ in ${key} are scored on other rows or by another formula: compare with care.`,
    ),
  ];
}

async function sweepIn(out: string, file: string, base: Base, read: ReadSweepFile, say: Say): Promise<void> {
  const folder = nodeDirectory(out);
  const bench = await openWorkbench(base, say);
  const begun = existsSync(join(out, sweepFile))
    ? requireSame(await readSweep(folder), bench, read, { folder: out, file })
    : newRecord(bench, read);
  const { sweep } = begun;
  const configs = begun.trials.map(({ values }) => bench.configOf(sweep, values));
  const executor = await createExecutor(bench.config.environment.executor, (name, reason) => say(`${name}: ${reason}`));
  say(`${executor.name}: ${executor.description}`);
  try {
    const calibration = await calibrations().of(deviceOf(executor));
    const profile = { ...executor.profile, ...(calibration ? { calibration } : {}) };
    const costs = await costsOf(bench, configs, profile);
    requireComparable(sweep, configs, costs);
    const price = priceOf(sweep, costs, profile);
    priceInWords(sweep, price).forEach(say);
    requireFit(price);
    const ended = await trainAll(out, { ...begun, costs }, configs, { bench, executor, say });
    for (const line of resultInWords(out, ended)) console.log(line);
  } finally {
    bench.base.dispose();
    executor.dispose();
  }
}

function newRecord({ config, written }: Workbench, read: ReadSweepFile): SweepRecord {
  const seed = read.sweep.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
  const sweep = { ...read.sweep, seed };
  const trials = trialsOf(sweep).map((values) => ({ values, run: null, legs: [] }));
  return { sweep, config, written: [...written], created: Date.now(), scoreName: null, costs: null, trials };
}

/** @throws AppError 'sweep-changed' where the file no longer says what the sweep was begun with */
function requireSame(
  kept: SweepRecord,
  { config }: Workbench,
  { sweep }: ReadSweepFile,
  params: { readonly folder: string; readonly file: string },
): SweepRecord {
  const { executor } = config.environment;
  const before = { ...kept.config, environment: { ...kept.config.environment, executor } };
  const same = { ...sweep, seed: sweep.seed ?? kept.sweep.seed };
  if (JSON.stringify([same, parseRunConfig(config)]) !== JSON.stringify([kept.sweep, before]))
    throw new AppError('sweep-changed', params);
  return kept;
}

async function trainAll(
  out: string,
  begun: SweepRecord,
  configs: readonly RunConfig[],
  { bench, executor, say }: { readonly bench: Workbench; readonly executor: Executor; readonly say: Say },
): Promise<SweepRecord> {
  let stopped = false;
  let stopRun = () => {};
  const stop = () => {
    stopped = true;
    stopRun();
  };
  const finish = stopOnSignal({ stop }, say);
  const folder = nodeDirectory(out);
  try {
    return await runSweep(begun, {
      name: (trial) => `trial-${String(trial + 1).padStart(String(configs.length).length, '0')}`,
      async train(leg) {
        const config = configs[leg.trial]!;
        say(
          `${leg.run} ${valuesInWords(begun.trials[leg.trial]!.values)}${leg.until === null ? '' : ` to update ${leg.until}`}`,
        );
        const trained = await trainLeg(join(out, leg.run), leg, config, begun.sweep, {
          ...{ bench, executor },
          onEvent: (event) => report(event, say),
          onStarted(stopIt) {
            stopRun = stopIt;
            if (stopped) stopIt();
          },
        });
        const { end, step, score, seconds } = trained;
        say(
          `  ${end} at step ${step}: ${score?.name ?? begun.sweep.score} ${scoreInWords(score?.value)} (${secondsInWords(seconds)})`,
        );
        return trained;
      },
      async save(record) {
        await saveSweep(folder, record);
        const left = timeLeft(record);
        const isBetween = record.trials.every(({ run, legs }) => (run === null) === (legs.length === 0));
        if (isBetween && left) say(`  about ${secondsInWords(left)} left`);
        await writeText(folder, 'sweep.csv', sweepCsv(sweepTable(record)));
      },
      get stopped() {
        return stopped;
      },
    });
  } finally {
    finish();
  }
}

interface LegWork {
  readonly bench: Workbench;
  readonly executor: Executor;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Given what stops it. */
  readonly onStarted: (stop: () => void) => void;
}

/** One run up to a rung, or to its end, in a folder as `studio train` makes it. */
async function trainLeg(
  out: string,
  { until, begun }: Pick<Leg, 'until'> & { readonly begun: boolean },
  config: RunConfig,
  { score }: Sweep,
  { bench, executor, onEvent, onStarted }: LegWork,
): Promise<Trained> {
  const { runFile, published, planner, base } = bench;
  const { llm_backbone: model } = config.model;
  const from = performance.now();
  const release = lockRun(out);
  const run = nodeDirectory(out);
  try {
    await removeLeftovers(run, 'checkpoints');
    if (begun) await requireBase(await readBase(run), published.files, model);
    await saveBase(run, published.files);
    const material = await bench.materialFor(config);
    const { open } = openRun(published, config, material);
    const adapter = await initialAdapter(runFile, config, open);
    const judge = judgeOf(config);
    const kept = calibrations();
    const training = createTraining({
      ...{ executor, open, adapter, run, planner, base },
      ...material,
      config: moveConfig(config, runFile, out),
      resume: begun,
      stopAfter: until ?? undefined,
      makeAnswering: makeAnsweringWith(judge),
      askHeldOut: askHeldOutWith(judge),
      onEvent(event) {
        onEvent(event);
        if (event.kind === 'times') void kept.learn(deviceOf(executor), event.times, executor.profile);
      },
    });
    try {
      onStarted(() => training.stop());
      const { reason, step } = await training.start();
      const end = reason !== 'stopped' ? reason : until !== null && step >= until ? 'rung' : 'stopped';
      if (end === 'finished' || end === 'stopped-early')
        await writeResults(training, baseName(runFile, model, published.files), run);
      const records = (await readMetrics(run)).filter((record) => record.step <= step);
      const found = scoreOfRun(score, config, records, await readSamples(run));
      return { end, step, score: found, seconds: (performance.now() - from) / 1000 };
    } catch (thrown) {
      const { code } = toAppError(thrown);
      // Of its settings' making: the other runs may do better.
      if (code !== 'loss-not-finite') throw thrown;
      const step = (await readMetrics(run)).at(-1)?.step ?? 0;
      return { end: 'failed', step, score: null, code, seconds: (performance.now() - from) / 1000 };
    } finally {
      training.dispose();
    }
  } finally {
    release();
  }
}

function report(event: TrainingEvent, say: Say): void {
  if (event.kind === 'evaluation' && event.step > 0)
    say(`  step ${event.step}  validation loss ${event.loss.toFixed(4)}`);
}

const valuesInWords = (values: Trial): string =>
  Object.entries(values)
    .map(([key, value]) => `${key.slice(key.indexOf('.') + 1)} ${valueInWords(value)}`)
    .join(', ');

const scoreInWords = (score: number | null | undefined): string =>
  score === null || score === undefined ? '–' : score.toFixed(4);

function resultInWords(out: string, record: SweepRecord): string[] {
  const { rows, scoreName } = sweepTable(record);
  const lines = rows.map(
    ({ number, state, values, score, step, isBest }) =>
      `${isBest ? '*' : ' '} ${String(number).padStart(3)}  ${state.padEnd(10)} step ${String(step).padEnd(6)} ${scoreName} ${scoreInWords(score)}  ${valuesInWords(values)}`,
  );
  const best = rows.find(({ isBest }) => isBest);
  const { next } = courseOf(record);
  const rest = next === null ? [] : ['Stopped; --resume goes on.'];
  if (best?.run === null || best === undefined) return [...lines, ...rest];
  const folder = `${basename(out)}/${best.run}`;
  return [
    ...lines,
    ...rest,
    `Best: ${folder} (${valuesInWords(best.values)}), ${scoreName} ${scoreInWords(best.score)}`,
  ];
}
