/** How likely a model holds a text behind another, as lm-evaluation-harness asks a model of transformers. */
import type { Batch } from '../data/batches.ts';
import { maskedLabel } from '../data/examples.ts';
import { AppError } from '../errors.ts';
import { writerOf } from '../generation/writer.ts';
import { pythonSpaces } from '../metrics/tokens.ts';
import { sequencePlaces } from '../tasks/preference/inputs.ts';
import { textFeeds } from '../tasks/texts/inputs.ts';
import { writingObjective } from '../tasks/writing/objective.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { fedTo } from '../training/programs/feeds.ts';
import { likelihoodProgram, type Side } from '../training/programs/programs.ts';
import type { ModelSession } from '../training/session/model-session.ts';

/** A context and what follows it, in tokens. */
export interface Continued {
  readonly context: readonly number[];
  readonly continuation: readonly number[];
}

const spacesAtEnd = new RegExp(`${pythonSpaces.source}$`, 'u');

/**
 * The tokens of a context and of what follows it. Spaces at the end of the context belong to what follows; of an empty
 * context the beginning of a text stands there, or its end where the tokenizer has no beginning.
 */
export function encodeContinued(tokenizer: Tokenizer, context: string, continuation: string): Continued {
  const { prefix, encode } = textEncoder(tokenizer);
  if (context === '') {
    const ids = tokenizer.encode(continuation);
    return ids[0] === prefix
      ? { context: ids.slice(0, 1), continuation: ids.slice(1) }
      : { context: prefix === null ? [] : [prefix], continuation: ids };
  }
  const bare = context.replace(spacesAtEnd, '');
  const before = encode(bare);
  const whole = encode(context + continuation);
  // Of spaces alone nothing is left before what follows.
  if (before.length === 0) return { context: prefix === null ? [] : [prefix], continuation: whole };
  return { context: before, continuation: whole.slice(before.length) };
}

/** Encodes with the tokenizer's own special tokens, but for texts that begin with the one that begins a text. */
export function textEncoder(tokenizer: Tokenizer) {
  const prefix = tokenizer.bosTokenId ?? tokenizer.eosTokenId;
  const mark = prefix === null ? '' : tokenizer.decode([prefix]);
  const encode = (text: string): number[] =>
    mark !== '' && text.startsWith(mark) ? tokenizer.encode(text) : tokenizer.encodeWithSpecial(text);
  return { prefix, encode };
}

export interface Progress {
  readonly signal?: AbortSignal | undefined;
  /** How many of the sequences are done. */
  readonly onDone?: ((done: number) => void) | undefined;
}

export interface Likelihoods {
  /** Of each continuation, the sum over its tokens, in nats. */
  readonly values: readonly number[];
  /** Contexts that lost tokens from their left. */
  readonly cut: number;
}

/**
 * The log-probability of each continuation behind its context on one side of a model. What is longer than the model takes
 * loses tokens from its left. Undefined where it was aborted.
 * @throws AppError 'task-unsupported' for a model that does not write; 'prompt-too-long' for a continuation that is
 */
export async function logLikelihoods(
  session: ModelSession,
  sequences: readonly Continued[],
  side: Side,
  batchSize: number,
  { signal, onDone }: Progress = {},
): Promise<Likelihoods | undefined> {
  const limit = roomOf(session, side);
  const rows = sequences.map((each) => rowOf(each, limit));
  const order = [...rows.keys()].sort((a, b) => rows[b]!.ids.length - rows[a]!.ids.length);
  const values = new Array<number>(rows.length);
  for (let start = 0; start < order.length; start += batchSize) {
    if (signal?.aborted) return undefined;
    const places = order.slice(start, start + batchSize);
    const batch = batchOf(
      places.map((place) => rows[place]!),
      batchSize,
      limit,
    );
    const found = await batchLikelihoods(session, batch, side);
    for (const [row, place] of places.entries()) values[place] = found[row]!;
    onDone?.(start + places.length);
  }
  return { values, cut: rows.filter(({ isCut }) => isCut).length };
}

/** Tokens that one side reads at most. */
export function roomOf(session: ModelSession, side: Side): number {
  const virtual = side === 'tuned' ? session.tuning?.adapter?.virtualTokens?.count : undefined;
  return writerOf(session).tablePositions - (virtual ?? 0);
}

interface Row {
  /** All but the last token, from which nothing is predicted. */
  readonly ids: readonly number[];
  /** The tokens that follow the last of them. */
  readonly continuation: readonly number[];
  readonly isCut: boolean;
}

function rowOf({ context, continuation }: Continued, limit: number): Row {
  if (continuation.length === 0 || continuation.length > limit || context.length === 0)
    throw new AppError('prompt-too-long', { tokens: continuation.length, limit });
  const all = [...context, ...continuation];
  return { ids: all.slice(-(limit + 1), -1), continuation, isCut: all.length > limit + 1 };
}

/** Padded lengths grow by about an eighth, so that there are few programs and little padding. */
function paddedLength(tokens: number): number {
  const step = Math.max(16, 2 ** (Math.floor(Math.log2(tokens)) - 2));
  return Math.ceil(tokens / step) * step;
}

function batchOf(rows: readonly Row[], batchSize: number, limit: number): Batch {
  const longest = Math.max(...rows.map(({ ids }) => ids.length));
  const length = Math.min(limit, paddedLength(longest));
  const ids = new Int32Array(batchSize * length);
  const labels = new Int32Array(batchSize * length).fill(maskedLabel);
  for (const [row, each] of rows.entries()) {
    ids.set(each.ids, row * length);
    labels.set(each.continuation, row * length + each.ids.length - each.continuation.length);
  }
  return {
    rows: rows.map((_, row) => [row]),
    ...{ batchSize, length, ids, labels },
    lengths: rows.map(({ ids }) => [ids.length]),
    promptLengths: rows.map((each) => each.ids.length + 1 - each.continuation.length),
    scoredTokens: rows.reduce((sum, { continuation }) => sum + continuation.length, 0),
    tokens: rows.reduce((sum, each) => sum + each.ids.length, 0),
  };
}

async function batchLikelihoods(session: ModelSession, batch: Batch, side: Side): Promise<Float32Array> {
  const { open, tuning, dtypes } = session;
  const { batchSize, length, scoredTokens } = batch;
  const scoredRows = writingObjective.scoredRows(scoredTokens, batchSize * length);
  const shape = { batchSize, length, scoredRows };
  const name = `likelihood/${side}/${batchSize}x${length}/${scoredRows ?? 'all'}`;
  await session.load(new Map([[name, () => likelihoodProgram(open.model, tuning, dtypes, shape, side)]]));
  const wanted = session.inputsOf(name);
  const virtual = side === 'tuned' ? tuning?.adapter?.virtualTokens : undefined;
  const feeds = textFeeds(open.model, batch, { wanted, virtual }, [sequencePlaces]);
  return (await session.session.run(name, fedTo(wanted, feeds))).likelihood!;
}
