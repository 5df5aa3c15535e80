/** Rows become examples on several threads at once: what `environment.number_of_workers` means. */
import { type BuiltExample, builtExample, type ExampleRow, type ExampleSettings } from '../../data/examples.ts';
import { AppError, toAppError } from '../../errors.ts';
import type { EncodedRows, Material } from '../../tasks/material.ts';
import { createTokenizer, type TokenizerFiles } from '../../text/tokenizer.ts';
import type { RunConfig } from '../config/run-config.ts';
import { fitRows, openRun } from './fit-run.ts';
import { type OpenModel, readTokenizerFiles } from './open-model.ts';

/** Says first how rows are encoded, then gives rows. Plain data, since it crosses threads. */
export type TokeniseRequest =
  | { readonly files: TokenizerFiles; readonly settings: ExampleSettings }
  | { readonly rows: readonly ExampleRow[] };

type PlainError = Pick<AppError, 'code' | 'params'>;

/** A row's end, with its error as plain data. */
type TokenisedRow = Omit<BuiltExample, 'error'> & { readonly error?: PlainError | undefined };

/** The answer to rows; to what comes before them there is none. */
export type TokeniseAnswer = { readonly rows: readonly TokenisedRow[] } | { readonly failed: PlainError };

const plain = ({ code, params }: AppError): PlainError => ({ code, params });

/** What a thread does: answers requests in turn. */
export function tokeniseRequests(answer: (answer: TokeniseAnswer) => void): (request: TokeniseRequest) => void {
  let encode: (row: ExampleRow) => BuiltExample;
  return (request) => {
    try {
      if ('rows' in request) {
        const rows = request.rows.map(encode);
        answer({ rows: rows.map(({ error, ...row }) => (error ? { ...row, error: plain(error) } : row)) });
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

/** Rows handed over at a time; a thread is not worth its start for fewer. */
const rowsAtOnce = 256;

/**
 * Encodes the rows of a run on as many threads as its config asks for.
 * @param published the model as its files are, or opened with any head
 * @returns undefined where one does: the rows are few, or are quick to encode
 * @throws AppError as opening the run and choosing its rows
 */
export async function encodeAhead(
  { config, open: published, ...material }: { readonly config: RunConfig; readonly open: OpenModel } & Material,
  openThread: () => TokeniseThread,
): Promise<EncodedRows | undefined> {
  const { number_of_workers: wanted } = config.environment;
  if (wanted < 2) return undefined;
  const { lesson, open } = openRun(published, config, material);
  const encodable = fitRows(lesson, open.model, config).encodable?.();
  if (!encodable) return undefined;
  const { training, validation, settings } = encodable;
  const rows = [...training, ...validation];
  const pieces = Math.ceil(rows.length / rowsAtOnce);
  const count = Math.min(wanted, pieces);
  if (count < 2) return undefined;
  const files = await readTokenizerFiles(open.files);
  const done: BuiltExample[][] = [];
  let next = 0;
  const threads = Array.from({ length: count }, openThread);
  const work = async (thread: TokeniseThread): Promise<void> => {
    thread.send({ files, settings });
    while (next < pieces) {
      const piece = next++;
      thread.send({ rows: rows.slice(piece * rowsAtOnce, (piece + 1) * rowsAtOnce) });
      done[piece] = rowsOf(await thread.answer());
    }
  };
  try {
    await Promise.all(threads.map(work));
  } finally {
    for (const thread of threads) thread.close();
  }
  const all = done.flat();
  return { training: all.slice(0, training.length), validation: all.slice(training.length) };
}

function rowsOf(answer: TokeniseAnswer): BuiltExample[] {
  const revived = ({ code, params }: PlainError) => new AppError(code, params);
  if ('failed' in answer) throw revived(answer.failed);
  return answer.rows.map(({ error, ...row }) => (error ? { ...row, error: revived(error) } : row));
}
