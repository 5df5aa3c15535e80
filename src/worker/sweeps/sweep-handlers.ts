import { AppError, toAppError } from '../../errors.ts';
import { type Directory, subdirectory } from '../../files/directory.ts';
import { saveBase } from '../../files/run-base.ts';
import { readMetrics, readSamples } from '../../files/runs.ts';
import { trialConfig } from '../../sweeps/configs.ts';
import { courseOf } from '../../sweeps/halving.ts';
import {
  priceOf,
  requireComparable,
  requireFit,
  type SweepPrice,
  type TrialCost,
  trialCost,
} from '../../sweeps/price.ts';
import { readSweep, type SweepRecord, saveSweep, sweepFile } from '../../sweeps/record.ts';
import { runSweep, type SweepWork, type Trained } from '../../sweeps/run-sweep.ts';
import { scoreOfRun } from '../../sweeps/score.ts';
import type { Sweep, Trial } from '../../sweeps/sweep.ts';
import { parseSweep, parseSweepFile, sweepObject, writeSweepFile } from '../../sweeps/sweep-file.ts';
import { sweepTable } from '../../sweeps/table.ts';
import { timeLeft } from '../../sweeps/time-left.ts';
import { trialsOf } from '../../sweeps/trials.ts';
import { requireSound } from '../../tasks/findings.ts';
import type { EncodedRows } from '../../tasks/material.ts';
import { parseRunConfig, type RunConfig, valueInWords } from '../../training/config/run-config.ts';
import { createStage } from '../../training/config/stage.ts';
import { readOutcome } from '../../training/run/outcome-file.ts';
import { rowSettings } from '../../training/session/fit-run.ts';
import { SharedBase } from '../../training/session/shared-base.ts';
import type { RunTables } from '../data/opened-table.ts';
import type { OpenedModel } from '../models/opened-model.ts';
import type { Preparation } from '../runs/preparation.ts';
import { adapterOf, type Bench, type Leg, resume, startOn } from '../runs/run-handlers.ts';
import { modelOf, originOf } from '../runs/run-model.ts';
import { originOrNone, saveOrigin } from '../runs/run-origin.ts';
import type { RunEnd } from '../runs/run-state.ts';
import { newRunId, readConfig, runFolder } from '../runs/run-store.ts';
import { readRunTables, saveRunTables } from '../runs/run-tables.ts';
import type { Handlers } from '../serve.ts';
import type { Workshop } from '../workshop.ts';
import type { SweepGiven, SweepView } from './messages.ts';

type SweepHandlers = Pick<
  Handlers,
  | 'priceSweep'
  | 'startSweep'
  | 'resumeSweep'
  | 'pauseSweep'
  | 'listSweeps'
  | 'deleteSweep'
  | 'readSweepFile'
  | 'writeSweepFile'
>;

/** The folder of a sweep among the runs: it is none of them, as it has no `run.json`. */
const prefix = 'sweep-';
const isSweep = (name: string): boolean => name.startsWith(prefix);

/** The sweep that is being trained in this tab. */
interface Live {
  readonly id: string;
  stopped: boolean;
}

