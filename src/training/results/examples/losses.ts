/** The loss of each row of a run, and of each token of a row, before training and after. */
import type { Batch } from '../../../data/batches.ts';
import { maskedLabel, tokenPreview } from '../../../data/examples.ts';
import { AppError } from '../../../errors.ts';
import type { PreparedData } from '../../../tasks/prepared.ts';
import { objectiveOf } from '../../../tasks/registry.ts';
import type { Tokenizer } from '../../../text/tokenizer.ts';
import { batchFeeds } from '../../programs/feeds.ts';
import { placeLossesProgram, type Side } from '../../programs/programs.ts';
import { roomiest, validationShapes } from '../../programs/training-programs.ts';
import { InFlight } from '../../run/in-flight.ts';
import type { ModelSession } from '../../session/model-session.ts';
import { alikeRows, batchesOf, findPlace, placesIn, type RunRow, rowsOf } from './rows.ts';
import type { RowLoss, Split, TokenLoss } from './table.ts';

const splits: readonly Split[] = ['training', 'held-out'];
const sides: readonly Side[] = ['base', 'tuned'];

export interface Progress {
  readonly signal?: AbortSignal | undefined;
  /** Rows that are done. */
  readonly onDone?: ((done: number, total: number) => void) | undefined;
}

/**
 * Holds that a run's loss is made of losses of single tokens or labels.
 * @throws AppError 'examples-unoffered'
 */
export function requireRowLosses({ open: { model } }: Pick<ModelSession, 'open'>, data: PreparedData): 'own' | 'next' {
  const told = objectiveOf(model).tellsOf?.(model);
  if (told && data.everyRow) return told;
  throw new AppError('examples-unoffered');
}

/**
 * The loss of every row that is learned from or validates, as both sides of a run have it: the mean over its tokens that
 * are learned, of the same tokens that training saw, without dropout and noise. Undefined where it was aborted.
 * @throws AppError 'examples-unoffered'; as `ModelSession.load`
 */
export async function rowLosses(
  session: ModelSession,
  data: PreparedData,
  { signal, onDone }: Progress = {},
): Promise<RowLoss[] | undefined> {
  requireRowLosses(session, data);
  await loadPrograms(session, data);
  const rows = splits.flatMap((split) => rowsOf(data, split));
  const { repeated, contradicting } = alikeRows(rows, data.labels !== null);
  const found = new Map<RunRow, RowLoss>();
  for (const split of splits) {
    const batches = batchesOf(data, split);
    if (!batches) continue;
    const own = rows.filter((row) => row.split === split);
    const inFlight = new InFlight();
    for (let index = 0; index < batches.batchesPerEpoch; index++) {
      if (signal?.aborted) return undefined;
      const batch = batches.batchAt(0, index);
      await inFlight.room();
      inFlight.add(bothSides(session, batch), ([before, after]) => {
        for (const [at, place] of placesIn(batch).entries()) {
          const row = own[place.index]!;
          const tokens = before![at]!.length;
          if (tokens === 0) continue;
          const doubts = [
            ...(repeated.has(row) ? ['repeated' as const] : []),
            ...(contradicting.has(row) ? ['contradicts' as const] : []),
          ];
          const losses = { before: meanOf(before![at]!), after: meanOf(after![at]!) };
          found.set(row, { row: row.number, split, ...losses, tokens, doubts });
        }
        onDone?.(found.size, rows.length);
      });
    }
    await inFlight.drain();
  }
  return rows.flatMap((row) => found.get(row) ?? []);
}

/** The losses of one row, token by token. @throws AppError as `rowLosses` */
export async function tokenLosses(
  session: ModelSession,
  data: PreparedData,
  { split, index, example }: RunRow,
  tokenizer: Tokenizer,
): Promise<TokenLoss[]> {
  const told = requireRowLosses(session, data);
  await loadPrograms(session, data);
  const { batch, start, tokens } = findPlace(batchesOf(data, split)!, index);
  const at = placesIn(batch).findIndex((place) => place.index === index);
  const [before, after] = (await bothSides(session, batch)).map((losses) => losses[at]!);
  const learned = [...batch.labels.subarray(start, start + tokens).entries()].filter(
    ([, label]) => label !== maskedLabel,
  );
  const places = new Map(learned.map(([place], order) => [told === 'next' ? place + 1 : place, order]));
  return tokenPreview(example, tokenizer).map(({ text }, place) => {
    const order = places.get(place);
    return order === undefined
      ? { text, before: null, after: null }
      : { text, before: before![order]!, after: after![order]! };
  });
}

/** The rows that have this number in their file: those held out first. */
export const rowsNumbered = (data: PreparedData, number: number): RunRow[] =>
  (['held-out', 'training'] as const).flatMap((split) =>
    batchesOf(data, split) ? rowsOf(data, split).filter((row) => row.number === number) : [],
  );

const nameOf = (side: Side, { batchSize, length }: Pick<Batch, 'batchSize' | 'length'>): string =>
  `place-losses/${side}/${batchSize}x${length}`;

async function loadPrograms({ open, tuning, dtypes, load }: ModelSession, data: PreparedData): Promise<void> {
  const all = splits.flatMap((split) => {
    const batches = batchesOf(data, split);
    return batches ? validationShapes(open.model, batches) : [];
  });
  const whole = all.map((shape) => ({ ...shape, scoredRows: shape.scoredRows ?? shape.batchSize * shape.length }));
  const programs = roomiest(whole).flatMap((shape) =>
    sides.map(
      (side) => [nameOf(side, shape), () => placeLossesProgram(open.model, tuning, dtypes, shape, side)] as const,
    ),
  );
  await load(new Map(programs));
}

/** Of each example of a batch the losses of its tokens, in their order, under the base and under what was tuned. */
const bothSides = (session: ModelSession, batch: Batch): Promise<Float32Array[][]> =>
  Promise.all(sides.map((side) => batchLosses(session, batch, side)));

async function batchLosses(model: ModelSession, batch: Batch, side: Side): Promise<Float32Array[]> {
  const { open, tuning, session, inputsOf } = model;
  const name = nameOf(side, batch);
  const virtual = side === 'tuned' ? tuning?.adapter?.virtualTokens : undefined;
  const { losses } = await session.run(name, batchFeeds(open.model, batch, inputsOf(name), virtual));
  let next = 0;
  return placesIn(batch).map(({ start, tokens }) => {
    const first = next;
    for (const label of batch.labels.subarray(start, start + tokens)) if (label !== maskedLabel) next++;
    return losses!.slice(first, next);
  });
}

const meanOf = (losses: Float32Array): number => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
