/** Rows become examples before a run begins: here piece by piece, or on as many threads as `environment.number_of_workers`. */
import { type BuiltPiece, BuiltRows, packPiece, rowsOfPiece } from '../../data/built-rows.ts';
import { type BuiltExample, builtExample, type ExampleRow, type ExampleSettings } from '../../data/examples.ts';
import { AppError, toAppError } from '../../errors.ts';
import type { EncodedRows, Material } from '../../tasks/material.ts';
import { createTokenizer, type TokenizerFiles } from '../../text/tokenizer.ts';
import { readTokenizerFiles } from '../../text/tokenizer-files.ts';
import type { RunConfig } from '../config/run-config.ts';
import { aborted } from './aborted.ts';
import { Breath } from './breath.ts';
import { fitRows, openRun } from './fit-run.ts';
import type { OpenModel } from './open-model.ts';

/** Says first how rows are encoded, then gives rows. Plain data, since it crosses threads. */
export type TokeniseRequest =
  | { readonly files: TokenizerFiles; readonly settings: ExampleSettings }
  | { readonly rows: readonly ExampleRow[] };

type PlainError = Pick<AppError, 'code' | 'params'>;

/** The answer to rows; to what comes before them there is none. */
export type TokeniseAnswer = { readonly piece: BuiltPiece<PlainError> } | { readonly failed: PlainError };

const plain = ({ code, params }: AppError): PlainError => ({ code, params });

/** What a thread does: answers requests in turn. */
export function tokeniseRequests(answer: (answer: TokeniseAnswer) => void): (request: TokeniseRequest) => void {
  let encode: (row: ExampleRow) => BuiltExample;
  return (request) => {
    try {
      if ('rows' in request) {
        const rows = request.rows.map(encode);
        const withPlain = ({ error, ...row }: BuiltExample) => (error ? { ...row, error: plain(error) } : row);
        answer({ piece: packPiece(rows.map(withPlain)) });
      } else {
        const tokenizer = createTokenizer(request.files);
        encode = (row) => builtExample(row, tokenizer, request.settings);
      }
    } catch (thrown) {
      answer({ failed: plain(toAppError(thrown)) });
    }
  };
}

/** Another thread, or process, in which `tokeniseRequests` answers. */
export interface TokeniseThread {
  send(request: TokeniseRequest): void;
  /** The next answer; rejects where the thread breaks. */
  answer(): Promise<TokeniseAnswer>;
  close(): void;
}

/** Who waits for rows that are encoded. */
export interface Waiting {
  /** Told now and then how many are. */
  readonly onEncoded?: ((done: number, total: number) => void) | undefined;
  /** Ends it, even where a thread hangs. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Encodes the rows of a run, on as many threads as its config asks for where that is worth their start. Messages are
 * heard meanwhile.
 * @param published the model as its files are, or opened with any head
 * @returns undefined where the rows are few, or none are encoded
 * @throws AppError as opening the run and choosing its rows; the signal's reason
 */
export async function encodeAhead(
  { config, open: published, ...material }: { readonly config: RunConfig; readonly open: OpenModel } & Material,
  openThread: () => TokeniseThread,
  waiting: Waiting = {},
): Promise<EncodedRows | undefined> {
  const { lesson, open } = openRun(published, config, material);
  const encodable = fitRows(lesson, open.model, config).encodable?.();
  if (!encodable) return undefined;
  const { training, validation, encode, settings } = encodable;
  const rows = [...training, ...validation];
  const pieces = Math.ceil(rows.length / rowsOfPiece);
  // A thread is not worth its start for fewer rows.
  if (pieces < 2) return undefined;
  const asked = Math.max(config.environment.number_of_workers, rows.length < manyRows ? 1 : 2);
  const count = Math.min(asked, pieces, cores());
  const all =
    settings && count > 1
      ? await encodeOnThreads(rows, Array.from({ length: count }, openThread), settings, open, waiting)
      : await encodeHere(rows, encode, waiting);
  return {
    training: new BuiltRows(all, 0, training.length),
    validation: new BuiltRows(all, training.length, rows.length),
  };
}

/** Of so many rows two threads encode, whatever is asked for: here they would take seconds. */
export const manyRows = 100_000;

/** More threads than cores take memory and no less time. Node before 21 does not say how many there are. */
const cores = (): number => globalThis.navigator?.hardwareConcurrency ?? Number.POSITIVE_INFINITY;

async function encodeHere(
  rows: readonly ExampleRow[],
  encode: (row: ExampleRow) => BuiltExample,
  { onEncoded, signal }: Waiting,
): Promise<BuiltPiece[]> {
  const breath = new Breath(() => performance.now());
  const done: BuiltPiece[] = [];
  let open: BuiltExample[] = [];
  for (const [index, row] of rows.entries()) {
    open.push(encode(row));
    if (open.length === rowsOfPiece || index === rows.length - 1) {
      done.push(packPiece(open));
      open = [];
    }
    if (!(await breath.take())) continue;
    signal?.throwIfAborted();
    onEncoded?.(index + 1, rows.length);
  }
  return done;
}

async function encodeOnThreads(
  rows: readonly ExampleRow[],
  threads: readonly TokeniseThread[],
  settings: ExampleSettings,
  open: OpenModel,
  { onEncoded, signal }: Waiting,
): Promise<BuiltPiece[]> {
  const pieces = Math.ceil(rows.length / rowsOfPiece);
  const done: BuiltPiece[] = [];
  let [next, encoded] = [0, 0];
  const work = async (thread: TokeniseThread, files: TokenizerFiles): Promise<void> => {
    thread.send({ files, settings });
    while (next < pieces) {
      const piece = next++;
      thread.send({ rows: rows.slice(piece * rowsOfPiece, (piece + 1) * rowsOfPiece) });
      done[piece] = pieceOf(await thread.answer());
      encoded += done[piece].states.length;
      onEncoded?.(encoded, rows.length);
    }
  };
  try {
    const files = await readTokenizerFiles(open.files);
    const all = Promise.all(threads.map((thread) => work(thread, files)));
    await (signal ? Promise.race([all, aborted(signal)]) : all);
  } finally {
    for (const thread of threads) thread.close();
  }
  return done;
}

function pieceOf(answer: TokeniseAnswer): BuiltPiece {
  const revived = ({ code, params }: PlainError) => new AppError(code, params);
  if ('failed' in answer) throw revived(answer.failed);
  const { piece } = answer;
  const others = Array.from(piece.others, ([place, { error, ...other }]) => {
    return [place, error ? { ...other, error: revived(error) } : other] as const;
  });
  const { starts, ids, learned, labels, promptLengths, wholeLengths, states } = piece;
  return {
    ...{ starts: alone(starts), ids: alone(ids), learned: alone(learned), states: alone(states) },
    labels: labels && { starts: alone(labels.starts), values: alone(labels.values) },
    ...{ promptLengths: alone(promptLengths), wholeLengths: alone(wholeLengths) },
    others: new Map(others),
  };
}

/** Numbers that keep nothing else in memory: what comes from a process is a part of all that it sent. */
const alone = <T extends Int32Array | Uint8Array>(numbers: T): T =>
  numbers.byteLength === numbers.buffer.byteLength ? numbers : (numbers.slice() as T);
