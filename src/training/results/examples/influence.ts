/**
 * Which rows taught the answer to another: TracIn over the checkpoints that a run kept (Pruthi et al. 2020, arXiv
 * 2002.08484, TracInCP), influence(z, z′) = Σᵢ ηᵢ ∇ℓ(wᵢ, z) · ∇ℓ(wᵢ, z′). ℓ is a row's mean loss a learned token, without
 * dropout and noise; the gradients are those of all trained parameters. ηᵢ is the mean learning rate of the updates from the
 * checkpoint before to this one.
 */
import type { Batch } from '../../../data/batches.ts';
import { bucketFor, lengthBuckets } from '../../../data/length-buckets.ts';
import { AppError, because } from '../../../errors.ts';
import type { Directory } from '../../../files/directory.ts';
import { keptCheckpoints, loadNamed, readMetrics } from '../../../files/runs.ts';
import type { PreparedData } from '../../../tasks/prepared.ts';
import { objectiveOf } from '../../../tasks/registry.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { batchFeeds, onlyWanted } from '../../programs/feeds.ts';
import { gradientProductProgram, microStepProgram } from '../../programs/programs.ts';
import { learningRateFactor, scheduleOf, totalSteps } from '../../programs/schedule.ts';
import { restoreTraining, weightBuffers } from '../../run/checkpoint.ts';
import { InFlight } from '../../run/in-flight.ts';
import type { ModelSession } from '../../session/model-session.ts';
import { median } from '../../session/run-clock.ts';
import { type Progress, requireRowLosses } from './losses.ts';
import { aloneIn, batchesOf, findPlace, placesIn, type RowPlace, type RunRow, rowsOf, scoredIn } from './rows.ts';
import type { RowInfluence } from './table.ts';

/** A checkpoint whose gradients are taken, and its weight in the sum. */
interface Weighed {
  readonly name: string;
  readonly step: number;
  /** Mean learning rate of the updates since the checkpoint before. */
  readonly rate: number;
}

/** What it takes to find the rows that taught one. */
export interface TeachingPrice {
  readonly rows: number;
  /** Steps of the checkpoints. */
  readonly steps: readonly number[];
  /** At the pace of the run itself, which takes several rows at once; null where it does not say. */
  readonly seconds: number | null;
}

export interface TeachingPlan {
  readonly checkpoints: readonly Weighed[];
  /** The rows of training that are asked, spread over all where they are fewer. */
  readonly rows: readonly RunRow[];
  readonly price: TeachingPrice;
}

/**
 * @param upTo step of the result: what was trained after it has no part in it
 * @param most rows that are asked at most
 * @throws AppError 'examples-unoffered'; 'checkpoint-invalid' where no weights were kept
 */
export async function planTeaching(
  { folder, config, data }: { readonly folder: Directory; readonly config: RunConfig; readonly data: PreparedData },
  upTo: number,
  most = Number.POSITIVE_INFINITY,
): Promise<TeachingPlan> {
  const checkpoints = await weighedCheckpoints(folder, config, data.train.stepsPerEpoch, upTo);
  if (checkpoints.length === 0)
    throw new AppError('checkpoint-invalid', { reason: because`the run kept no weights of a step after the first` });
  const all = rowsOf(data, 'training');
  const count = Math.min(all.length, most);
  const rows = Array.from({ length: count }, (_, place) => all[Math.floor((place * all.length) / count)]!);
  const tokens = rows.reduce((sum, { example }) => sum + example.ids.length, 0);
  const pace = await secondsPerToken(folder);
  return {
    checkpoints,
    rows,
    price: {
      rows: count,
      steps: checkpoints.map(({ step }) => step),
      seconds: pace === null ? null : pace * tokens * checkpoints.length,
    },
  };
}

async function weighedCheckpoints(
  folder: Directory,
  { training }: RunConfig,
  stepsPerEpoch: number,
  upTo: number,
): Promise<Weighed[]> {
  const schedule = scheduleOf(training, stepsPerEpoch, totalSteps(training, stepsPerEpoch));
  const kept = (await keptCheckpoints(folder)).filter(({ step }) => step > 0 && step <= upTo);
  return kept.map(({ name, step }, index) => {
    const from = kept[index - 1]?.step ?? 0;
    const rates = Array.from({ length: step - from }, (_, update) => learningRateFactor(schedule, from + update));
    const rate = (training.learning_rate * rates.reduce((sum, factor) => sum + factor, 0)) / rates.length;
    return { name, step, rate };
  });
}