/** Pricing, training and keeping sweeps. */
export function sweepHandlers(workshop: Workshop, preparation: Preparation): SweepHandlers {
  let live: Live | null = null;
  /** Why a sweep stopped, in this visit. */
  const errors = new Map<string, NonNullable<SweepView['error']>>();

  const viewOf = (id: string, record: SweepRecord, elsewhere = false): SweepView => {
    const { next } = courseOf(record);
    const state = next === null ? 'finished' : live?.id === id ? 'running' : elsewhere ? 'elsewhere' : 'paused';
    const { created, sweep } = record;
    const seen = { table: sweepTable(record), secondsLeft: timeLeft(record) };
    return { id, created, sweep, ...seen, state, error: errors.get(id) ?? null };
  };

  /** Trains what is left, and tells how far it is; where that cannot go on, the sweep is paused and says why. */
  async function goOn(id: string, begun: SweepRecord, bench: Bench | null): Promise<SweepView> {
    workshop.turn.require();
    await workshop.locks.take(id);
    const folder = subdirectory(await workshop.runs(), id);
    const mine: Live = { id, stopped: false };
    live = mine;
    errors.delete(id);
    let record = begun;
    const base = new SharedBase();
    const work: SweepWork = {
      name: () => newRunId(),
      train: trainer(workshop, preparation, { id, record: () => record, given: bench, base }),
      async save(next) {
        record = next;
        await saveSweep(folder, next);
        workshop.emit('sweep', viewOf(id, next));
      },
      get stopped() {
        return mine.stopped;
      },
    };
    const ended = () => {
      base.dispose();
      if (live === mine) live = null;
      workshop.locks.release(id);
      workshop.emit('sweep', viewOf(id, record));
    };
    void runSweep(begun, work).then(ended, (thrown: unknown) => {
      const { code, params, cause } = toAppError(thrown);
      if (code === 'internal') console.error(cause);
      errors.set(id, { code, params });
      ended();
    });
    return viewOf(id, record);
  }

  return {
    async priceSweep({ given, config }) {
      return (await priced(workshop, preparation, given, config)).price;
    },

    async startSweep({ given, config }) {
      const { sweep, trials, costs, price } = await priced(workshop, preparation, given, config);
      requireFit(price);
      const id = `${prefix}${newRunId()}`;
      const record: SweepRecord = {
        ...{ sweep, config: parseRunConfig(config), written: [], created: Date.now(), scoreName: null, costs },
        trials: trials.map((values) => ({ values, run: null, legs: [] })),
      };
      workshop.turn.require();
      const bench = { opened: workshop.requireModel(), tables: workshop.tablesFor(record.config) };
      const folder = subdirectory(await workshop.runs(), id);
      await saveOrigin(folder, originOf(bench.opened, bench.tables, 0));
      await saveBase(folder, bench.opened.open.files);
      await saveRunTables(folder, bench.tables);
      // Last: what has no `sweep.json` is no sweep.
      await saveSweep(folder, record);
      return goOn(id, record, bench);
    },

    async resumeSweep({ sweepId }) {
      const record = await readSweep(subdirectory(await workshop.runs(), sweepId));
      return goOn(sweepId, record, null);
    },

    async pauseSweep() {
      if (live) live.stopped = true;
      workshop.turn.giveUp();
      workshop.active?.stop();
      return {};
    },

    async listSweeps() {
      const runs = await workshop.runs();
      const elsewhere = await workshop.locks.elsewhere();
      const views: SweepView[] = [];
      for (const { name, kind } of await runs.list('')) {
        if (kind !== 'folder' || !isSweep(name) || !(await runs.exists(`${name}/${sweepFile}`))) continue;
        // One that is damaged has its runs all the same.
        const record = await readSweep(subdirectory(runs, name)).catch(() => null);
        if (record) views.push(viewOf(name, record, elsewhere.has(name)));
      }
      return views.sort((a, b) => b.created - a.created);
    },

    async deleteSweep({ sweepId }) {
      const runs = await workshop.runs();
      await workshop.locks.during(sweepId, async () => runs.remove(sweepId));
      return {};
    },

    async readSweepFile({ text, file }) {
      const { sweep, config } = await parseSweepFile(text, file);
      const { seed, ...rest } = sweep;
      const { seed: _, ...given } = sweepObject({ ...rest, seed: seed ?? 0 });
      return { given: { ...given, ...(seed === null ? {} : { seed }) }, config };
    },

    async writeSweepFile({ given, config }) {
      const { seed, ...sweep } = parseSweep(given);
      return { text: await writeSweepFile({ ...sweep, seed: seed ?? 0 }, config) };
    },
  };
}

/** What a sweep would make, and what that costs. */
async function priced(
  workshop: Workshop,
  { fitTo, rowsFor, planner }: Preparation,
  given: SweepGiven,
  config: unknown,
): Promise<{ sweep: Sweep; trials: readonly Trial[]; costs: readonly TrialCost[]; price: SweepPrice }> {
  const parsed = parseSweep(given);
  const sweep = { ...parsed, seed: parsed.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1 };
  const base = parseRunConfig(config);
  const { executor } = base.environment;
  const profile = await workshop.executors.profile(executor);
  const there = await workshop.executors.compiled(executor);
  const compiled = new Set<string>(there?.keys() ?? []);
  const trials = trialsOf(sweep);
  const configs = trials.map((values) => trialConfig(base, sweep, values));
  const costs: TrialCost[] = [];
  for (const each of configs) {
    const fitted = fitTo(each);
    if (fitted.problem) throw fitted.problem;
    workshop.requireTable();
    const rows = rowsFor(fitted, each);
    if (!rows.data) throw rows.problem;
    requireSound(rows.data.findings);
    const plan = planner.plan(each, fitted.opened.open, profile, rows.data.train.largestLength);
    costs.push(trialCost(each, plan, { ...rows, data: rows.data }, profile, compiled));
    for (const kernel of plan.kernels) compiled.add(kernel);
  }
  requireComparable(sweep, configs, costs);
  return { sweep, trials, costs, price: priceOf(sweep, costs, profile) };
}

