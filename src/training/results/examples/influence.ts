/**
 * Which rows taught the answer to another: TracIn over checkpoints that a run kept (Pruthi et al. 2020, arXiv 2002.08484,
 * TracInCP), influence(z, z′) = Σᵢ ηᵢ ∇ℓ(wᵢ, z) · ∇ℓ(wᵢ, z′). ℓ is a row's mean loss a learned token, without dropout and
 * noise; the gradients are those of all trained parameters. ηᵢ is what a row got by its visits since the checkpoint before
 * (`checkpointRates`). The checkpoints are those of evaluations and the result: others are saved when a clock says so.
 */
import type { Batch } from '../../../data/batches.ts';
import { bucketFor, lengthBuckets } from '../../../data/length-buckets.ts';
import { AppError, because } from '../../../errors.ts';
import type { Directory } from '../../../files/directory.ts';
import { keptCheckpoints, keptEvaluations, loadNamed, readMetrics } from '../../../files/runs.ts';
import type { PreparedData } from '../../../tasks/prepared.ts';
import { objectiveOf } from '../../../tasks/registry.ts';
import { batchFeeds, onlyWanted } from '../../programs/feeds.ts';
import { gradientProductProgram, microStepProgram } from '../../programs/programs.ts';
import { restoreTraining, weightBuffers } from '../../run/checkpoint.ts';
import { InFlight } from '../../run/in-flight.ts';
import type { ModelSession } from '../../session/model-session.ts';
import { median } from '../../session/run-clock.ts';
import { type Progress, requireRowLosses } from './losses.ts';
import { aloneIn, batchesOf, findPlace, placesIn, type RowPlace, type RunRow, rowsOf, scoredIn } from './rows.ts';
import type { RowInfluence } from './table.ts';

/** A checkpoint whose gradients are taken. */
interface Taken {
  readonly name: string;
  readonly step: number;
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
  readonly checkpoints: readonly Taken[];
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
  { folder, data }: { readonly folder: Directory; readonly data: PreparedData },
  upTo: number,
  most = Number.POSITIVE_INFINITY,
): Promise<TeachingPlan> {
  const checkpoints = await takenCheckpoints(folder, upTo);
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

async function takenCheckpoints(folder: Directory, upTo: number): Promise<Taken[]> {
  const steps = new Set([...(await keptEvaluations(folder)), upTo]);
  return (await keptCheckpoints(folder)).filter(({ step }) => step > 0 && step <= upTo && steps.has(step));
}

/**
 * ηᵢ of each checkpoint: over the updates since the one before, the learning rate times the part of an epoch that the update
 * is, added up. Of checkpoints at each epoch it is their mean rate, as in the paper. Rates are those that were logged: a run
 * that went on under other settings had others before than its `run.json` would give.
 * @param checkpoints in the order of their steps
 * @throws AppError 'checkpoint-invalid' where the log lacks the rate of an update
 */
export async function checkpointRates(folder: Directory, checkpoints: readonly Taken[]): Promise<number[]> {
  const shares = new Map<number, number>();
  for (const { step, learning_rate: rate, epoch } of await readMetrics(folder))
    if (step > 0 && typeof rate === 'number' && typeof epoch === 'number') shares.set(step, rate * (epoch / step));
  return checkpoints.map(({ step }, index) => {
    let sum = 0;
    for (let update = (checkpoints[index - 1]?.step ?? 0) + 1; update <= step; update++) {
      const share = shares.get(update);
      if (share === undefined)
        throw new AppError('checkpoint-invalid', {
          reason: because`its metrics.jsonl does not say the learning rate of update ${update}`,
        });
      sum += share;
    }
    return sum;
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
  const rates = await checkpointRates(folder, checkpoints);
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
  for (const [at, { name }] of checkpoints.entries()) {
    const checkpoint = await loadNamed(folder, name);
    if (!checkpoint) throw new AppError('checkpoint-invalid', { reason: because`the file ${name} is damaged` });
    await restoreTraining(session.session, weightBuffers(open.model, tuning!), checkpoint);
    inFlight.add(run(session, gradientName, aloneAt(target)));
    for (const [index, place] of places.entries()) {
      if (signal?.aborted) return undefined;
      await inFlight.room();
      inFlight.add(run(session, productName, aloneAt(place)), ({ product }) => {
        sums[index] = sums[index]! + rates[at]! * product![0]!;
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