/** The median over its updates: a run that was paused stood still between two of them. */
async function secondsPerToken(folder: Directory): Promise<number | null> {
  const records = (await readMetrics(folder)).flatMap(({ time, tokens }) =>
    typeof time === 'number' && typeof tokens === 'number' ? [{ time, tokens }] : [],
  );
  const paces = records.slice(1).flatMap((record, index) => {
    const tokens = record.tokens - records[index]!.tokens;
    return tokens > 0 ? [(record.time - records[index]!.time) / tokens] : [];
  });
  const pace = paces.length > 0 ? median(paces) : 0;
  return pace > 0 ? pace : null;
}

/**
 * How much each row taught another, the most first. The session's weights are those of the last checkpoint afterwards.
 * Undefined where it was aborted.
 * @param session of this alone, whose tuning drops nothing out
 * @throws AppError 'checkpoint-invalid', 'gpu-out-of-memory'
 */
export async function rowInfluences(
  session: ModelSession,
  { folder, data, padId }: { readonly folder: Directory; readonly data: PreparedData; readonly padId: number },
  taught: RunRow,
  { checkpoints, rows }: TeachingPlan,
  { signal, onDone }: Progress = {},
): Promise<RowInfluence[] | undefined> {
  requireRowLosses(session, data);
  const { open, tuning } = session;
  const places = placesOf(data, rows);
  const target = findPlace(batchesOf(data, taught.split)!, taught.index);
  const tokens = [...places, target].map((place) => place.tokens);
  const longest = tokens.reduce((most, each) => Math.max(most, each));
  const lengths = lengthBuckets(tokens, 1, longest);
  const aloneAt = (place: RowPlace): Batch => aloneIn(place, bucketFor(place.tokens, lengths), padId);
  await loadPrograms(session, places.map(aloneAt), aloneAt(target));
  const sums = new Float64Array(rows.length);
  const inFlight = new InFlight();
  let done = 0;
  for (const { name, rate } of checkpoints) {
    const checkpoint = await loadNamed(folder, name);
    if (!checkpoint) throw new AppError('checkpoint-invalid', { reason: because`the file ${name} is damaged` });
    await restoreTraining(session.session, weightBuffers(open.model, tuning!), checkpoint);
    inFlight.add(run(session, gradientName, aloneAt(target)));
    for (const [index, place] of places.entries()) {
      if (signal?.aborted) return undefined;
      await inFlight.room();
      inFlight.add(run(session, productName, aloneAt(place)), ({ product }) => {
        sums[index] = sums[index]! + rate * product![0]!;
        onDone?.(++done, rows.length * checkpoints.length);
      });
    }
    await inFlight.drain();
  }
  return rows
    .map(({ number }, index) => ({ row: number, influence: sums[index]! }))
    .sort((a, b) => b.influence - a.influence);
}

/** Where rows of training stand. */
function placesOf(data: PreparedData, rows: readonly RunRow[]): RowPlace[] {
  const batches = batchesOf(data, 'training')!;
  const wanted = new Set(rows.map(({ index }) => index));
  const found = new Map<number, RowPlace>();
  for (let index = 0; index < batches.batchesPerEpoch; index++)
    for (const place of placesIn(batches.batchAt(0, index))) if (wanted.has(place.index)) found.set(place.index, place);
  return rows.map(({ index }) => found.get(index)!);
}

const gradientName = (length: number): string => `teach/gradient/${length}`;
const productName = (length: number): string => `teach/product/${length}`;

async function loadPrograms(
  { open: { model }, tuning, dtypes, load }: ModelSession,
  asked: readonly Batch[],
  taught: Batch,
): Promise<void> {
  const shapeOf = (length: number, scored: number) => ({
    ...{ batchSize: 1, length, pairs: taught.types !== undefined },
    scoredRows: objectiveOf(model).scoredRows(scored, length),
  });
  const most = new Map<number, number>();
  for (const { length, labels } of asked) most.set(length, Math.max(most.get(length) ?? 0, scoredIn(labels)));
  const gradient = () => microStepProgram(model, tuning!, dtypes, shapeOf(taught.length, taught.scoredTokens));
  const products = [...most].map(
    ([length, scored]) =>
      [productName(length), () => gradientProductProgram(model, tuning!, dtypes, shapeOf(length, scored))] as const,
  );
  await load(new Map([[gradientName(taught.length), gradient], ...products]));
}

/** Runs a program on a row whose loss is the mean over its labels. */
function run({ open, tuning, session, inputsOf }: ModelSession, nameOf: (length: number) => string, batch: Batch) {
  const name = nameOf(batch.length);
  const wanted = inputsOf(name);
  const feeds = batchFeeds(open.model, batch, wanted, tuning?.adapter?.virtualTokens);
  const scalars = { lossScale: Float32Array.of(1 / Math.max(1, batch.scoredTokens)), keep: Float32Array.of(0) };
  return session.run(name, { ...feeds, ...onlyWanted(scalars, wanted) });
}