/** What the runs of a sweep have together. */
interface Shared {
  readonly id: string;
  readonly record: () => SweepRecord;
  /** Where it is open already. */
  readonly given: Bench | null;
  readonly base: SharedBase;
}

/** Trains a run of a sweep as one that the page started, and tells the page that it has begun. */
function trainer(
  workshop: Workshop,
  preparation: Preparation,
  { id: sweepId, record, given, base }: Shared,
): SweepWork['train'] {
  let bench = given;
  const shareRows = rowSharing();
  return async ({ trial, until, run: id }): Promise<Trained> => {
    const from = performance.now();
    const { sweep, config: start, trials } = record();
    const runs = await workshop.runs();
    let ending: Promise<RunEnd> | undefined;
    const leg = {
      stopAfter: until ?? undefined,
      ...{ base, shareRows },
      whenBegun(end: Promise<RunEnd>) {
        ending = end;
      },
    };
    const isThere = await runs.exists(`${id}/run.json`);
    const detail = await workshop.turn.take(
      async (signal, course) => {
        bench ??= await benchOf(workshop, runs, { sweepId, record: record(), signal });
        if (isThere) return resume(workshop, preparation, { id, epochs: 0, bench, ...leg }, signal, course);
        const config = named(trialConfig(start, sweep, trials[trial]!.values), trial, trials[trial]!.values);
        const adapter = adapterOf(workshop, config);
        return startOn(workshop, preparation, { id, config, ...bench, adapter, resumed: null, ...leg }, signal, course);
      },
      isThere ? id : undefined,
    );
    const stopped: Trained = { end: 'stopped', step: 0, score: null, seconds: 0 };
    if (!detail || !ending) return stopped;
    workshop.emit('sweepRun', detail);
    const phase = await ending;
    const folder = runFolder(runs, id);
    const outcome = await readOutcome(folder);
    const step = outcome?.step ?? 0;
    const seconds = (performance.now() - from) / 1000;
    if (phase === 'failed') {
      // Of its settings' making: the other runs may do better. Whatever else it was, the run says on the page.
      const isOwn = outcome?.code === 'loss-not-finite';
      return isOwn ? { end: 'failed', step, score: null, code: outcome.code, seconds } : stopped;
    }
    const isAtRung = phase === 'stopped' && until !== null && step >= until;
    if (phase === 'stopped' && !isAtRung) return stopped;
    const records = (await readMetrics(folder)).filter((each) => each.step <= Math.min(step, until ?? step));
    const score = scoreOfRun(sweep.score, await readConfig(folder), records, await readSamples(folder));
    return { end: phase === 'stopped' ? 'rung' : phase, step, score, seconds };
  };
}

/** A run says in its name which of the sweep it is. */
function named(config: RunConfig, trial: number, values: Trial): RunConfig {
  const { environment } = config;
  const said = Object.entries(values).map(
    ([key, value]) => `${key.slice(key.indexOf('.') + 1)} ${valueInWords(value)}`,
  );
  const name = [environment.experiment_name, `#${trial + 1}`, said.join(', ')]
    .filter((part) => part !== '')
    .join(' · ');
  return { ...config, environment: { ...environment, experiment_name: name } };
}

/** Encoded rows, kept for the next run of the same rows. */
function rowSharing(): NonNullable<Leg['shareRows']> {
  const rowsOf = createStage(rowSettings, (_, _opened: OpenedModel, _tables: RunTables) => ({
    rows: undefined as EncodedRows | undefined,
  }));
  return async ({ config, opened, tables }, encode) => {
    const shared = rowsOf(config, opened, tables);
    shared.rows ??= await encode();
    return shared.rows;
  };
}

/**
 * What the sweep was begun with, as it is kept beside it; of an older version's, beside its runs.
 * @throws AppError 'run-missing' where all of those that were trained are gone
 */
async function benchOf(
  workshop: Workshop,
  runs: Directory,
  { sweepId, record, signal }: { readonly sweepId: string; readonly record: SweepRecord; readonly signal: AbortSignal },
): Promise<Bench> {
  const { trials, config } = record;
  const folders = [sweepId, ...trials.flatMap(({ run }) => run ?? [])].map((id) => runFolder(runs, id));
  for (const folder of folders) {
    const origin = await originOrNone(folder);
    if (!origin) continue;
    const opened = await modelOf(workshop, folder, origin, signal);
    return { opened, tables: await readRunTables(folder, origin, config) };
  }
  const trained = trials.find(({ legs }) => legs.length > 0);
  if (trained) throw new AppError('run-missing', { run: trained.run! });
  return { opened: workshop.requireModel(), tables: workshop.tablesFor(config) };
}
